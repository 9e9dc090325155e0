// Pieces of a binary -> one growing array of bytes, without a copy per piece.

/** Up to here a loop beats the call into native code. */
const SHORT = 48;

/** Appends bytes and LEB128 integers. */
export class ByteSink {
  #bytes: Uint8Array;
  length = 0;

  constructor(capacity: number = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** A view of what was written; the next write may move it. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  u8(byte: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = byte;
  }

  u32(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** Signed, of any size that an i64 has. */
  signed(value: bigint): void {
    let rest = value;
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) return this.u8(low);
      this.u8(low | 0x80);
    }
  }

  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.copy(bytes);
  }

  copy(from: Uint8Array, start: number = 0, end: number = from.length): void {
    const size = end - start;
    if (size <= 0) return;
    if (this.length + size > this.#bytes.length) this.#grow(size);
    if (size <= SHORT) {
      const to = this.#bytes;
      let { length } = this;
      for (let at = start; at < end; at++) to[length++] = from[at] as number;
      this.length = length;
      return;
    }
    this.#bytes.set(start === 0 && end === from.length ? from : from.subarray(start, end), this.length);
    this.length += size;
  }

  /** Adds one to a byte that was written. */
  increment(at: number): void {
    (this.#bytes[at] as number) += 1;
  }

  /** Leaves room for the size of what is written next, which `endSized` puts there; about `expected` bytes. */
  beginSized(expected: number): number {
    const start = this.length;
    this.u32(expected);
    return start;
  }

  /** `start` and `expected` are those of `beginSized`. */
  endSized(start: number, expected: number): void {
    const from = start + sizeOf(expected);
    const size = this.length - from;
    const moved = start + sizeOf(size);
    const end = this.length;
    if (end + moved - from > this.#bytes.length) this.#grow(moved - from);
    if (moved !== from) this.#bytes.copyWithin(moved, from, end);
    this.length = start;
    this.u32(size);
    this.length = moved + size;
  }

  #grow(size: number): void {
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + size));
    wider.set(this.bytes);
    this.#bytes = wider;
  }
}

/** Bytes of an unsigned LEB128. */
function sizeOf(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
