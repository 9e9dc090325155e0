// Two byte streams -> a frame link: writes of one turn become one, and a peer that does not read is not read from either.
import { TenonError } from "@tenon/contract/core";
import type { FrameLink } from "./frame-format.ts";

/** What a link needs of the stream it reads; Node's Readable has it. */
export interface ByteSource {
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** What a link needs of the stream it writes; Node's Writable has it. Bytes given to `write` are not touched again. */
export interface ByteSink {
  write(bytes: Uint8Array): boolean;
  readonly writableLength: number;
  on(event: "drain", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  end(): unknown;
  destroy(): unknown;
}

export interface StreamLinkOptions {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  /** Bytes of answers that may wait for the peer before nothing more is read from it. Default 1 MiB. */
  readonly answerMarkBytes?: number;
  /** Bytes that may wait for the peer in all; `send` of a call beyond that throws resource-exhausted. Default 256 MiB. */
  readonly maxWaitingBytes?: number;
  /** The source ended or failed: no more bytes will come. Told once. */
  readonly onEnd: () => void;
  /** The sink failed: nothing can be sent any more. Told once. */
  readonly onDeaf: (error: Error) => void;
  /** The receiver threw: the peer broke the protocol. Nothing is read after it. Told once. */
  readonly onFault: (error: TenonError) => void;
}

/** Small messages share allocations of this size; the system's pipes hold about as much. */
const SLAB_BYTES = 64 * 1024;
/** From here on a message is written on its own, because copying costs more than another write. */
const LARGE_BYTES = 16 * 1024;
const ANSWER_MARK_BYTES = 1024 * 1024;
const MAX_WAITING_BYTES = 256 * 1024 * 1024;

export class StreamLink implements FrameLink {
  readonly #options: StreamLinkOptions;
  readonly #encoder = new TextEncoder();
  #receiver: (chunk: Uint8Array) => void = () => {};
  #slab = new Uint8Array(0);
  /** The slab's bytes from `#start` to `#end` wait for the end of the turn. */
  #start = 0;
  #end = 0;
  #isScheduled = false;
  #isPaused = false;
  #answerBytes = 0;
  #state: "open" | "faulty" | "closed" = "open";
  #isDeaf = false;
  #hasEnded = false;

  constructor(options: StreamLinkOptions) {
    this.#options = options;
    const { source, sink } = options;
    source.on("data", (chunk) => this.#onData(chunk));
    source.on("end", () => this.#onEnd());
    source.on("close", () => this.#onEnd());
    // A read error is the end of what can be read; the close that follows it says so.
    source.on("error", () => this.#onEnd());
    sink.on("drain", () => this.#onDrain());
    sink.on("error", (error) => this.#onDeaf(error));
  }

  /** Who gets the chunks from now on. What it throws ends the link through `onFault`. */
  readTo(receiver: (chunk: Uint8Array) => void): void {
    this.#receiver = receiver;
  }

  /** Bytes that wait to be taken by the system. */
  get waitingBytes(): number {
    return this.#end - this.#start + this.#options.sink.writableLength;
  }

  /** Throws resource-exhausted when the peer reads so slowly that another call would have to be kept in memory. */
  checkRoom(): void {
    const limit = this.#options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    if (this.waitingBytes <= limit) return;
    throw new TenonError(
      "resource-exhausted",
      `${this.waitingBytes} bytes wait for the plugin to read them, the limit is ${limit}`,
      {
        hint: "await calls before making more, or send less at once",
        sideEffects: "none",
      },
    );
  }

  /** Queues a copy of the bytes; everything queued in one turn is written at its end, in one piece where it is small. */
  send(bytes: Uint8Array): void {
    if (bytes.length >= LARGE_BYTES) return this.sendOwned(bytes.slice());
    const at = this.#room(bytes.length);
    this.#slab.set(bytes, at);
    this.#end = at + bytes.length;
    this.#schedule();
  }

  /** As `send`, for bytes that nobody will touch again: large ones are not copied. */
  sendOwned(bytes: Uint8Array): void {
    if (bytes.length < LARGE_BYTES) return this.send(bytes);
    this.flush();
    this.#write(bytes);
  }

  /** As `send`, for text. */
  sendText(text: string): void {
    // Three bytes are the most that one UTF-16 unit takes.
    if (text.length * 3 >= LARGE_BYTES) return this.sendOwned(this.#encoder.encode(text));
    const at = this.#room(text.length * 3);
    const { written } = this.#encoder.encodeInto(text, this.#slab.subarray(at));
    this.#end = at + written;
    this.#schedule();
  }

  /** Counts what was just sent as an answer: while many of them wait for the peer, nothing is read from it. */
  countAnswer(bytes: number): void {
    this.#answerBytes += bytes;
    if (this.#answerBytes <= (this.#options.answerMarkBytes ?? ANSWER_MARK_BYTES) || this.#isPaused) return;
    this.flush();
    if (this.#options.sink.writableLength === 0) {
      this.#answerBytes = 0;
      return;
    }
    this.#isPaused = true;
    this.#options.source.pause();
  }

  /** Hands over to the system what was queued. */
  flush(): void {
    if (this.#start === this.#end) return;
    const bytes = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.#write(bytes);
  }

  /** Sends what is queued, then the end of the stream. */
  end(): void {
    if (this.#state === "closed") return;
    this.flush();
    if (!this.#isDeaf) this.#options.sink.end();
  }

  /** Lets go of both streams. What was not sent or read yet is lost. Idempotent. */
  destroy(): void {
    this.#state = "closed";
    this.#receiver = () => {};
    this.#start = this.#end = 0;
    this.#slab = new Uint8Array(0);
    this.#options.source.destroy();
    this.#options.sink.destroy();
  }

  /** Where the next `count` bytes go. */
  #room(count: number): number {
    if (this.#end + count > this.#slab.length) {
      this.flush();
      // A new slab, never the old one again: the stream may still be holding what was written.
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#start = this.#end = 0;
    }
    return this.#end;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  #write(bytes: Uint8Array): void {
    if (this.#state === "closed" || this.#isDeaf) return;
    this.#options.sink.write(bytes);
    if (this.#options.sink.writableLength === 0) this.#answerBytes = 0;
  }

  #onData(chunk: Uint8Array): void {
    if (this.#state !== "open") return;
    try {
      // Plain, because parts of a Buffer are Buffers, and values must not be.
      this.#receiver(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    } catch (thrown) {
      this.#state = "faulty";
      this.#options.onFault(TenonError.from(thrown, "internal"));
    }
  }

  #onDrain(): void {
    this.#answerBytes = 0;
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#state === "open") this.#options.source.resume();
  }

  #onEnd(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.onEnd();
  }

  #onDeaf(error: Error): void {
    if (this.#isDeaf) return;
    this.#isDeaf = true;
    this.#options.onDeaf(error);
  }
}
