// What a plugin prints in its thread -> messages to the host, as many as the host takes; the rest is dropped and counted.
import type { MessagePort } from "node:worker_threads";
import type { Printed } from "./bootstrap.ts";

/** Bytes that may wait for the host: a plugin that prints in a loop would else fill the memory of the whole process. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Small writes travel together up to this size, because a message costs both threads more than a line does. */
const BATCH_BYTES = 16 * 1024;

/** The part of a writable stream that programs print with. */
interface Printer {
  write(chunk: unknown, encoding?: unknown, done?: unknown): boolean;
}

export class GuestOutput {
  readonly #port: MessagePort;
  readonly #takenByHost: () => number;
  readonly #streams: readonly GuestStream[];
  #sent = 0;

  /** Takes over `process.stdout` and `process.stderr`. `takenByHost` counts bytes, modulo 2^32. */
  constructor(port: MessagePort, takenByHost: () => number) {
    this.#port = port;
    this.#takenByHost = takenByHost;
    const post = (printed: Printed): boolean => this.#post(printed);
    this.#streams = [new GuestStream("stdout", process.stdout, post), new GuestStream("stderr", process.stderr, post)];
  }

  /** Sends what is waiting for company. Call it before the thread blocks or answers. */
  flush(): void {
    for (const stream of this.#streams) stream.flush();
  }

  #post(printed: Printed): boolean {
    const size = printed.bytes.byteLength;
    if (((this.#sent - this.#takenByHost()) >>> 0) + size > MAX_WAITING_BYTES) return false;
    this.#sent = (this.#sent + size) >>> 0;
    this.#port.postMessage(printed, [printed.bytes]);
    return true;
  }
}

class GuestStream {
  readonly #name: Printed["stream"];
  readonly #post: (printed: Printed) => boolean;
  readonly #batch = Buffer.alloc(BATCH_BYTES);
  #length = 0;
  #dropped = 0;

  constructor(name: Printed["stream"], printer: Printer, post: (printed: Printed) => boolean) {
    this.#name = name;
    this.#post = post;
    const original = printer.write.bind(printer);
    printer.write = (chunk, encoding, done) => {
      // What is no text and no bytes is refused by the stream itself.
      if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) return original(chunk, encoding, done);
      this.#write(
        typeof chunk === "string"
          ? Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8")
          : chunk,
      );
      const told = typeof encoding === "function" ? encoding : done;
      if (typeof told === "function") process.nextTick(told);
      return true;
    };
  }

  flush(): void {
    if (this.#length === 0) return;
    const bytes = this.#batch.subarray(0, this.#length);
    this.#length = 0;
    this.#send(bytes);
  }

  #write(bytes: Uint8Array): void {
    if (this.#length + bytes.length > BATCH_BYTES) this.flush();
    if (bytes.length > BATCH_BYTES) return this.#send(bytes);
    if (this.#length === 0) process.nextTick(() => this.flush());
    this.#batch.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #send(bytes: Uint8Array): void {
    // A copy of its own, because it moves to the other thread.
    const isSent = this.#post({ stream: this.#name, bytes: new Uint8Array(bytes).buffer, dropped: this.#dropped });
    this.#dropped = isSent ? 0 : this.#dropped + bytes.length;
  }
}
