// Chunks of a byte stream, cut anywhere -> whole frames without their length field. The length is judged before memory is taken.
import { TenonError } from "@tenon/contract/core";
import { FRAME_HEADER } from "./frames.ts";

/** The shortest body: a kind and a call id of one byte each. */
const MIN_BODY = 2;

/** `isOwned`: the frame has its memory for itself, so what is made of it may refer to it. */
export type FrameReceiver = (frame: Uint8Array, isOwned: boolean) => void;

/**
 * Cuts a stream into frames. Frames that lie within one chunk are given out as views of it; one that spans chunks is
 * copied once. Memory is bounded by one frame of `maxFrameBytes`.
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number;
  readonly #onFrame: FrameReceiver;
  readonly #header = new Uint8Array(FRAME_HEADER);
  /** Bytes of the header, then of the body, that have arrived. */
  #filled = 0;
  #body: Uint8Array | undefined;

  constructor(maxFrameBytes: number, onFrame: FrameReceiver) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#onFrame = onFrame;
  }

  /** Whether the stream stands in the middle of a frame. */
  get isPartial(): boolean {
    return this.#filled > 0 || this.#body !== undefined;
  }

  /** Takes the next chunk; calls `onFrame` for each frame that it completes. Throws protocol-error on an impossible length. */
  push(chunk: Uint8Array): void {
    let at = this.isPartial ? this.#resume(chunk) : 0;
    while (at < chunk.length) {
      const bodyAt = at + FRAME_HEADER;
      if (bodyAt > chunk.length) break;
      const length = this.#checked(readLength(chunk, at));
      const end = bodyAt + length;
      if (end > chunk.length) {
        this.#body = allocate(length);
        this.#body.set(chunk.subarray(bodyAt));
        this.#filled = chunk.length - bodyAt;
        return;
      }
      at = end;
      this.#onFrame(chunk.subarray(bodyAt, end), false);
    }
    if (at < chunk.length) {
      this.#header.set(chunk.subarray(at));
      this.#filled = chunk.length - at;
    }
  }

  /** Continues the unfinished frame; returns how many bytes of `chunk` that took. */
  #resume(chunk: Uint8Array): number {
    let at = 0;
    if (this.#body === undefined) {
      at = Math.min(FRAME_HEADER - this.#filled, chunk.length);
      this.#header.set(chunk.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < FRAME_HEADER) return at;
      this.#body = allocate(this.#checked(readLength(this.#header, 0)));
      this.#filled = 0;
    }
    const body = this.#body;
    const taken = Math.min(body.length - this.#filled, chunk.length - at);
    body.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === body.length) {
      this.#body = undefined;
      this.#filled = 0;
      this.#onFrame(body, true);
    }
    return at + taken;
  }

  #checked(length: number): number {
    if (length >= MIN_BODY && length <= this.#maxFrameBytes) return length;
    const limit = length < MIN_BODY ? `the shortest is ${MIN_BODY}` : `the limit is ${this.#maxFrameBytes}`;
    throw new TenonError("protocol-error", `a frame claims ${length} bytes, ${limit}`, {
      hint: "print nothing but frames to standard output; raise limits.maxMessageBytes for larger messages",
    });
  }
}

function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Not zeroed, because no part of it is seen before all of it is filled; the system gives it memory as the bytes arrive. */
function allocate(length: number): Uint8Array {
  try {
    const { buffer } = Buffer.allocUnsafeSlow(length);
    return new Uint8Array(buffer, 0, length);
  } catch (cause) {
    throw new TenonError("resource-exhausted", `no memory for a frame of ${length} bytes`, {
      cause,
      hint: "lower limits.maxMessageBytes",
    });
  }
}
