// Pieces of a binary -> one growing array of bytes, without a copy per piece.

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
    this.#bytes.set(start === 0 && end === from.length ? from : from.subarray(start, end), this.length);
    this.length += size;
  }

  #grow(size: number): void {
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + size));
    wider.set(this.bytes);
    this.#bytes = wider;
  }
}
