// Protobuf's wire format, out: varints, fixed-width numbers and length-delimited parts into one growing buffer.
// Source: protobuf.dev "Encoding".
import { TenonError } from "@tenon/contract/core";
import { utf8Length, writeUtf8 } from "../platform.ts";

/** The wire types that proto3 writes. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** What one message has room for at first. */
const FIRST_BYTES = 256;
const SLAB_BYTES = 16 * 1024;

/** Small messages stand one behind the other in memory of 16 KiB, as Node's small Buffers do: one of its own for each costs more than writing it. */
interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the next message starts. */
  free: number;
}

/** Where the next writer may write; undefined while one does. */
let spare: Slab | undefined;

function takeSlab(): Slab {
  const slab = spare;
  spare = undefined;
  if (slab !== undefined && slab.bytes.length - slab.free >= FIRST_BYTES) return slab;
  return slabOf(SLAB_BYTES);
}

function slabOf(size: number): Slab {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer), free: 0 };
}

/** Throws `resource-exhausted` for a message beyond `maxBytes`; everything else is checked before it comes here. */
export class ProtoWriter {
  #slab = takeSlab();
  #bytes = this.#slab.bytes;
  #view = this.#slab.view;
  #start = this.#slab.free;
  #at = this.#start;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#at - this.#start;
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
    this.#at++;
    const before = this.length;
    write();
    const length = this.length - before;
    const size = varintSize(length);
    if (size > 1) {
      // One byte was kept free; parts of 128 bytes and more move up.
      this.#room(size - 1);
      this.#bytes.copyWithin(this.#at - length + size - 1, this.#at - length, this.#at);
    }
    this.#at -= length + 1;
    this.uint32(length);
    this.#at += length;
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const needed = this.length + count;
    if (needed > this.#maxBytes + FIRST_BYTES) this.#refuse(needed);
    const written = this.#bytes.subarray(this.#start, this.#at);
    // Nothing of it stays in the slab it began in.
    if (this.#slab.bytes.length === SLAB_BYTES) spare = this.#slab;
    this.#slab = slabOf(Math.max(needed, Math.min(written.length * 2, this.#maxBytes) + FIRST_BYTES));
    ({ bytes: this.#bytes, view: this.#view } = this.#slab);
    this.#bytes.set(written);
    this.#at = written.length;
    this.#start = 0;
  }

  /**
   * What was written, which nobody else writes to; the writer is done with. Throws where the whole message is over the limit;
   * `#room` only keeps it from growing far beyond.
   */
  finish(): Uint8Array {
    if (this.length > this.#maxBytes) this.#refuse(this.length);
    if (this.#bytes.length === SLAB_BYTES) {
      this.#slab.free = this.#at;
      spare = this.#slab;
    }
    return this.#bytes.subarray(this.#start, this.#at);
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
