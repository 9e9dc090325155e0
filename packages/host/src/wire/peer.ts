// One end of a link: calls the other end's functions, serves its own, and settles every call exactly once.
// Host and plugin run the same code over stdio, shared memory or a socket; only the link below and the format of the messages differ.
import { TenonError } from "@tenon/contract/base";
import type { CallContext, FunctionRef, LogLevel } from "../driver.ts";
import { CALL_FLAG, FRAME } from "./frames.ts";
import { IncomingCalls, type ServingOptions } from "./incoming-calls.ts";
import type { ArrivedMessage, CallHead, MessageFormat } from "./message-format.ts";
import { Answer, headOf, OutgoingCalls } from "./outgoing-calls.ts";

export interface PeerOptions extends ServingOptions {
  /** How messages go; those that arrive may have another format. */
  readonly format: MessageFormat;
  /** A faster one for synchronous calls; used as soon as the other end says that it reads it. */
  readonly syncFormat?: MessageFormat;
  /**
   * Blocks the thread until at least one message was given to `receive`, or `timeoutMs` have passed (then false).
   * Present only over links that can block; needed for synchronous calls.
   */
  readonly pump?: (timeoutMs: number) => boolean;
  /** The functions this end may call, in canonical order. */
  readonly remote: readonly FunctionRef[];
  readonly onLog?: (level: LogLevel, text: string) => void;
  /** Takes the notes of a process that runs code of our own; what it throws is a fault of the other end. Without it there are no notes. */
  readonly onNote?: (text: string) => void;
  readonly onDrop?: (handle: number, resource: number) => void;
  readonly onClose?: () => void;
  /** A synchronous call was sent or served in the common format: the time to get ready for a faster one. */
  readonly onSync?: () => void;
}

export class Peer {
  readonly #options: PeerOptions;
  readonly #format: MessageFormat;
  #syncFormat: MessageFormat;
  readonly #outgoing: OutgoingCalls;
  readonly #incoming: IncomingCalls;
  readonly #receive = (message: ArrivedMessage): void => this.receive(message);
  #isLost = false;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.#format = this.#syncFormat = options.format;
    this.#outgoing = new OutgoingCalls(options.maxPendingCalls);
    this.#incoming = new IncomingCalls(options, (format) => this.#noteSync(format));
  }

  /** Calls of either direction that are not settled. */
  get pending(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Starts a call; rejects with what the other end threw, or with the error given to `fail`. */
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const head = this.#headOf(func, context);
      const id = this.#outgoing.send(this.#format, { func, resolve, reject }, head, args);
      this.#outgoing.cancelWith(context, id, this.#format);
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
    this.#incoming.enter();
    try {
      const flags = CALL_FLAG.blocking | (this.#incoming.size > 0 ? CALL_FLAG.nested : 0);
      const head = headOf(func, flags, hasLimit ? timeoutMs : undefined, undefined);
      this.#noteSync(this.#syncFormat);
      this.#outgoing.send(this.#syncFormat, answer, head, args);
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
      this.#incoming.leave();
    }
    if (answer.state === "error") throw answer.value;
    return answer.value;
  }

  /** Handles one message. Throws protocol-error on anything the protocol does not allow. */
  receive(message: ArrivedMessage): void {
    const { kind, id } = message;
    switch (kind) {
      case FRAME.call:
        return this.#incoming.receive(message);
      case FRAME.result:
      case FRAME.error:
        return this.#outgoing.settle(message);
      case FRAME.cancel:
        return this.#incoming.cancel(id);
      case FRAME.drop:
        return this.#options.onDrop?.(id, message.dropped());
      case FRAME.log: {
        const { level, text } = message.logged();
        return this.#options.onLog?.(level, text);
      }
      case FRAME.note:
        if (this.#options.onNote === undefined || message.noted === undefined) break;
        return this.#options.onNote(message.noted());
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
    if (!this.#isLost) this.#format.sendSignal(FRAME.ready, 0);
  }

  /** Serves calls that arrived while this thread was blocked in an unrelated one; a blocking link's loop runs this. */
  drainDeferred(): void {
    this.#incoming.drain(this.#receive);
  }

  log(level: LogLevel, text: string): void {
    this.#format.sendLog(level, text);
  }

  /** For the driver that started this process; before whatever is sent later. */
  note(text: string): void {
    if (!this.#isLost) this.#format.sendNote?.(text);
  }

  drop(handle: number, resource: number): void {
    if (!this.#isLost) this.#format.sendDrop(handle, resource);
  }

  sendClose(): void {
    this.#format.sendSignal(FRAME.close, 0);
  }

  /** Rejects every pending call and all later ones with `error`, and cancels what is being served. */
  fail(error: TenonError): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#outgoing.fail(error);
    this.#incoming.fail();
  }

  #headOf(func: FunctionRef, { deadline, trace, isNested }: CallContext): CallHead {
    const flags = (isNested ?? this.#incoming.size > 0) ? CALL_FLAG.nested : 0;
    return headOf(func, flags, deadline === undefined ? undefined : deadline - performance.now(), trace);
  }

  #noteSync(format: MessageFormat): void {
    if (format === this.#format) this.#options.onSync?.();
  }
}
