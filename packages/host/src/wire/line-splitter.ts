// Chunks of a byte stream, cut anywhere -> lines without their newline, each below a limit.
import { TenonError } from "@tenon/contract/core";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** The first size of the buffer for a line that spans chunks; it doubles from there. */
const FIRST_BYTES = 4096;

/** What the receiver of a line says: `stop` leaves the rest of the chunk to `rest`. */
export type LineVerdict = "stop" | undefined;

/** Cuts a stream into lines. Memory is bounded by about twice the longest line allowed. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #onLine: (line: Uint8Array) => LineVerdict | void;
  #buffer = new Uint8Array(0);
  #length = 0;

  constructor(maxLineBytes: number, onLine: (line: Uint8Array) => LineVerdict | void) {
    this.#maxLineBytes = maxLineBytes;
    this.#onLine = onLine;
  }

  /** What stands without a newline so far. */
  get partial(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /**
   * Takes the next chunk; calls `onLine` for each line that it completes (`\r\n` counts as a newline). Returns what is
   * left after a line that was answered with `stop`, else nothing. Throws protocol-error past the limit.
   */
  push(chunk: Uint8Array): Uint8Array | undefined {
    let at = 0;
    while (at < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, at);
      if (newline < 0) {
        this.#keep(chunk.subarray(at));
        return undefined;
      }
      let line = chunk.subarray(at, newline);
      if (this.#length > 0) {
        this.#keep(line);
        line = this.#buffer.subarray(0, this.#length);
        this.#buffer = new Uint8Array(0);
        this.#length = 0;
      }
      if (line.length > this.#maxLineBytes) throw this.#tooLong();
      at = newline + 1;
      if (this.#onLine(line[line.length - 1] === RETURN ? line.subarray(0, -1) : line) === "stop")
        return chunk.subarray(at);
    }
    return undefined;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#maxLineBytes) throw this.#tooLong();
    if (length > this.#buffer.length) {
      const bigger = new Uint8Array(Math.max(length, this.#buffer.length * 2, FIRST_BYTES));
      bigger.set(this.partial);
      this.#buffer = bigger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  #tooLong(): TenonError {
    return new TenonError("protocol-error", `a line is longer than ${this.#maxLineBytes} bytes`, {
      hint: "end every message with a newline; raise limits.maxMessageBytes for larger ones",
    });
  }
}
