// One call from the caller's arguments to a settled promise: options, interceptors, tracing, deadline, cancellation.
import diagnostics from "node:diagnostics_channel";
import { TenonError } from "@tenon/contract/core";
import type { CallContext, FunctionRef } from "./driver.ts";
import type { Deadlines } from "./deadlines.ts";
import type { InFlight } from "./in-flight.ts";

/** Options of one call, given after its last argument. */
export interface CallOptions {
  /** Cancels the call: the promise rejects with `cancelled` at once and the plugin is told. */
  readonly signal?: AbortSignal;
  /** Milliseconds from now; default `limits.callMs`, because a call without a bound waits forever on a stuck plugin. 0 means none. */
  readonly deadlineMs?: number;
  /** W3C traceparent to pass on to the plugin. */
  readonly trace?: string;
  /** @internal For hosts that pass on the calls of another: `CallContext.isNested` as it is known there. */
  readonly isNested?: boolean | undefined;
  /** Who makes the call, for the report of a crash that happens during it. */
  readonly caller?: string;
}

/** What interceptors and tracing subscribers see of a call. */
export interface CallInfo {
  readonly plugin: string;
  readonly boundary: string;
  /** `builder.build`. */
  readonly path: string;
  /** `call`: host to plugin. `callback`: plugin to host function. */
  readonly direction: "call" | "callback";
  readonly args: readonly unknown[];
}

/**
 * Wraps every call of a plugin in both directions: return `next()` or a promise of it, change the arguments by
 * `next(otherArgs)`, or answer without it. Runs outermost first. Adding one costs every call a few microseconds.
 */
export type Interceptor = (call: CallInfo, next: (args?: readonly unknown[]) => unknown) => unknown;

/** Published on `tenon:call:start`, `tenon:call:end` (with `result`) and `tenon:call:error` (with `error`). */
export interface CallEvent extends CallInfo {
  readonly result?: unknown;
  readonly error?: unknown;
  readonly durationMs?: number;
}

const started = diagnostics.channel("tenon:call:start");
const ended = diagnostics.channel("tenon:call:end");
const failed = diagnostics.channel("tenon:call:error");

/** Whether somebody listens to calls; asked once per call because subscribers come and go. */
export function isTraced(): boolean {
  return started.hasSubscribers || ended.hasSubscribers || failed.hasSubscribers;
}

/** Publishes start and end of a call around `run`, which may return a promise. */
export function traced(info: CallInfo, run: () => unknown): unknown {
  const begin = performance.now();
  const settle = (event: Pick<CallEvent, "result" | "error">): void => {
    const channel = "error" in event ? failed : ended;
    channel.publish({ ...info, ...event, durationMs: performance.now() - begin } satisfies CallEvent);
  };
  started.publish(info satisfies CallEvent);
  let out: unknown;
  try {
    out = run();
  } catch (error) {
    settle({ error });
    throw error;
  }
  if (!isThenable(out)) {
    settle({ result: out });
    return out;
  }
  return Promise.resolve(out).then(
    (result) => {
      settle({ result });
      return result;
    },
    (error: unknown) => {
      settle({ error });
      throw error;
    },
  );
}

/** `run` inside the interceptors, the first one outermost. */
export function intercepted(
  interceptors: readonly Interceptor[],
  info: CallInfo,
  run: (args: readonly unknown[]) => unknown,
): unknown {
  const step = (index: number, args: readonly unknown[]): unknown => {
    const interceptor = interceptors[index];
    if (interceptor === undefined) return run(args);
    return interceptor(index === 0 ? info : { ...info, args }, (changed) => step(index + 1, changed ?? args));
  };
  return step(0, info.args);
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** No deadline, no cancellation. */
export const FREE_CONTEXT: CallContext = { deadline: undefined, signal: undefined, trace: undefined };

/** The context of a call that may be cancelled. Its signal is made at the first read, because most boundaries need none. */
export class Cancellable implements CallContext {
  readonly deadline: number | undefined;
  readonly trace: string | undefined;
  readonly isNested: boolean | undefined;
  #isCancelled = false;
  #controller: AbortController | undefined;
  #listener: (() => void) | undefined;

  constructor(deadline: number | undefined, options: CallOptions | undefined) {
    this.deadline = deadline;
    this.trace = options?.trace;
    this.isNested = options?.isNested;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isCancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  onCancel(listener: () => void): void {
    if (this.#isCancelled) return listener();
    const earlier = this.#listener;
    this.#listener = () => {
      earlier?.();
      listener();
    };
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#controller?.abort();
    this.#listener?.();
  }
}

/** What may end a wait before its answer comes, and whom it belongs to. */
export interface Bounds {
  readonly plugin: string;
  readonly boundary: string;
  readonly func: FunctionRef;
  /** Absolute, `performance.now()` clock; `limitMs` is the length that led to it, for the message. */
  readonly deadline: number | undefined;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly deadlines: Deadlines;
  /** The waiting calls of the session. */
  readonly inFlight: InFlight;
  /** For the report of a crash. */
  readonly caller: string | undefined;
  readonly trace: string | undefined;
  /** Whether it still waits for a session, so that nothing of it has run; absent for a call that went out at once. */
  readonly isWaiting?: () => boolean;
}

/**
 * Settles when `pending` does, or before that on the deadline, the signal or the end of the plugin; once in any case.
 * The late answer of a call that was given up is dropped; `overdue` is told then, so that a plugin that ignores the
 * cancellation can be stopped.
 */
export function bounded(
  pending: PromiseLike<unknown>,
  bounds: Bounds,
  overdue?: (pending: PromiseLike<unknown>) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { deadline, signal, deadlines, inFlight } = bounds;
    const give = (error: TenonError): void => {
      done();
      reject(error.with(ownerOf(bounds)));
      overdue?.(pending);
    };
    // What ends a call that never went out has had no effect.
    const effects = (): { readonly sideEffects?: "none" } =>
      bounds.isWaiting?.() === true ? { sideEffects: "none" } : {};
    const wait =
      deadline === undefined
        ? undefined
        : deadlines.add(deadline, () => {
            const what = `${bounds.func.path} did not answer within ${bounds.limitMs} ms`;
            give(new TenonError("deadline-exceeded", what, effects()));
          });
    const onAbort = (): void => {
      const what = `${bounds.func.path} was cancelled by its caller`;
      give(new TenonError("cancelled", what, { cause: signal?.reason, ...effects() }));
    };
    const done = (isLost?: boolean): void => {
      inFlight.delete(give, isLost);
      if (wait !== undefined) deadlines.remove(wait);
      signal?.removeEventListener("abort", onAbort);
    };
    inFlight.add(give, bounds);
    signal?.addEventListener("abort", onAbort, { once: true });
    pending.then(
      (value) => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        const typed = TenonError.from(error, "plugin-trap", ownerOf(bounds));
        done(typed.code === "plugin-crashed" || typed.code === "protocol-error");
        reject(typed);
      },
    );
  });
}

function ownerOf({ plugin, boundary, func }: Bounds): {
  readonly plugin: string;
  readonly boundary: string;
  readonly call: string;
} {
  return { plugin, boundary, call: func.path };
}
