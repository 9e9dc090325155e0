// What the worker's thread prints -> the plugin's captured output, at a bounded rate.
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { LogStream, OutputSink } from "@tenon/host/driver";
import { readPrinted } from "./bootstrap.ts";

/** Bytes passed on per stream and window: cutting lines takes the host's time, so the rest of a flood is dropped before it. */
const MAX_BYTES_PER_WINDOW = 256 * 1024;
const WINDOW_MS = 100;
const NEWLINE: Uint8Array = Uint8Array.of(10);

export class OutputCapture {
  readonly #port: MessagePort;
  readonly #sink: OutputSink;
  readonly #took: (bytes: number) => void;
  readonly #meters = new Map<LogStream, Meter>();

  /** `took` is told of every byte that came, so that the other side may send more. Keeps no process alive. */
  constructor(port: MessagePort, sink: OutputSink, took: (bytes: number) => void) {
    this.#port = port;
    this.#sink = sink;
    this.#took = took;
    port.on("message", (message: unknown) => this.#receive(message));
    port.unref();
  }

  /** Takes what is still there after the thread has ended, and closes the port. */
  finish(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port))
      this.#receive(next.message);
    this.#port.close();
  }

  #receive(message: unknown): void {
    const printed = readPrinted(message);
    if (printed === undefined) return;
    const bytes = new Uint8Array(printed.bytes);
    this.#took(bytes.length);
    let meter = this.#meters.get(printed.stream);
    if (meter === undefined) this.#meters.set(printed.stream, (meter = new Meter()));
    const room = meter.admit(bytes.length, printed.dropped);
    if (meter.dropped > 0 && room > 0) {
      // The line that the gap began in ends there.
      this.#sink.write(printed.stream, NEWLINE);
      this.#sink.line(
        "warn",
        `${meter.dropped} bytes of ${printed.stream} were dropped: printed faster than they can be kept`,
      );
      meter.dropped = 0;
    }
    if (room > 0) this.#sink.write(printed.stream, room < bytes.length ? bytes.subarray(0, room) : bytes);
    meter.dropped += bytes.length - room;
  }
}

/** Counts the bytes of one stream in the present window. */
class Meter {
  dropped = 0;
  #windowStart = 0;
  #passed = 0;

  /** How many of `count` bytes may pass. */
  admit(count: number, droppedBefore: number): number {
    const now = performance.now();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#passed = 0;
    }
    this.dropped += droppedBefore;
    const room = Math.min(count, Math.max(0, MAX_BYTES_PER_WINDOW - this.#passed));
    this.#passed += room;
    return room;
  }
}
