// Frames -> records in the own ring of a shared memory, for one consumer in the other thread.
import { align, copyBytes, damaged, MAX_RECORD_BYTES, PADDING, WORD, type Ends } from "./memory.ts";

/** Places frames, length field included, as records in the own ring. What does not fit is sent beside the ring, in order. */
export class RingWriter {
  readonly #own: Int32Array;
  readonly #other: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #capacity: number;
  readonly #maxRecord: number;
  #sent = 0;
  #head = 0;
  /** The place of the last jump: what lies before it is free, whatever the consumer's counter still says. */
  #floor = 0;
  #isBeside = false;

  constructor({ own, other, outgoing }: Ends) {
    this.#own = own;
    this.#other = other;
    this.#bytes = outgoing;
    this.#words = new Uint32Array(outgoing.buffer, outgoing.byteOffset, outgoing.byteLength / 4);
    this.#capacity = outgoing.byteLength;
    this.#maxRecord = Math.min(MAX_RECORD_BYTES, this.#capacity);
  }

  /** Whether the consumer has taken everything; then the whole ring is free from its start. */
  get isEmpty(): boolean {
    return Atomics.load(this.#other, WORD.taken) === this.#sent;
  }

  /** Publishes a frame; false when it must go beside the ring. Throws protocol-error on impossible counters. */
  write(bytes: Uint8Array, length: number): boolean {
    const size = align(length);
    if (size > this.#maxRecord) return false;
    const offset = this.#place(size);
    if (offset < 0) return false;
    copyBytes(bytes, 0, length, this.#bytes, offset);
    this.#publish(size);
    return true;
  }

  /** Counts a frame that was sent beside the ring. The next frames follow it there until the consumer has caught up. */
  publishBeside(): void {
    this.#isBeside = true;
    this.#sent = (this.#sent + 1) | 0;
    Atomics.store(this.#own, WORD.sent, this.#sent);
  }

  #publish(size: number): void {
    this.#head = (this.#head + size) >>> 0;
    this.#own[WORD.head] = this.#head;
    this.#sent = (this.#sent + 1) | 0;
    Atomics.store(this.#own, WORD.sent, this.#sent);
  }

  /** The offset for a record of `size` bytes, or -1. */
  #place(size: number): number {
    if (this.isEmpty) {
      this.#jump();
      return 0;
    }
    if (this.#isBeside) return -1;
    const offset = this.#head & (this.#capacity - 1);
    const toEnd = this.#capacity - offset;
    const free = this.#free();
    if (size <= toEnd) return size <= free ? offset : -1;
    if (toEnd + size > free) return -1;
    this.#words[offset / 4] = PADDING;
    this.#head = (this.#head + toEnd) >>> 0;
    return 0;
  }

  /** Starts again at offset 0, so that a link with few frames in flight stays within a few cache lines and pages. */
  #jump(): void {
    this.#isBeside = false;
    this.#head = ((this.#head + this.#capacity - 1) & ~(this.#capacity - 1)) >>> 0;
    this.#floor = this.#head;
    this.#own[WORD.jump] = this.#head;
  }

  #free(): number {
    const tail = Atomics.load(this.#other, WORD.tail) >>> 0;
    const isOld = ((tail - this.#floor) | 0) < 0;
    const used = (this.#head - (isOld ? this.#floor : tail)) >>> 0;
    if (used > this.#capacity) throw damaged(`${used} bytes of a ring of ${this.#capacity} are marked as used`);
    return this.#capacity - used;
  }
}
