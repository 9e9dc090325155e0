// Records in the other side's ring of a shared memory -> private copies of the frames.
import {
  align,
  ALIGN,
  copyBytes,
  damaged,
  LENGTH_BYTES,
  MAX_RECORD_BYTES,
  PADDING,
  WORD,
  type Ends,
} from "./memory.ts";

/** Frames come with their length field in front. */
export const FRAME_START: number = LENGTH_BYTES;

/** A kind and a call id: no frame is shorter. */
const MIN_FRAME = 2;

/** What `RingReader.next` found: nothing, a frame, or a frame that comes beside the ring. */
export type Found = "nothing" | "frame" | "beside";

/**
 * Takes frames out of the other side's ring. Total: the producer may write anything at any time, so every number is read
 * once, checked, and only then used, and a frame is copied out before anybody looks at it.
 */
export class RingReader {
  readonly #own: Int32Array;
  readonly #other: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #capacity: number;
  /** Where the frame that `next` found lies: in `bytes` from `FRAME_START` to `end`. Valid until the next call. */
  readonly bytes: Uint8Array = new Uint8Array(MAX_RECORD_BYTES);
  end = 0;
  #taken = 0;
  #position = 0;
  #jumped = 0;

  constructor({ own, other, incoming }: Ends) {
    this.#own = own;
    this.#other = other;
    this.#bytes = incoming;
    this.#words = new Uint32Array(incoming.buffer, incoming.byteOffset, incoming.byteLength / 4);
    this.#capacity = incoming.byteLength;
  }

  /** The value of the other side's `sent` word at which there is nothing to take. */
  get taken(): number {
    return this.#taken;
  }

  get hasNext(): boolean {
    return Atomics.load(this.#other, WORD.sent) !== this.#taken;
  }

  /** Looks for the next frame. After "beside", take it from there and call `tookBeside`. Throws protocol-error. */
  next(): Found {
    if (!this.hasNext) return "nothing";
    const jump = this.#other[WORD.jump]! >>> 0;
    if (jump !== this.#jumped) this.#follow(jump);
    const head = this.#other[WORD.head]! >>> 0;
    const available = (head - this.#position) >>> 0;
    if (available === 0) return "beside";
    if (available > this.#capacity || available % ALIGN !== 0)
      throw damaged(`${available} bytes are announced in a ring of ${this.#capacity}`);
    this.#take(available);
    return "frame";
  }

  tookBeside(): void {
    this.#commit(0);
  }

  #follow(jump: number): void {
    const distance = (jump - this.#position) >>> 0;
    if ((jump & (this.#capacity - 1)) !== 0 || distance >= this.#capacity)
      throw damaged(`the ring goes on ${distance} bytes further`);
    this.#jumped = jump;
    this.#position = jump;
  }

  #take(announced: number): void {
    let available = announced;
    let offset = this.#position & (this.#capacity - 1);
    let length = this.#words[offset / 4]!;
    let skipped = 0;
    if (length === PADDING) {
      skipped = this.#capacity - offset;
      if (skipped >= available) throw damaged("padding goes beyond what is announced");
      available -= skipped;
      offset = 0;
      length = this.#words[0]!;
    }
    const room = Math.min(available, this.#capacity - offset, MAX_RECORD_BYTES);
    // Compared before it is rounded up: a length near 2^32 would come out small.
    if (length < MIN_FRAME || length > room - LENGTH_BYTES)
      throw damaged(`a frame of ${length} bytes in a record of at most ${room}`);
    const size = align(length + LENGTH_BYTES);
    // The length field comes along: V8 copies shared memory byte by byte unless both places are aligned alike.
    this.end = LENGTH_BYTES + length;
    copyBytes(this.#bytes, offset, this.end, this.bytes, 0);
    this.#commit(skipped + size);
  }

  #commit(bytes: number): void {
    this.#position = (this.#position + bytes) >>> 0;
    this.#taken = (this.#taken + 1) | 0;
    this.#own[WORD.tail] = this.#position;
    Atomics.store(this.#own, WORD.taken, this.#taken);
  }
}
