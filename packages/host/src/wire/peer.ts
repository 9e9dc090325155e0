// One end of a frame link: calls the other end's functions, serves its own, and settles every call exactly once.
// Host and plugin run the same code over stdio, shared memory or a socket; only the link below differs.
import { Reader, Writer, type FunctionCodec } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type { CallContext, FunctionRef, LogLevel } from "../driver.ts";
import { CALL_FLAG, FRAME, FRAME_HEADER, LOG_LEVELS } from "./frames.ts";
import { outsideContract, readError } from "./peer-errors.ts";
import { ServedCallState, type ServedCall } from "./served-call.ts";

/** What carries the frames. Frames arrive at `Peer.receive`, in order and whole. */
export interface FrameLink {
  /** Sends one whole frame, length field included. The bytes are only valid during the call. */
  send(frame: Uint8Array): void;
  /** As `send`, for the first `length` bytes: a link that copies them anyway is spared an object for each frame. */
  sendPart?(bytes: Uint8Array, length: number): void;
  /** As `send`, for large frames whose memory is the link's from then on; without it they go through `send`. */
  sendOwned?(frame: Uint8Array): void;
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
  readonly onLog?: (level: LogLevel, text: string) => void;
  readonly onDrop?: (handle: number, resource: number) => void;
  readonly onClose?: () => void;
}

interface Outgoing {
  readonly func: FunctionRef;
  readonly codec: FunctionCodec;
  resolve(value: unknown): void;
  reject(error: TenonError): void;
}

/** A synchronous call's place for its answer. */
class Answer implements Outgoing {
  readonly func: FunctionRef;
  readonly codec: FunctionCodec;
  state: "waiting" | "value" | "error" = "waiting";
  value: unknown = undefined;

  constructor(func: FunctionRef, codec: FunctionCodec) {
    this.func = func;
    this.codec = codec;
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

/** From here on a frame is handed over instead of copied, where the link can take it. */
const OWNED_BYTES = 16 * 1024;

/** Calls nested in each other through the link before one is refused; each level is a few frames of the real stack. */
const MAX_NESTING = 64;

export class Peer {
  readonly #options: PeerOptions;
  readonly #writer: Writer;
  readonly #reader: Reader;
  /** For frames that nobody else touches: `list<u8>` values are parts of them instead of copies. */
  readonly #ownedReader: Reader;
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Map<number, ServedCallState>();
  readonly #deferred: Uint8Array[] = [];
  #nextId = 1;
  #blocked = 0;
  #nesting = 0;
  #lost: TenonError | undefined;

  constructor(options: PeerOptions) {
    this.#options = options;
    const maxBytes = options.maxMessageBytes;
    this.#writer = new Writer({ maxBytes: maxBytes + FRAME_HEADER });
    this.#reader = new Reader({ maxBytes });
    this.#ownedReader = new Reader({ maxBytes, canAlias: true });
  }

  /** Calls of either direction that are not settled. */
  get pending(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Starts a call; rejects with what the other end threw, or with the error given to `fail`. */
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { deadline, trace } = context;
      const call = { func, codec: this.#options.codecOf(func), resolve, reject };
      const id = this.#sendCall(
        call,
        args,
        deadline === undefined ? undefined : deadline - performance.now(),
        trace,
        0,
      );
      this.#cancelWith(context, id);
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
    const answer = new Answer(func, this.#options.codecOf(func));
    const hasLimit = timeoutMs !== Infinity;
    const start = hasLimit ? performance.now() : 0;
    let left = timeoutMs;
    this.#blocked++;
    try {
      this.#sendCall(answer, args, hasLimit ? timeoutMs : undefined, undefined, CALL_FLAG.blocking);
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
    const reader = (isOwned ? this.#ownedReader : this.#reader).reset(bytes, start, end);
    const kind = reader.u8();
    const id = reader.varint();
    switch (kind) {
      case FRAME.call:
        return this.#onCall(id, reader, start);
      case FRAME.result:
      case FRAME.error:
        return this.#onAnswer(kind, id, reader);
      case FRAME.cancel:
        return this.#incoming.get(id)?.cancel();
      case FRAME.drop:
        return this.#options.onDrop?.(id, reader.varint());
      case FRAME.log: {
        const level = LOG_LEVELS[reader.u8()];
        return this.#options.onLog?.(level ?? "info", reader.rest());
      }
      case FRAME.close:
        return this.#options.onClose?.();
      default:
        throw new TenonError("protocol-error", `a frame of unknown kind ${kind} arrived`);
    }
  }

  /** Serves calls that arrived while this thread was blocked in an unrelated one; a blocking link's loop runs this. */
  drainDeferred(): void {
    while (this.#blocked === 0) {
      const frame = this.#deferred.shift();
      if (frame === undefined) return;
      this.receive(frame, true);
    }
  }

  log(level: LogLevel, text: string): void {
    const writer = this.#begin(FRAME.log, 0);
    writer.u8(LOG_LEVELS.indexOf(level));
    writer.text(text);
    this.#flush(writer);
  }

  drop(handle: number, resource: number): void {
    if (this.#lost !== undefined) return;
    const writer = this.#begin(FRAME.drop, handle);
    writer.varint(resource);
    this.#flush(writer);
  }

  sendClose(): void {
    this.#flush(this.#begin(FRAME.close, 0));
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

  #sendCall(
    call: Outgoing,
    args: readonly unknown[],
    msLeft: number | undefined,
    trace: string | undefined,
    flags: number,
  ): number {
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
    const writer = this.#begin(FRAME.call, id);
    writer.varint(func.index);
    writer.u8(
      flags |
        (this.#incoming.size > 0 ? CALL_FLAG.nested : 0) |
        (msLeft === undefined ? 0 : CALL_FLAG.deadline) |
        (trace === undefined ? 0 : CALL_FLAG.trace),
    );
    if (msLeft !== undefined) writer.varint(Math.min(Math.max(0, Math.ceil(msLeft)), 0xffff_ffff));
    if (trace !== undefined) writer.string(trace);
    call.codec.encodeParams(args, writer);
    // Registered before the send: a blocking link may deliver the answer within it.
    this.#outgoing.set(id, call);
    try {
      this.#flush(writer);
    } catch (error) {
      this.#outgoing.delete(id);
      throw error;
    }
    return id;
  }

  #cancelWith(context: CallContext, id: number): void {
    const cancel = (): void => {
      if (this.#lost === undefined && this.#outgoing.has(id)) this.#flush(this.#begin(FRAME.cancel, id));
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

  #onAnswer(kind: number, id: number, reader: Reader): void {
    const call = this.#outgoing.get(id);
    if (call === undefined)
      throw new TenonError("protocol-error", `an answer to call ${id} arrived, which is not in flight`);
    this.#outgoing.delete(id);
    let value: unknown;
    try {
      value = kind === FRAME.error ? readError(reader) : call.codec.decodeResult(reader);
    } catch (error) {
      // The caller learns of it, and the link ends: a peer that encodes wrongly cannot be trusted with the next frame.
      const broken = TenonError.from(error, "protocol-error", { call: call.func.path });
      call.reject(broken);
      throw broken;
    }
    if (kind === FRAME.error) call.reject((value as TenonError).with({ call: call.func.path }));
    else call.resolve(value);
  }

  #onCall(id: number, reader: Reader, start: number): void {
    const index = reader.varint();
    const flags = reader.u8();
    // A caller that is blocked itself must be served now: each thread would wait for the other else.
    if (this.#blocked > 0 && (flags & (CALL_FLAG.nested | CALL_FLAG.blocking)) === 0) {
      this.#defer(reader.bytes.slice(start, reader.end));
      return;
    }
    const deadlineMs = flags & CALL_FLAG.deadline ? reader.varint() : undefined;
    const trace = flags & CALL_FLAG.trace ? reader.string() : undefined;
    const func = this.#options.local[index];
    if (func === undefined)
      throw new TenonError("protocol-error", `function ${index} was called, which the contract does not have`);
    if (this.#incoming.has(id)) throw new TenonError("protocol-error", `call id ${id} is used twice`);
    const args = this.#options.codecOf(func).decodeParams(reader);
    if (this.#incoming.size >= this.#options.maxPendingCalls || this.#nesting >= MAX_NESTING) {
      const what =
        this.#nesting >= MAX_NESTING
          ? `${MAX_NESTING} calls are nested in each other`
          : `${this.#incoming.size} calls are already being served`;
      this.#answerError(id, func, new TenonError("resource-exhausted", what, { sideEffects: "none" }));
      return;
    }
    const call = new ServedCallState(id, deadlineMs, trace);
    this.#incoming.set(id, call);
    this.#run(func, args, call, (flags & CALL_FLAG.blocking) !== 0);
  }

  #run(func: FunctionRef, args: readonly unknown[], call: ServedCallState, isCallerBlocked: boolean): void {
    let out: unknown;
    this.#nesting++;
    try {
      out = this.#options.serve(func.index, args, call);
    } catch (thrown) {
      this.#answerError(call.id, func, thrown);
      return;
    } finally {
      this.#nesting--;
    }
    if (!(typeof out === "object" && out !== null && typeof (out as { then?: unknown }).then === "function")) {
      this.#answer(call.id, func, out);
      return;
    }
    if (isCallerBlocked && this.#blocked > 0) {
      // Both threads would wait for each other: ours for the call's end, theirs for this promise.
      Promise.resolve(out).catch(() => {});
      const hint = "call the plugin asynchronously, or make the function synchronous";
      this.#answerError(
        call.id,
        func,
        new TenonError("boundary-unsupported", `${func.path} is asynchronous and was reached by a synchronous call`, {
          hint,
        }),
      );
      return;
    }
    (out as PromiseLike<unknown>).then(
      (value) => this.#answer(call.id, func, value),
      (thrown: unknown) => this.#answerError(call.id, func, thrown),
    );
  }

  #answer(id: number, func: FunctionRef, value: unknown): void {
    if (this.#lost !== undefined) return;
    const writer = this.#begin(FRAME.result, id);
    try {
      this.#options.codecOf(func).encodeResult(value, writer);
      this.#checkSize(writer);
    } catch (thrown) {
      this.#answerError(id, func, outsideContract(thrown));
      return;
    }
    this.#incoming.delete(id);
    this.#flush(writer);
  }

  #answerError(id: number, func: FunctionRef, thrown: unknown): void {
    this.#incoming.delete(id);
    if (this.#lost !== undefined) return;
    const writer = this.#begin(FRAME.error, id);
    writer.text(JSON.stringify(this.#options.describeFailure(thrown, func)));
    this.#flush(writer);
  }

  #defer(frame: Uint8Array): void {
    if (this.#deferred.length >= this.#options.maxPendingCalls)
      throw new TenonError("protocol-error", "calls were sent beyond the agreed number in flight");
    this.#deferred.push(frame);
  }

  #begin(kind: number, id: number): Writer {
    const writer = this.#writer.reset();
    writer.skip(FRAME_HEADER);
    writer.u8(kind);
    writer.varint(id);
    return writer;
  }

  #checkSize(writer: Writer): void {
    const size = writer.length - FRAME_HEADER;
    if (size <= this.#options.maxMessageBytes) return;
    throw new TenonError(
      "resource-exhausted",
      `a message of ${size} bytes is over the limit of ${this.#options.maxMessageBytes}`,
      {
        hint: "raise limits.maxMessageBytes or send less at once",
        sideEffects: "none",
      },
    );
  }

  #flush(writer: Writer): void {
    this.#checkSize(writer);
    writer.setU32(0, writer.length - FRAME_HEADER);
    const { link } = this.#options;
    if (link.sendOwned !== undefined && writer.length >= OWNED_BYTES) link.sendOwned(writer.take());
    else if (link.sendPart !== undefined) link.sendPart(writer.buffer, writer.length);
    else link.send(writer.bytes());
  }
}
