// One end of a frame link: calls the other end's functions, serves its own, and settles every call exactly once.
// Host and plugin run the same code over stdio, shared memory or a socket; only the link below differs.
import type { FunctionCodec } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type { CallContext, FunctionRef, LogLevel } from "../driver.ts";
import { CloneFormat } from "./clone-format.ts";
import { FrameFormat } from "./frame-format.ts";
import { CALL_FLAG, FRAME } from "./frames.ts";
import type { ArrivedMessage, CallHead, MessageFormat } from "./message-format.ts";
import { outsideContract } from "./peer-errors.ts";
import { ServedCallState, type ServedCall } from "./served-call.ts";

/** What carries the messages. Frames arrive at `Peer.receive`, in order and whole. */
export interface FrameLink {
  /** Sends one whole frame, length field included. The bytes are only valid during the call. */
  send(frame: Uint8Array): void;
  /** As `send`, for the first `length` bytes: a link that copies them anyway is spared an object for each frame. */
  sendPart?(bytes: Uint8Array, length: number): void;
  /** As `send`, for large frames whose memory is the link's from then on; without it they go through `send`. */
  sendOwned?(frame: Uint8Array): void;
  /**
   * Sends a message by structured clone, and moves the memory in `moved`; it arrives at `Peer.receiveClone`, in order with
   * the frames. Present on links between threads: asynchronous calls go this way then, and their answers come back so.
   */
  post?(message: unknown, moved: ArrayBuffer[]): void;
  /**
   * Blocks the thread until at least one frame was given to `Peer.receive`, or `timeoutMs` have passed (then false).
   * Present only on links that can block; needed for synchronous calls.
   */
  pump?(timeoutMs: number): boolean;
}

export interface PeerOptions {
  readonly link: FrameLink;
  /** The functions this end may call and those it serves, each in canonical order. */
  readonly remote: readonly FunctionRef[];
  readonly local: readonly FunctionRef[];
  readonly codecOf: (func: FunctionRef) => FunctionCodec;
  /** Runs a local function; may return a promise, may throw. */
  readonly serve: (index: number, args: readonly unknown[], call: ServedCall) => unknown;
  /** What the other end gets to know of a throw. */
  readonly describeFailure: (thrown: unknown, func: FunctionRef) => TenonError;
  readonly maxPendingCalls: number;
  readonly maxMessageBytes: number;
  /** Whether clones from the other end need no check of their values: a plugin's end trusts its host. Default false. */
  readonly isOtherTrusted?: boolean;
  readonly onLog?: (level: LogLevel, text: string) => void;
  readonly onDrop?: (handle: number, resource: number) => void;
  readonly onClose?: () => void;
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
  readonly #frames: FrameFormat;
  /** For asynchronous calls, where the link can carry them. */
  readonly #clones: CloneFormat | undefined;
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Map<number, ServedCallState>();
  readonly #deferred: (() => ArrivedMessage)[] = [];
  #nextId = 1;
  #blocked = 0;
  #nesting = 0;
  #lost: TenonError | undefined;

  constructor(options: PeerOptions) {
    this.#options = options;
    const { link, codecOf, maxMessageBytes, isOtherTrusted = false } = options;
    this.#frames = new FrameFormat({ link, codecOf, maxMessageBytes });
    if (link.post === undefined) return;
    const post = link.post.bind(link);
    this.#clones = new CloneFormat({ post, codecOf, maxMessageBytes, isOtherTrusted });
  }

  /** Calls of either direction that are not settled. */
  get pending(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Starts a call; rejects with what the other end threw, or with the error given to `fail`. */
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { deadline, trace } = context;
      const deadlineMs = deadline === undefined ? undefined : deadline - performance.now();
      const head = this.#head(func, 0, deadlineMs, trace);
      this.#cancelWith(context, this.#sendCall(this.#clones ?? this.#frames, { func, resolve, reject }, head, args));
    });
  }

  /**
   * Blocks until the answer is there; frames that arrive meanwhile are handled. Needs a link with `pump`.
   * `onLate` is told when no answer came in time, before the deadline-exceeded is thrown: the link must end then,
   * because the late answer would be one to no call.
   */
  callSync(func: FunctionRef, args: readonly unknown[], timeoutMs: number, onLate?: () => void): unknown {
    const { link } = this.#options;
    if (link.pump === undefined)
      throw new TenonError("boundary-unsupported", `${func.path} cannot be called synchronously over this link`);
    const answer = new Answer(func);
    const hasLimit = timeoutMs !== Infinity;
    const start = hasLimit ? performance.now() : 0;
    let left = timeoutMs;
    this.#blocked++;
    try {
      const head = this.#head(func, CALL_FLAG.blocking, hasLimit ? timeoutMs : undefined, undefined);
      this.#sendCall(this.#frames, answer, head, args);
      for (;;) {
        link.pump(left);
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

  /**
   * Handles one frame without its length field. Throws protocol-error on anything the protocol does not allow.
   * `isOwned` says that nobody will touch its memory again, so that large bytes in it need no copy.
   * The frame is the bytes from `start` to `end`, so that a link need not make an object of each.
   */
  receive(bytes: Uint8Array, isOwned = false, start = 0, end: number = bytes.length): void {
    const frame = this.#frames.open(bytes, isOwned, start, end);
    switch (frame.kind) {
      case FRAME.cancel:
        return this.#incoming.get(frame.id)?.cancel();
      case FRAME.drop:
        return this.#options.onDrop?.(frame.id, frame.dropped());
      case FRAME.log: {
        const { level, text } = frame.logged();
        return this.#options.onLog?.(level, text);
      }
      case FRAME.close:
        return this.#options.onClose?.();
      default:
        return this.#onMessage(frame);
    }
  }

  /** Handles one message of `FrameLink.post`. Throws protocol-error on anything else. */
  receiveClone(message: unknown): void {
    if (this.#clones === undefined) throw new TenonError("protocol-error", "a clone arrived on a link for frames");
    this.#onMessage(this.#clones.open(message));
  }

  /** Serves calls that arrived while this thread was blocked in an unrelated one; a blocking link's loop runs this. */
  drainDeferred(): void {
    while (this.#blocked === 0) {
      const open = this.#deferred.shift();
      if (open === undefined) return;
      this.#onMessage(open());
    }
  }

  log(level: LogLevel, text: string): void {
    this.#frames.sendLog(level, text);
  }

  drop(handle: number, resource: number): void {
    if (this.#lost === undefined) this.#frames.sendDrop(handle, resource);
  }

  sendClose(): void {
    this.#frames.sendClose();
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

  #head(func: FunctionRef, flags: number, msLeft: number | undefined, trace: string | undefined): CallHead {
    return {
      index: func.index,
      flags:
        flags |
        (this.#incoming.size > 0 ? CALL_FLAG.nested : 0) |
        (msLeft === undefined ? 0 : CALL_FLAG.deadline) |
        (trace === undefined ? 0 : CALL_FLAG.trace),
      deadlineMs: msLeft === undefined ? undefined : Math.min(Math.max(0, Math.ceil(msLeft)), 0xffff_ffff),
      trace,
    };
  }

  #sendCall(format: MessageFormat, call: Outgoing, head: CallHead, args: readonly unknown[]): number {
    const { func } = call;
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
      if (this.#lost === undefined && this.#outgoing.has(id)) this.#frames.sendCancel(id);
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

  #onMessage(message: ArrivedMessage): void {
    switch (message.kind) {
      case FRAME.call:
        return this.#onCall(message);
      case FRAME.result:
      case FRAME.error:
        return this.#onAnswer(message);
      default:
        throw new TenonError("protocol-error", `a message of unknown kind ${message.kind} arrived`);
    }
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
    const { index, flags, deadlineMs, trace } = message.head();
    // A caller that is blocked itself must be served now: each thread would wait for the other else.
    if (this.#blocked > 0 && (flags & (CALL_FLAG.nested | CALL_FLAG.blocking)) === 0) {
      this.#defer(message);
      return;
    }
    const func = this.#options.local[index];
    if (func === undefined)
      throw new TenonError("protocol-error", `function ${index} was called, which the contract does not have`);
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
    const state = new ServedCallState(id, deadlineMs, trace);
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

  #defer(message: ArrivedMessage): void {
    if (this.#deferred.length >= this.#options.maxPendingCalls)
      throw new TenonError("protocol-error", "calls were sent beyond the agreed number in flight");
    this.#deferred.push(message.keep());
  }
}
