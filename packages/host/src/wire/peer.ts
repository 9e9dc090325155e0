// One end of a link: calls the other end's functions, serves its own, and settles every call exactly once.
// Host and plugin run the same code over stdio, shared memory or a socket; only the link below and the format of the messages differ.
import { TenonError } from "@tenon/contract/base";
import type { CallContext, FunctionRef, LogLevel } from "../driver.ts";
import { CALL_FLAG, FRAME } from "./frames.ts";
import type { ArrivedMessage, CallHead, MessageFormat } from "./message-format.ts";
import { outsideContract } from "./peer-errors.ts";
import { ServedCallState, type ServedCall } from "./served-call.ts";

export interface PeerOptions {
  /** How messages go; those that arrive may have another format. */
  readonly format: MessageFormat;
  /** A faster one for synchronous calls; used as soon as the other end says that it reads it. */
  readonly syncFormat?: MessageFormat;
  /**
   * Blocks the thread until at least one message was given to `receive`, or `timeoutMs` have passed (then false).
   * Present only over links that can block; needed for synchronous calls.
   */
  readonly pump?: (timeoutMs: number) => boolean;
  /** The functions this end may call and those it serves, each in canonical order. */
  readonly remote: readonly FunctionRef[];
  readonly local: readonly FunctionRef[];
  /** Runs a local function; may return a promise, may throw. */
  readonly serve: (index: number, args: readonly unknown[], call: ServedCall) => unknown;
  /** What the other end gets to know of a throw. */
  readonly describeFailure: (thrown: unknown, func: FunctionRef) => TenonError;
  readonly maxPendingCalls: number;
  readonly onLog?: (level: LogLevel, text: string) => void;
  readonly onDrop?: (handle: number, resource: number) => void;
  readonly onClose?: () => void;
  /** A synchronous call was sent or served in the common format: the time to get ready for a faster one. */
  readonly onSync?: () => void;
}

interface Outgoing {
  readonly func: FunctionRef;
  resolve(value: unknown): void;
  reject(error: TenonError): void;
}

/** A synchronous call's place for its answer. */
class Answer implements Outgoing {
  readonly func: FunctionRef;
  state: "waiting" | "value" | "error" = "waiting";
  value: unknown = undefined;

  constructor(func: FunctionRef) {
    this.func = func;
  }

  resolve(value: unknown): void {
    this.state = "value";
    this.value = value;
  }

  reject(error: TenonError): void {
    this.state = "error";
    this.value = error;
  }
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

export class Peer {
  readonly #options: PeerOptions;
  readonly #format: MessageFormat;
  #syncFormat: MessageFormat;
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Map<number, ServedCallState>();
  readonly #deferred: { readonly id: number; readonly open: () => ArrivedMessage }[] = [];
  #isDraining = false;
  #nextId = 1;
  #blocked = 0;
  #nesting = 0;
  #lost: TenonError | undefined;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.#format = this.#syncFormat = options.format;
  }

  /** Calls of either direction that are not settled. */
  get pending(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Starts a call; rejects with what the other end threw, or with the error given to `fail`. */
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const head = this.#headOf(func, context);
      this.#cancelWith(context, this.#sendCall(this.#format, { func, resolve, reject }, head, args));
    });
  }

  /**
   * Blocks until the answer is there; messages that arrive meanwhile are handled. Needs `pump`.
   * `onLate` is told when no answer came in time, before the deadline-exceeded is thrown: the link must end then,
   * because the late answer would be one to no call.
   */
  callSync(func: FunctionRef, args: readonly unknown[], timeoutMs: number, onLate?: () => void): unknown {
    const { pump } = this.#options;
    if (pump === undefined)
      throw new TenonError("boundary-unsupported", `${func.path} cannot be called synchronously over this link`);
    const answer = new Answer(func);
    const hasLimit = timeoutMs !== Infinity;
    const start = hasLimit ? performance.now() : 0;
    let left = timeoutMs;
    this.#blocked++;
    try {
      const flags = CALL_FLAG.blocking | (this.#incoming.size > 0 ? CALL_FLAG.nested : 0);
      const head = headOf(func, flags, hasLimit ? timeoutMs : undefined, undefined);
      this.#sendCall(this.#syncFormat, answer, head, args);
      for (;;) {
        pump(left);
        if (answer.state !== "waiting") break;
        if (hasLimit) left = timeoutMs - (performance.now() - start);
        if (left > 0) continue;
        onLate?.();
        throw new TenonError("deadline-exceeded", `${func.path} did not answer within ${timeoutMs} ms`, {
          call: func.path,
        });
      }
    } finally {
      this.#blocked--;
    }
    if (answer.state === "error") throw answer.value;
    return answer.value;
  }

  /** Handles one message. Throws protocol-error on anything the protocol does not allow. */
  receive(message: ArrivedMessage): void {
    const { kind, id } = message;
    switch (kind) {
      case FRAME.call:
        return this.#onCall(message);
      case FRAME.result:
      case FRAME.error:
        return this.#onAnswer(message);
      case FRAME.cancel:
        return this.#onCancel(id);
      case FRAME.drop:
        return this.#options.onDrop?.(id, message.dropped());
      case FRAME.log: {
        const { level, text } = message.logged();
        return this.#options.onLog?.(level, text);
      }
      case FRAME.close:
        return this.#options.onClose?.();
      case FRAME.ready:
        if (this.#options.syncFormat === undefined) break;
        this.#syncFormat = this.#options.syncFormat;
        return;
      default:
        break;
    }
    throw new TenonError("protocol-error", `a message of unknown kind ${kind} arrived`);
  }

  /** This end reads `format` from now on, and uses it for synchronous calls; the other end always does. */
  useForSync(format: MessageFormat): void {
    this.#syncFormat = format;
    if (this.#lost === undefined) this.#format.sendSignal(FRAME.ready, 0);
  }

  /** Serves calls that arrived while this thread was blocked in an unrelated one; a blocking link's loop runs this. */
  drainDeferred(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      while (this.#blocked === 0) {
        const next = this.#deferred.shift();
        if (next === undefined) return;
        this.receive(next.open());
      }
    } finally {
      this.#isDraining = false;
    }
  }

  log(level: LogLevel, text: string): void {
    this.#format.sendLog(level, text);
  }

  drop(handle: number, resource: number): void {
    if (this.#lost === undefined) this.#format.sendDrop(handle, resource);
  }

  sendClose(): void {
    this.#format.sendSignal(FRAME.close, 0);
  }

  /** Rejects every pending call and all later ones with `error`, and cancels what is being served. */
  fail(error: TenonError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    for (const [id, call] of this.#outgoing) {
      this.#outgoing.delete(id);
      call.reject(error.with({ call: call.func.path }));
    }
    for (const call of this.#incoming.values()) call.cancel();
    this.#incoming.clear();
    this.#deferred.length = 0;
  }

  #headOf(func: FunctionRef, { deadline, trace, isNested }: CallContext): CallHead {
    const flags = (isNested ?? this.#incoming.size > 0) ? CALL_FLAG.nested : 0;
    return headOf(func, flags, deadline === undefined ? undefined : deadline - performance.now(), trace);
  }

  #sendCall(format: MessageFormat, call: Outgoing, head: CallHead, args: readonly unknown[]): number {
    const { func } = call;
    if ((head.flags & CALL_FLAG.blocking) !== 0) this.#noteSync(format);
    if (this.#lost !== undefined) throw this.#lost.with({ call: func.path });
    if (this.#outgoing.size >= this.#options.maxPendingCalls) {
      throw new TenonError("resource-exhausted", `${this.#outgoing.size} calls are already in flight`, {
        call: func.path,
        sideEffects: "none",
      });
    }
    if (args.length > func.function.params.length) {
      throw new TenonError(
        "value-invalid",
        `${func.path} takes ${func.function.params.length} arguments, got ${args.length}`,
        { call: func.path, sideEffects: "none" },
      );
    }
    const id = this.#takeId();
    format.writeCall(id, func, head, args);
    // Registered before the send: a blocking link may deliver the answer within it.
    this.#outgoing.set(id, call);
    try {
      format.send();
    } catch (error) {
      this.#outgoing.delete(id);
      throw error;
    }
    return id;
  }

  #cancelWith(context: CallContext, id: number): void {
    const cancel = (): void => {
      if (this.#lost === undefined && this.#outgoing.has(id)) this.#format.sendSignal(FRAME.cancel, id);
    };
    if (context.onCancel !== undefined) return context.onCancel(cancel);
    // The core makes one signal per call, so the listener goes with the call and need not be removed.
    if (context.signal?.aborted) cancel();
    else context.signal?.addEventListener("abort", cancel, { once: true });
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id >= 0x7fff_ffff ? 1 : id + 1;
    return this.#outgoing.has(id) ? this.#takeId() : id;
  }

  #onAnswer(message: ArrivedMessage): void {
    const { kind, id } = message;
    const call = this.#outgoing.get(id);
    if (call === undefined)
      throw new TenonError("protocol-error", `an answer to call ${id} arrived, which is not in flight`);
    this.#outgoing.delete(id);
    let value: unknown;
    try {
      value = kind === FRAME.error ? message.error() : message.result(call.func);
    } catch (error) {
      // The caller learns of it, and the link ends: a peer that encodes wrongly cannot be trusted with the next message.
      const broken = TenonError.from(error, "protocol-error", { call: call.func.path });
      call.reject(broken);
      throw broken;
    }
    if (kind === FRAME.error) call.reject((value as TenonError).with({ call: call.func.path }));
    else call.resolve(value);
  }

  #onCall(message: ArrivedMessage): void {
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
    if (this.#incoming.has(id)) throw new TenonError("protocol-error", `call id ${id} is used twice`);
    const args = message.args(func);
    if (this.#incoming.size >= this.#options.maxPendingCalls || this.#nesting >= MAX_NESTING) {
      const what =
        this.#nesting >= MAX_NESTING
          ? `${MAX_NESTING} calls are nested in each other`
          : `${this.#incoming.size} calls are already being served`;
      this.#answerError({ id, func, format }, new TenonError("resource-exhausted", what, { sideEffects: "none" }));
      return;
    }
    if ((flags & CALL_FLAG.blocking) !== 0) this.#noteSync(format);
    const state = new ServedCallState(id, head);
    this.#incoming.set(id, state);
    this.#run({ id, func, format, state }, args, (flags & CALL_FLAG.blocking) !== 0);
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
    if (this.#lost !== undefined) return;
    const { id, func, format } = call;
    try {
      format.writeResult(id, func, value);
    } catch (thrown) {
      this.#answerError(call, outsideContract(thrown));
      return;
    }
    this.#incoming.delete(id);
    format.send();
  }

  #answerError({ id, func, format }: Unanswered, thrown: unknown): void {
    this.#incoming.delete(id);
    if (this.#lost !== undefined) return;
    format.writeError(id, this.#options.describeFailure(thrown, func));
    format.send();
  }

  #noteSync(format: MessageFormat): void {
    if (format === this.#format) this.#options.onSync?.();
  }

  #defer(message: ArrivedMessage): void {
    if (this.#deferred.length >= this.#options.maxPendingCalls)
      throw new TenonError("protocol-error", "calls were sent beyond the agreed number in flight");
    this.#deferred.push({ id: message.id, open: message.keep() });
  }

  #onCancel(id: number): void {
    const at = this.#deferred.findIndex((deferred) => deferred.id === id);
    if (at === -1) return this.#incoming.get(id)?.cancel();
    const [deferred] = this.#deferred.splice(at, 1);
    const message = deferred!.open();
    const func = this.#local(message.head().index);
    const error = new TenonError("cancelled", `${func.path} was cancelled before it started`, { sideEffects: "none" });
    this.#answerError({ id, func, format: message.format }, error);
  }

  #local(index: number): FunctionRef {
    const func = this.#options.local[index];
    if (func !== undefined) return func;
    throw new TenonError("protocol-error", `function ${index} was called, which the contract does not have`);
  }
}

function headOf(
  { index }: FunctionRef,
  flags: number,
  msLeft: number | undefined,
  trace: string | undefined,
): CallHead {
  return {
    index,
    flags: flags | (msLeft === undefined ? 0 : CALL_FLAG.deadline) | (trace === undefined ? 0 : CALL_FLAG.trace),
    deadlineMs: msLeft === undefined ? undefined : Math.min(Math.max(0, Math.ceil(msLeft)), 0xffff_ffff),
    trace,
  };
}
