// The calls that one end of a link serves: run at once, or kept until its thread is free; each is answered once.
import { TenonError } from "@tenon/contract/base";
import type { FunctionRef } from "../driver.ts";
import { CALL_FLAG } from "./frames.ts";
import type { ArrivedMessage, MessageFormat } from "./message-format.ts";
import { outsideContract } from "./peer-errors.ts";
import { ServedCallState, type ServedCall } from "./served-call.ts";

export interface ServingOptions {
  /** The functions that this end serves, in canonical order. */
  readonly local: readonly FunctionRef[];
  /** Runs a local function; may return a promise, may throw. */
  readonly serve: (index: number, args: readonly unknown[], call: ServedCall) => unknown;
  /** What the other end gets to know of a throw. */
  readonly describeFailure: (thrown: unknown, func: FunctionRef) => TenonError;
  readonly maxPendingCalls: number;
}

/** A call of the other end that has to be answered, in the format in which it came. */
interface Unanswered {
  readonly id: number;
  readonly func: FunctionRef;
  readonly format: MessageFormat;
}

interface Serving extends Unanswered {
  readonly state: ServedCallState;
}

/** Calls nested in each other through the link before one is refused; each level is a few frames of the real stack. */
const MAX_NESTING = 64;

export class IncomingCalls {
  readonly #options: ServingOptions;
  readonly #onSync: (format: MessageFormat) => void;
  readonly #calls = new Map<number, ServedCallState>();
  readonly #deferred: { readonly id: number; readonly open: () => ArrivedMessage }[] = [];
  /** Synchronous calls of ours that this thread waits in, one within the other. */
  #blocked = 0;
  #isDraining = false;
  #nesting = 0;
  #isLost = false;

  /** `onSync` is told of each call whose caller is blocked until its answer, before it is served. */
  constructor(options: ServingOptions, onSync: (format: MessageFormat) => void) {
    this.#options = options;
    this.#onSync = onSync;
  }

  /** Those that are being served. */
  get size(): number {
    return this.#calls.size;
  }

  /** This thread waits for an answer until `leave`: calls that have nothing to do with it are kept. */
  enter(): void {
    this.#blocked++;
  }

  leave(): void {
    this.#blocked--;
  }

  /** Throws protocol-error for what no end that keeps the protocol sends. */
  receive(message: ArrivedMessage): void {
    const { id, format } = message;
    const head = message.head();
    const { index, flags } = head;
    // A caller that is blocked itself must be served now: each thread would wait for the other else.
    const canWait = (flags & (CALL_FLAG.nested | CALL_FLAG.blocking)) === 0;
    if (canWait && (this.#blocked > 0 || (this.#deferred.length > 0 && !this.#isDraining))) {
      this.#defer(message);
      return;
    }
    const func = this.#local(index);
    if (this.#calls.has(id)) throw new TenonError("protocol-error", `call id ${id} is used twice`);
    const args = message.args(func);
    if (this.#calls.size >= this.#options.maxPendingCalls || this.#nesting >= MAX_NESTING) {
      const what =
        this.#nesting >= MAX_NESTING
          ? `${MAX_NESTING} calls are nested in each other`
          : `${this.#calls.size} calls are already being served`;
      this.#answerError({ id, func, format }, new TenonError("resource-exhausted", what, { sideEffects: "none" }));
      return;
    }
    if ((flags & CALL_FLAG.blocking) !== 0) this.#onSync(format);
    const state = new ServedCallState(id, head);
    this.#calls.set(id, state);
    this.#run({ id, func, format, state }, args, (flags & CALL_FLAG.blocking) !== 0);
  }

  /** Serves what was kept, as long as nothing blocks this thread; `receive` as for the first time. */
  drain(receive: (message: ArrivedMessage) => void): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      while (this.#blocked === 0) {
        const next = this.#deferred.shift();
        if (next === undefined) return;
        receive(next.open());
      }
    } finally {
      this.#isDraining = false;
    }
  }

  cancel(id: number): void {
    const at = this.#deferred.findIndex((deferred) => deferred.id === id);
    if (at === -1) return this.#calls.get(id)?.cancel();
    const [deferred] = this.#deferred.splice(at, 1);
    const message = deferred!.open();
    const func = this.#local(message.head().index);
    const error = new TenonError("cancelled", `${func.path} was cancelled before it started`, { sideEffects: "none" });
    this.#answerError({ id, func, format: message.format }, error);
  }

  /** The link is gone: what is served is cancelled and not answered. */
  fail(): void {
    this.#isLost = true;
    for (const call of this.#calls.values()) call.cancel();
    this.#calls.clear();
    this.#deferred.length = 0;
  }

  #run(call: Serving, args: readonly unknown[], isCallerBlocked: boolean): void {
    const { func } = call;
    let out: unknown;
    this.#nesting++;
    try {
      out = this.#options.serve(func.index, args, call.state);
    } catch (thrown) {
      this.#answerError(call, thrown);
      return;
    } finally {
      this.#nesting--;
    }
    if (!(typeof out === "object" && out !== null && typeof (out as { then?: unknown }).then === "function")) {
      this.#answer(call, out);
      return;
    }
    if (isCallerBlocked && this.#blocked > 0) {
      // Both threads would wait for each other: ours for the call's end, theirs for this promise.
      Promise.resolve(out).catch(() => {});
      const hint = "call the plugin asynchronously, or make the function synchronous";
      this.#answerError(
        call,
        new TenonError("boundary-unsupported", `${func.path} is asynchronous and was reached by a synchronous call`, {
          hint,
        }),
      );
      return;
    }
    (out as PromiseLike<unknown>).then(
      (value) => this.#answer(call, value),
      (thrown: unknown) => this.#answerError(call, thrown),
    );
  }

  #answer(call: Unanswered, value: unknown): void {
    if (this.#isLost) return;
    const { id, func, format } = call;
    try {
      format.writeResult(id, func, value);
    } catch (thrown) {
      this.#answerError(call, outsideContract(thrown));
      return;
    }
    this.#calls.delete(id);
    format.send();
  }

  #answerError({ id, func, format }: Unanswered, thrown: unknown): void {
    this.#calls.delete(id);
    if (this.#isLost) return;
    format.writeError(id, this.#options.describeFailure(thrown, func));
    format.send();
  }

  #defer(message: ArrivedMessage): void {
    if (this.#deferred.length >= this.#options.maxPendingCalls)
      throw new TenonError("protocol-error", "calls were sent beyond the agreed number in flight");
    this.#deferred.push({ id: message.id, open: message.keep() });
  }

  #local(index: number): FunctionRef {
    const func = this.#options.local[index];
    if (func !== undefined) return func;
    throw new TenonError("protocol-error", `function ${index} was called, which the contract does not have`);
  }
}
