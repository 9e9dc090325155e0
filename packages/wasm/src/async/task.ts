// One call of an async function, and who waits for what (component-model CanonicalABI.md, "Tasks").
import type { BorrowScope } from "../link/handle-table.ts";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import type { PlanOptions } from "../link/plan.ts";
import type { CompiledFunc } from "../link/compiled.ts";

/** Gives the arguments when the callee takes them. */
export type OnStart = () => readonly unknown[];
/** Takes the result; undefined when the call was cancelled. */
export type OnResolve = (result: readonly unknown[] | undefined) => void;
/** Asks for the end of a call that has not returned. */
export type OnCancel = (caller: ComponentInstance | undefined) => void;

type TaskState = "initial" | "started" | "cancel pending" | "cancel delivered" | "resolved";

/** A call inside of one component instance. Threads of a task beyond its first are not supported. */
export class Task {
  readonly instance: ComponentInstance;
  readonly func: CompiledFunc | undefined;
  readonly options: PlanOptions | undefined;
  /** Values that `context.get` and `context.set` work on. */
  readonly context: unknown[] = [0, 0];
  readonly scope: BorrowScope = { borrows: 0 };
  readonly #onStart: OnStart;
  readonly #onResolve: OnResolve;
  state: TaskState = "initial";
  /** It runs on a stack of its own, which can be suspended. */
  isOnStack = false;
  /** The host called it: its values are those of JavaScript, not of another component. */
  isForHost = false;
  /** The memory of its lift. */
  memory: unknown;
  /** Told what the core function returned. */
  onCoreDone: (result: unknown) => void = () => undefined;

  constructor(
    instance: ComponentInstance,
    func: CompiledFunc | undefined,
    options: PlanOptions | undefined,
    onStart: OnStart = () => [],
    onResolve: OnResolve = () => undefined,
  ) {
    this.instance = instance;
    this.func = func;
    this.options = options;
    this.#onStart = onStart;
    this.#onResolve = onResolve;
  }

  /** Only one of such tasks runs in an instance at a time: their code has one stack in linear memory. */
  get needsExclusive(): boolean {
    return this.options?.isAsync !== true || this.options.callback !== undefined;
  }

  start(): readonly unknown[] {
    this.state = "started";
    return this.#onStart();
  }

  resolve(result: readonly unknown[]): void {
    if (this.state === "resolved")
      throw trapOf("invalid `task.return` or `task.cancel`: the task has returned already");
    this.#checkBorrows();
    this.#onResolve(result);
    this.state = "resolved";
  }

  cancel(): void {
    if (this.state !== "cancel delivered") throw trapOf("`task.cancel` called by a task which has not been cancelled");
    this.#checkBorrows();
    this.#onResolve(undefined);
    this.state = "resolved";
  }

  #checkBorrows(): void {
    if (this.scope.borrows > 0) throw trapOf("borrow handles still remain at the end of the call");
  }

  /** Whether a cancellation that was asked for is delivered now. */
  takeCancel(isCancellable: boolean): boolean {
    if (!isCancellable || this.state !== "cancel pending") return false;
    this.state = "cancel delivered";
    return true;
  }

  /** Its code has come to its end. */
  checkDone(): void {
    if (this.state !== "resolved") throw trapOf("async-lifted export failed to produce a result");
  }

  /** Runs `work` as this task, in what is the current call of the instance meanwhile. */
  run(work: () => void): void {
    const { instance } = this;
    const { task, borrowScope } = instance;
    instance.task = this;
    instance.borrowScope = this.scope;
    work();
    instance.task = task;
    instance.borrowScope = borrowScope;
  }
}
