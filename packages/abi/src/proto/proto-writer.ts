// Protobuf's wire format, out: varints, fixed-width numbers and length-delimited parts into one growing buffer.
// Source: protobuf.dev "Encoding".
import { TenonError } from "@tenon/contract/core";
import { utf8Length, writeUtf8 } from "../platform.ts";

/** The wire types that proto3 writes. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const FIRST_BYTES = 256;

/** Throws `resource-exhausted` for a message beyond `maxBytes`; everything else is checked before it comes here. */
export class ProtoWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#at;
  }

  tag(number: number, wire: number): void {
    this.uint32(((number << 3) | wire) >>> 0);
  }

  uint32(value: number): void {
    this.#room(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Negative numbers take ten bytes, as protobuf's int32 and enums do. */
  int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.uint64(BigInt.asUintN(64, BigInt(value)));
  }

  sint32(value: number): void {
    this.uint32(((value << 1) ^ (value >> 31)) >>> 0);
  }

  uint64(value: bigint): void {
    this.#room(10);
    let low = Number(value & 0xffff_ffffn);
    let high = Number((value >> 32n) & 0xffff_ffffn);
    while (high > 0 || low > 0x7f) {
      this.#bytes[this.#at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[this.#at++] = low;
  }

  sint64(value: bigint): void {
    this.uint64(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#view.setInt32(this.#at, value | 0, true);
    this.#at += 4;
  }

  fixed64(value: bigint): void {
    this.#room(8);
    this.#view.setBigInt64(this.#at, BigInt.asIntN(64, value), true);
    this.#at += 8;
  }

  float(value: number): void {
    this.#room(4);
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  double(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  string(text: string): void {
    const length = utf8Length(text);
    this.uint32(length);
    this.#room(length);
    // The native encoder wants room for three bytes per unit only where it cannot know better; the length is exact here.
    writeUtf8(this.#bytes, text, this.#at);
    this.#at += length;
  }

  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** A length-delimited part whose length is known only after `write`. */
  part(write: () => void): void {
    this.#room(1);
    const start = ++this.#at;
    write();
    const length = this.#at - start;
    const size = varintSize(length);
    if (size > 1) {
      // One byte was kept free; parts of 128 bytes and more move up.
      this.#room(size - 1);
      this.#bytes.copyWithin(start + size - 1, start, this.#at);
    }
    this.#at = start - 1;
    this.uint32(length);
    this.#at += length;
  }

  #room(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    if (needed > this.#maxBytes + FIRST_BYTES) this.#refuse(needed);
    const grown = new Uint8Array(Math.max(needed, Math.min(this.#bytes.length * 2, this.#maxBytes + FIRST_BYTES)));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** What was written, as the caller's own; the writer is done with. Throws where the whole message is over the limit; `#room` only keeps it from growing far beyond. */
  finish(): Uint8Array {
    if (this.#at > this.#maxBytes) this.#refuse(this.#at);
    return this.#bytes.subarray(0, this.#at);
  }

  #refuse(size: number): never {
    throw new TenonError("resource-exhausted", `a message of ${size} bytes is over the limit of ${this.#maxBytes}`, {
      hint: "raise limits.maxMessageBytes or send less at once",
      sideEffects: "none",
    });
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}
