// Which of the waiting tasks of one component goes on, and what the host's calls of it come to.
import { TenonError } from "@tenon/contract/core";
import type { ComponentInstance } from "../link/instance.ts";
import { trapOf } from "../link/handle-table.ts";
import type { Task } from "./task.ts";

/** A task that waits. */
export interface Waiter {
  readonly task: Task;
  readonly isReady: () => boolean;
  readonly isCancellable: boolean;
  /** Going on means that a suspended stack of wasm frames is resumed, which takes a turn of the microtask queue. */
  readonly isStack: boolean;
  readonly resume: (isCancelled: boolean) => void;
}

interface HostCall {
  readonly reject: (error: TenonError) => void;
}

/** An end of a stream or a future in the hands of the host. */
export interface HostEnd {
  /** The component is no more, because of `error`: nothing comes and nothing is taken any longer. */
  close(error: TenonError): void;
}

/** Told of streams and futures between the component and the host. */
export interface EndsObserver {
  /** The host is about to read a chunk, or to give one: work for the component that belongs to no call. */
  readonly pulled: () => void;
  /** The last end in the hands of the host is gone. */
  readonly released: () => void;
}

/** One for everything that was instantiated together. Tasks go on one at a time, the longest waiting first. */
export class Scheduler {
  readonly #waiters: Waiter[] = [];
  readonly #calls = new Set<HostCall>();
  readonly #cancelled = new Set<Waiter>();
  readonly #ends = new Set<HostEnd>();
  /** Promises of host functions that tasks may be waiting for. */
  #hostWork = 0;
  #depth = 0;
  /** The stack that was resumed and has neither blocked nor ended yet. */
  #resumed: { readonly task: Task; readonly entered: readonly ComponentInstance[] } | undefined;
  /** Stacks that run, or whose end has not been told yet. */
  readonly #active = new Set<Task>();
  #isPumping = false;
  #trap: TenonError | undefined;
  root: ComponentInstance | undefined;
  readonly #observer: EndsObserver | undefined;

  constructor(observer?: EndsObserver) {
    this.#observer = observer;
  }

  /** Whether the host holds ends of streams or futures. */
  get hasEnds(): boolean {
    return this.#ends.size > 0;
  }

  /** A chunk is about to cross. */
  pulled(): void {
    this.#observer?.pulled();
  }

  wait(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  /** The waiter of a task, if it can be cancelled where it waits. */
  cancellable(task: Task): Waiter | undefined {
    return this.#waiters.find((one) => one.task === task && one.isCancellable);
  }

  /** Lets a waiting task go on because it was cancelled. */
  cancel(waiter: Waiter, caller: ComponentInstance | undefined): void {
    // A stack cannot be resumed from inside another one.
    if (waiter.isStack) this.#cancelled.add(waiter);
    else this.#resume(waiter, true, caller);
  }

  /** A call of the host: `begin` starts it and says later, through `settle`, what came of it. */
  call<T>(begin: (settle: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const call: HostCall = { reject };
      const settle = (value: T): void => {
        this.#calls.delete(call);
        resolve(value);
      };
      this.#calls.add(call);
      if (this.#trap !== undefined) return this.die(this.#trap);
      this.#depth += 1;
      try {
        begin(settle);
      } catch (thrown) {
        this.#calls.delete(call);
        reject(thrown instanceof Error ? thrown : trapOf(String(thrown)));
      }
      this.#depth -= 1;
      this.pump();
    });
  }

  /** A host function works on something that tasks may wait for. Gives how to stop waiting for it. */
  hostWorks(promise: PromiseLike<unknown>, done: (value: unknown) => void): () => boolean {
    let isWaiting = true;
    this.#hostWork += 1;
    const stop = (): boolean => {
      const was = isWaiting;
      if (was) this.#hostWork -= 1;
      isWaiting = false;
      return was;
    };
    const settle = (work: () => void): void => {
      if (stop()) this.enter(work);
    };
    promise.then(
      (value) => settle(() => done(value)),
      (thrown: unknown) => settle(() => this.die(TenonError.from(thrown, "host-function-failed"))),
    );
    return stop;
  }

  /** Work of the host between the turns of the component, such as moving values. What it throws kills the component. */
  enter(work: () => void): void {
    this.#depth += 1;
    try {
      if (this.#trap === undefined) work();
    } catch (thrown) {
      this.die(TenonError.from(thrown, "plugin-trap"));
    }
    this.#depth -= 1;
    this.pump();
  }

  /** As long as the host holds an end, tasks that wait may yet go on by it. Gives how to let go of it; idempotent. */
  hold(end: HostEnd): () => void {
    this.#ends.add(end);
    return () => {
      if (!this.#ends.delete(end)) return;
      this.pump();
      if (this.#ends.size === 0) this.#observer?.released();
    };
  }

  /** Lets whoever is ready go on, one after another, outside of what runs now. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#depth > 0 || this.#resumed !== undefined || this.#trap !== undefined) return;
    const cancelled = this.#waiters.find((one) => this.#cancelled.has(one));
    const next = cancelled ?? this.#waiters.find((one) => one.isReady());
    if (next !== undefined) {
      this.#depth += 1;
      try {
        this.#resume(next, cancelled !== undefined, undefined);
      } catch (thrown) {
        this.die(TenonError.from(thrown, "plugin-trap"));
      }
      this.#depth -= 1;
      if (this.#resumed === undefined) this.pump();
    } else if (this.#hostWork === 0 && this.#ends.size === 0 && this.#active.size === 0 && this.#calls.size > 0) {
      this.die(trapOf("deadlock detected: event loop cannot make further progress"));
    }
  }

  #resume(waiter: Waiter, isCancelled: boolean, caller: ComponentInstance | undefined): void {
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    this.#cancelled.delete(waiter);
    const { task } = waiter;
    const entered = task.instance.enteredFrom(caller);
    for (const one of entered) one.checkEnter();
    for (const one of entered) one.mayEnter = false;
    if (waiter.isStack) {
      this.#resumed = { task, entered };
      this.#active.add(task);
      task.instance.task = task;
      task.instance.borrowScope = task.scope;
      waiter.resume(isCancelled);
      return;
    }
    task.run(() => waiter.resume(isCancelled));
    for (const one of entered) one.mayEnter = one.trap === undefined;
  }

  /** A stack begins to run. */
  started(task: Task): void {
    this.#active.add(task);
  }

  /** A stack has blocked or come to its end. */
  pause(task: Task): void {
    this.#active.delete(task);
    if (this.#resumed?.task !== task) return;
    for (const one of this.#resumed.entered) one.mayEnter = one.trap === undefined;
    this.#resumed = undefined;
    task.instance.task = undefined;
    this.pump();
  }

  /** A trap: nothing of this component runs again, and every call of the host rejects. */
  die(error: TenonError): void {
    this.#trap ??= error;
    this.root?.poison(error);
    const calls = [...this.#calls];
    this.#calls.clear();
    this.#waiters.length = 0;
    for (const end of [...this.#ends]) end.close(error);
    this.#ends.clear();
    for (const { reject } of calls) reject(error);
  }
}
