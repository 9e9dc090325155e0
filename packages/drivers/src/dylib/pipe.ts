// Two descriptors that block -> lines and frames, read one at a time: for a thread that has nothing to do but to answer.
import { readSync, writeSync } from "node:fs";
import { TenonError } from "@tenon/contract/core";
import { FRAME_HEADER, MAX_HANDSHAKE_BYTES, type FrameLink } from "@tenon/host/wire";

const BUFFER_BYTES = 64 * 1024;
const NEWLINE = 10;

/** A frame without its length field: the bytes from `start` to `end`, which stay as they are until the next one is read. */
export interface PipeFrame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Whether nothing else will ever be in this memory. */
  readonly isOwned: boolean;
}

export class Pipe implements FrameLink {
  readonly #input: number;
  readonly #output: number;
  readonly #maxFrameBytes: number;
  readonly #buffer: Uint8Array = new Uint8Array(BUFFER_BYTES);
  /** What has been read and not been given out. */
  #start = 0;
  #end = 0;

  constructor(input: number, output: number, maxFrameBytes: number) {
    this.#input = input;
    this.#output = output;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Blocks until there is a whole line, without its end; undefined at the end of the input. Throws handshake-failed. */
  line(): Uint8Array | undefined {
    for (;;) {
      const at = this.#buffer.subarray(this.#start, this.#end).indexOf(NEWLINE);
      if (at >= 0) {
        const line = this.#buffer.slice(this.#start, this.#start + at);
        this.#start += at + 1;
        return line;
      }
      if (this.#end - this.#start > MAX_HANDSHAKE_BYTES)
        throw new TenonError("handshake-failed", `the host's first line is over ${MAX_HANDSHAKE_BYTES} bytes`);
      if (!this.#fill()) return undefined;
    }
  }

  /** Blocks until there is a whole frame; undefined at the end of the input. Throws protocol-error on an impossible length. */
  frame(): PipeFrame | undefined {
    while (this.#end - this.#start < FRAME_HEADER) if (!this.#fill()) return undefined;
    const length = this.#checked(readLength(this.#buffer, this.#start));
    this.#start += FRAME_HEADER;
    if (length > BUFFER_BYTES) return this.#large(length);
    while (this.#end - this.#start < length) if (!this.#fill()) return undefined;
    const start = this.#start;
    this.#start += length;
    return { bytes: this.#buffer, start, end: this.#start, isOwned: false };
  }

  send(bytes: Uint8Array): void {
    this.sendPart(bytes, bytes.length);
  }

  sendPart(bytes: Uint8Array, length: number): void {
    for (let at = 0; at < length;) at += blocking(() => writeSync(this.#output, bytes, at, length - at));
  }

  sendText(text: string): void {
    this.send(new TextEncoder().encode(text));
  }

  /** One that is larger than the buffer has memory of its own. */
  #large(length: number): PipeFrame | undefined {
    const bytes = new Uint8Array(length);
    let filled = Math.min(length, this.#end - this.#start);
    bytes.set(this.#buffer.subarray(this.#start, this.#start + filled));
    this.#start += filled;
    while (filled < length) {
      const count = this.#read(bytes, filled, length - filled);
      if (count === 0) return undefined;
      filled += count;
    }
    return { bytes, start: 0, end: length, isOwned: true };
  }

  /** Reads what is there, at least a byte; false at the end of the input. What was given out before is overwritten. */
  #fill(): boolean {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const count = this.#read(this.#buffer, this.#end, BUFFER_BYTES - this.#end);
    this.#end += count;
    return count > 0;
  }

  #read(bytes: Uint8Array, at: number, length: number): number {
    return blocking(() => readSync(this.#input, bytes, at, length, null));
  }

  #checked(length: number): number {
    if (length >= 2 && length <= this.#maxFrameBytes) return length;
    throw new TenonError("protocol-error", `a frame claims ${length} bytes, the limit is ${this.#maxFrameBytes}`);
  }
}

function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Whoever made the descriptor may have left it in the mode in which it does not wait; then it is asked again, and again. */
function blocking(act: () => number): number {
  for (;;) {
    try {
      return act();
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      // Windows says so where others say zero.
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw thrown;
      Atomics.wait(sleeper, 0, 0, 1);
    }
  }
}
