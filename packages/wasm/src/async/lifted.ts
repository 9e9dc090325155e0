// `canon lift` of async functions, in its three forms, and calls of the host that may have to wait
// (component-model CanonicalABI.md, "canon lift").
import { compileValues, trapError } from "@tenon/abi/canonical";
import type { CanonicalEnv, CanonicalValues, CoreFunction, CoreValue, HostFunction } from "@tenon/abi/canonical";
import type { CompiledFunc } from "../link/compiled.ts";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import type { FuncItem } from "../link/items.ts";
import type { PlanOptions } from "../link/plan.ts";
import { canSuspend } from "../webassembly.ts";
import { coreTypesOf } from "./core-types.ts";
import { hostStreamsOf } from "./host-streams.ts";
import type { Scheduler } from "./scheduler.ts";
import { onOwnStack } from "./stacks.ts";
import { Task } from "./task.ts";
import type { OnCancel, OnResolve, OnStart } from "./task.ts";
import { EVENT, waitableSetAt } from "./waitables.ts";
import type { Event } from "./waitables.ts";

const MAX_FLAT_PARAMS = 16;
const MAX_FLAT_RESULTS = 1;
const CALLBACK = { exit: 0, yield: 1, wait: 2 };

/** Everything that one `canon lift` is made of. */
export interface LiftParts {
  readonly instance: ComponentInstance;
  readonly func: CompiledFunc;
  readonly options: PlanOptions;
  readonly env: CanonicalEnv;
  readonly core: CoreFunction;
  readonly callback: CoreFunction | undefined;
  readonly scheduler: Scheduler;
  /** Something in the component can wait, so that its code needs stacks of its own. */
  readonly mayBlock: boolean;
}

interface Values {
  readonly params: CanonicalValues;
  readonly result: CanonicalValues;
}

export class TaskLiftedFunc implements FuncItem {
  readonly kind = "func";
  readonly isAsync = true;
  name = "an internal function";
  readonly #parts: LiftParts;
  readonly #values = new Map<boolean, Values>();
  #runCore: ((task: Task, flat: readonly CoreValue[]) => void) | undefined;
  #runCallback: ((task: Task, flat: readonly CoreValue[]) => void) | undefined;

  constructor(parts: LiftParts) {
    this.#parts = parts;
  }

  /** For the host: gives a promise. Components call through `begin`. */
  callFrom(): HostFunction {
    const { scheduler } = this.#parts;
    return (...args) => {
      this.#compiled(undefined).params.check(args);
      return scheduler.call<unknown>((settle) => {
        this.begin(
          undefined,
          () => args,
          (result) => settle(result?.[0]),
        );
      });
    };
  }

  /** For the host, and for components, which send maps as lists of pairs. */
  #compiled(caller: ComponentInstance | undefined): Values {
    const { func, instance, scheduler } = this.#parts;
    const known = this.#values.get(caller === undefined);
    if (known !== undefined) return known;
    const { params, result } = caller === undefined ? func.fn : func.inner;
    const names = params.map(({ name }) => name);
    const types = params.map(({ type }) => type);
    const env =
      caller === undefined ? { ...this.#parts.env, streams: hostStreamsOf(instance, scheduler) } : this.#parts.env;
    const made: Values = {
      params: compileValues(names, types, env, MAX_FLAT_PARAMS),
      result: compileValues(["result"], result === undefined ? [] : [result], env, MAX_FLAT_RESULTS),
    };
    this.#values.set(caller === undefined, made);
    return made;
  }

  begin(caller: ComponentInstance | undefined, onStart: OnStart, onResolve: OnResolve): OnCancel {
    const { instance, func, options, env } = this.#parts;
    const entered = instance.enteredFrom(caller);
    for (const one of entered) one.checkEnter();
    const task = new Task(instance, func, options, onStart, onResolve);
    task.memory = env.memory?.();
    task.isForHost = caller === undefined;
    for (const one of entered) one.mayEnter = false;
    try {
      this.#enter(task, this.#compiled(caller));
      for (const one of entered) if (one.trap !== undefined) throw one.trap;
    } catch (thrown) {
      const error = trapError(thrown, this.name);
      for (const one of entered) one.poison(error);
      throw error;
    }
    for (const one of entered) one.mayEnter = true;
    return (from) => this.#requestCancel(task, from);
  }

  #enter(task: Task, values: Values): void {
    const { instance, scheduler } = this.#parts;
    const isHeldBack = (): boolean =>
      instance.backpressure > 0 || (task.needsExclusive && instance.exclusive !== undefined);
    if (!isHeldBack() && instance.waitingToEnter === 0) return this.#start(task, values);
    instance.waitingToEnter += 1;
    scheduler.wait({
      task,
      isReady: () => !isHeldBack(),
      isCancellable: true,
      isStack: false,
      resume: (isCancelled) => {
        instance.waitingToEnter -= 1;
        if (isCancelled) task.cancel();
        else this.#start(task, values);
      },
    });
  }

  #start(task: Task, values: Values): void {
    const { instance, options } = this.#parts;
    if (task.needsExclusive) instance.exclusive = task;
    task.run(() => {
      const flat = values.params.lower(task.start());
      if (!options.isAsync) task.onCoreDone = (result) => this.#returned(task, values, result as CoreValue | undefined);
      else if (this.#parts.callback === undefined) task.onCoreDone = () => task.checkDone();
      else task.onCoreDone = (packed) => this.#next(task, packed as number);
      this.#runCore ??= this.#runner(this.#parts.core, coreTypesOf(this.#parts.func, options, "lift"));
      this.#runCore(task, flat);
    });
  }

  /** The lifted function without `async`: its result is the core function's. */
  #returned(task: Task, values: Values, returned: CoreValue | undefined): void {
    const { instance, env } = this.#parts;
    const flat = returned === undefined ? [] : [returned];
    task.resolve(values.result.lift(flat));
    if (env.postReturn !== undefined) {
      instance.flags.mayLeave = false;
      env.postReturn(...flat);
      instance.flags.mayLeave = true;
    }
    this.#exit(task);
  }

  #exit(task: Task): void {
    const { instance, scheduler } = this.#parts;
    task.checkDone();
    if (task.needsExclusive) instance.exclusive = undefined;
    scheduler.pump();
  }

  /** What a callback returns says what the task does next. */
  #next(task: Task, packed: number): void {
    const { instance, scheduler } = this.#parts;
    const [code, index] = [packed & 0xf, packed >>> 4];
    if (code === CALLBACK.exit) return this.#exit(task);
    if (code !== CALLBACK.yield && code !== CALLBACK.wait) throw trapOf(`unsupported callback code: ${code}`);
    instance.exclusive = undefined;
    const set = code === CALLBACK.wait ? waitableSetAt(instance, index) : undefined;
    if (set !== undefined) set.waiting += 1;
    const isFree = (): boolean => instance.exclusive === undefined;
    const resume = (isCancelled: boolean): void => {
      let event: Event = isCancelled ? [EVENT.cancelled, 0, 0] : [EVENT.none, 0, 0];
      if (set !== undefined) {
        set.waiting -= 1;
        if (!isCancelled) event = set.takeEvent();
      }
      instance.exclusive = task;
      this.#runCallback ??= this.#runner(this.#parts.callback as CoreFunction, {
        params: ["i32", "i32", "i32"],
        results: ["i32"],
      });
      this.#runCallback(task, event);
    };
    const isReady = (): boolean => isFree() && (set === undefined || set.hasEvent);
    // A cancellation that came while the task ran is delivered where it would wait next.
    if (task.takeCancel(true)) return resume(true);
    scheduler.wait({ task, isReady, isCancellable: true, isStack: false, resume });
    scheduler.pump();
  }

  /** Runs a core function of the task, on a stack of its own where it may have to wait. */
  #runner(
    core: CoreFunction,
    types: { readonly params: readonly string[]; readonly results: readonly string[] },
  ): (task: Task, flat: readonly CoreValue[]) => void {
    const { scheduler, mayBlock, instance } = this.#parts;
    if (!mayBlock || !canSuspend()) return (task, flat) => task.onCoreDone(core(...flat));
    const run = onOwnStack(core, types.params, types.results, (result) => {
      const { task } = instance;
      if (task === undefined) throw trapOf("a task ended outside of any call");
      task.onCoreDone(result);
      scheduler.pause(task);
    });
    return (task, flat) => {
      task.isOnStack = true;
      scheduler.started(task);
      run(...flat).catch((thrown: unknown) => {
        scheduler.pause(task);
        const error = trapError(thrown, this.name);
        instance.poison(error);
        scheduler.die(error);
      });
    };
  }

  #requestCancel(task: Task, caller: ComponentInstance | undefined): void {
    const { instance, scheduler } = this.#parts;
    const waiter = scheduler.cancellable(task);
    if (task.state === "initial") {
      task.state = "cancel delivered";
      if (waiter !== undefined) scheduler.cancel(waiter, caller);
      return;
    }
    const isBlocked = task.needsExclusive && instance.exclusive !== undefined && instance.exclusive !== task;
    const mayEnter = instance.enteredFrom(caller).every((one) => one.mayEnter);
    if (waiter === undefined || isBlocked || !mayEnter) {
      task.state = "cancel pending";
      return;
    }
    task.state = "cancel delivered";
    scheduler.cancel(waiter, caller);
  }
}
