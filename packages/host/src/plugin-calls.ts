// The way of every call into one plugin: checks, interceptors, bounds, the session, and the checks of what comes back.
import { TenonError } from "@tenon/contract/core";
import { bounded, Cancellable, FREE_CONTEXT, intercepted, isThenable, isTraced, traced } from "./calls.ts";
import type { Bounds, CallInfo, CallOptions } from "./calls.ts";
import type { FunctionRef, Session } from "./driver.ts";
import type { Slot } from "./slot.ts";

export class PluginCalls {
  readonly slot: Slot;
  readonly #isPlain: boolean;
  #checksValues = false;

  constructor(slot: Slot) {
    this.slot = slot;
    this.#isPlain = slot.options.interceptors.length === 0;
    this.adopt();
  }

  /** Goes by the version that the slot has now. */
  adopt(): void {
    const { driver, validate } = this.slot.options;
    this.#checksValues = driver.traits.encoding === "native" && validate;
  }

  /** The asynchronous form of every call. `args` holds the contract's parameters only. */
  call(func: FunctionRef, args: readonly unknown[], options: CallOptions | undefined): unknown {
    try {
      if (this.#isPlain && !isTraced()) return this.#send(func, args, options);
      const info = this.#info(func, args, "call");
      const run = (): unknown =>
        intercepted(this.slot.options.interceptors, info, (changed) => this.#send(func, changed, options));
      return isTraced() ? traced(info, run) : run();
    } catch (error) {
      const { id, driver } = this.slot.options;
      throw TenonError.from(error, "plugin-trap", { plugin: id, boundary: driver.boundary, call: func.path });
    }
  }

  /** The synchronous form, bound to the present session. Throws `boundary-unsupported` where the boundary has none. */
  bindSync(func: FunctionRef): (...args: unknown[]) => unknown {
    const { driver, id } = this.slot.options;
    if (this.slot.session?.bindSync === undefined) {
      const [what, hint] = driver.traits.syncCalls
        ? [`plugin ${id} is not started`, "await plugin.start() before the first synchronous call"]
        : [`the ${driver.boundary} boundary has no synchronous calls`, "use the asynchronous form"];
      throw new TenonError("boundary-unsupported", what, {
        hint,
        plugin: id,
        boundary: driver.boundary,
        call: func.path,
        sideEffects: "none",
      });
    }
    const bound = this.slot.session.bindSync(func);
    if (this.#isPlain && !this.#checksValues) return bound;
    const direct = this.#checksValues ? this.#checked(func, bound) : bound;
    if (this.#isPlain) return direct;
    return (...args) =>
      intercepted(this.slot.options.interceptors, this.#info(func, args, "call"), (changed) => direct(...changed));
  }

  #info(func: FunctionRef, args: readonly unknown[], direction: CallInfo["direction"]): CallInfo {
    const { id, driver } = this.slot.options;
    return { plugin: id, boundary: driver.boundary, path: func.path, direction, args };
  }

  #send(func: FunctionRef, args: readonly unknown[], options: CallOptions | undefined): unknown {
    if (this.#checksValues) this.slot.options.plan.checkArguments(func, args);
    const session = this.slot.session;
    // In the same graph a call without options is a function call; only a promise needs watching.
    if (session !== undefined && options === undefined && this.slot.options.driver.traits.encoding === "native") {
      const out = session.call(func, args, FREE_CONTEXT);
      return this.#results(func, isThenable(out) ? bounded(out, this.#bounds(func, undefined)) : out);
    }
    this.#admit(func, options?.signal);
    const bounds = this.#bounds(func, options);
    const canEnd = bounds.deadline !== undefined || bounds.signal !== undefined;
    const context = canEnd
      ? new Cancellable(bounds.deadline, options)
      : { ...FREE_CONTEXT, trace: options?.trace, isNested: options?.isNested };
    let used = session;
    const waits = session === undefined && { isWaiting: () => used === undefined };
    const begin = (ready: Session): unknown => {
      // An upgrade may have come between, or the end of the wait.
      used = this.slot.session ?? ready;
      if (context instanceof Cancellable && context.isCancelled)
        throw new TenonError("cancelled", "nobody waits for it");
      return used.call(func, args, context);
    };
    const out = used !== undefined ? used.call(func, args, context) : this.slot.ensure().then(begin);
    if (!isThenable(out)) return this.#results(func, out);
    const overdue = (late: PromiseLike<unknown>): void => {
      if (context instanceof Cancellable) context.cancel();
      if (used !== undefined) this.#endIfStuck(used, late, bounds);
    };
    return this.#results(func, bounded(out, { ...bounds, ...waits }, overdue));
  }

  #bounds(func: FunctionRef, options: CallOptions | undefined): Bounds {
    const { id, driver, limits, deadlines } = this.slot.options;
    const limitMs = options?.deadlineMs ?? limits.callMs;
    const deadline = limitMs > 0 ? performance.now() + limitMs : undefined;
    return {
      plugin: id,
      boundary: driver.boundary,
      func,
      deadline,
      limitMs,
      signal: options?.signal,
      deadlines,
      inFlight: this.slot.calls,
      caller: options?.caller,
      trace: options?.trace,
    };
  }

  /** Throws for a call that should not even start. */
  #admit(func: FunctionRef, signal: AbortSignal | undefined): void {
    const { id, driver, limits } = this.slot.options;
    const context = { plugin: id, boundary: driver.boundary, call: func.path, sideEffects: "none" } as const;
    if (signal?.aborted)
      throw new TenonError("cancelled", `${func.path} was cancelled before it started`, {
        ...context,
        cause: signal.reason,
      });
    const { calls, options } = this.slot;
    if (calls.size >= limits.maxPendingCalls)
      throw new TenonError(
        "resource-exhausted",
        `${limits.maxPendingCalls} calls are already waiting for plugin ${id}`,
        {
          hint: "await some of them first, or raise limits.maxPendingCalls",
          ...context,
        },
      );
    if (calls.hostSize < options.maxHostCalls) return;
    throw new TenonError("resource-exhausted", `${options.maxHostCalls} calls are already waiting for this host`, {
      hint: "await some of them first, or raise maxPendingCalls of the host",
      ...context,
    });
  }

  /** A call that has not ended `cancelGraceMs` after its cancellation costs the plugin its session. */
  #endIfStuck(session: Session, late: PromiseLike<unknown>, bounds: Bounds): void {
    if (session.terminate === undefined) return;
    const timer = setTimeout(() => {
      bounds.inFlight.note(bounds);
      session.terminate?.(`${bounds.func.path} ignored its cancellation`);
    }, this.slot.options.limits.cancelGraceMs);
    const clear = (): void => clearTimeout(timer);
    late.then(clear, clear);
  }

  #checked(func: FunctionRef, bound: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => {
      this.slot.options.plan.checkArguments(func, args);
      return this.#results(func, bound(...args));
    };
  }

  #results(func: FunctionRef, out: unknown): unknown {
    if (!this.#checksValues) return out;
    const check = (value: unknown): unknown => {
      this.slot.options.plan.checkResult(func, value, this.slot.options.id);
      return value;
    };
    return isThenable(out) ? out.then(check) : check(out);
  }
}
