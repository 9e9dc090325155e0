// JavaScript values -> wire bytes in one growing buffer that is used again for the next call.
import { TenonError } from "@tenon/contract/base";
import { charCode } from "./validate-primitives.ts";
import { describeValue } from "./describe.ts";
import { isWellFormed, utf8Length, writeUtf8 } from "./platform.ts";

export interface WriterOptions {
  /** First size of the buffer. Default 1024: an ordinary call fits without growing. */
  readonly initialBytes?: number;
  /** Most bytes one message may take. Default 128 MiB, what the other side's budget allows anyway. */
  readonly maxBytes?: number;
  /**
   * Memory to write into (shared memory is fine). A message that does not fit continues in private memory, see
   * `isSpilled`: the caller then sends `bytes()` another way.
   */
  readonly into?: Uint8Array;
}

/** Buffers above this are let go at `reset`, so one large call does not pin its memory for ever. */
const KEEP_BYTES = 2 * 1024 * 1024;
/** Messages that are taken share allocations of this size. */
const SLAB_BYTES = 16 * 1024;
/** Up to this length a loop over the characters beats the native encoder's call. */
const SHORT_STRING = 24;

/**
 * Writes wRPC's value encoding (wire-protocols.md 5.1). The value methods throw `value-invalid` without a path (codecs
 * add it), and `resource-exhausted` past `maxBytes`. Integers are LEB128 except 8-bit ones, which are raw.
 */
export class Writer {
  /** The buffer; valid up to `position`. Changes identity when it grows. */
  buffer: Uint8Array;
  position = 0;
  private view: DataView;
  private readonly maxBytes: number;
  private readonly first: Uint8Array | undefined;

  constructor(options: WriterOptions = {}) {
    this.first = options.into;
    this.maxBytes = options.maxBytes ?? 128 * 1024 * 1024;
    this.buffer = options.into ?? new Uint8Array(Math.min(options.initialBytes ?? 1024, this.maxBytes));
    this.view = viewOf(this.buffer);
  }

  /** Whether the message left the memory given as `into`. */
  get isSpilled(): boolean {
    return this.first !== undefined && this.buffer !== this.first;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.position;
  }

  /** What was written, without a copy: valid until the next `reset` or write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.position);
  }

  /** What was written, as the caller's own; the writer starts anew in fresh memory. For asynchronous sends. */
  take(): Uint8Array {
    const taken = this.bytes();
    const rest = this.buffer.subarray(this.position);
    this.use(this.first ?? (rest.length >= 512 ? rest : new Uint8Array(SLAB_BYTES)));
    return taken;
  }

  /** Starts a new message in the same buffer. */
  reset(): this {
    this.position = 0;
    if (this.first !== undefined && this.buffer !== this.first) this.use(this.first);
    else if (this.buffer.length > KEEP_BYTES && this.first === undefined) this.use(new Uint8Array(1024));
    return this;
  }

  /** Leaves `count` bytes for later and returns where they start, for headers that hold a length. */
  skip(count: number): number {
    this.ensure(count);
    const at = this.position;
    this.position += count;
    return at;
  }

  /** Sets a little-endian u32 that was skipped. */
  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** Makes room for `count` more bytes. Throws `resource-exhausted` past `maxBytes`. */
  ensure(count: number): void {
    if (this.position + count > this.buffer.length) this.grow(count);
  }

  /** One raw byte from 0 to 255, unchecked. */
  byte(value: number): void {
    if (this.position === this.buffer.length) this.grow(1);
    this.buffer[this.position++] = value;
  }

  /** Raw bytes without a count. */
  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  bool(value: unknown): void {
    if (typeof value !== "boolean") mismatch("boolean", value);
    this.byte(value ? 1 : 0);
  }

  u8(value: unknown): void {
    if (typeof value !== "number" || (value & 0xff) !== value) mismatch("u8", value);
    this.byte(value);
  }

  s8(value: unknown): void {
    if (typeof value !== "number" || (value << 24) >> 24 !== value) mismatch("s8", value);
    this.byte(value & 0xff);
  }

  u16(value: unknown): void {
    if (typeof value !== "number" || (value & 0xffff) !== value) mismatch("u16", value);
    this.varint(value);
  }

  s16(value: unknown): void {
    if (typeof value !== "number" || (value << 16) >> 16 !== value) mismatch("s16", value);
    this.signed(value);
  }

  u32(value: unknown): void {
    if (typeof value !== "number" || value >>> 0 !== value) mismatch("u32", value);
    this.varint(value);
  }

  s32(value: unknown): void {
    if (typeof value !== "number" || (value | 0) !== value) mismatch("s32", value);
    this.signed(value);
  }

  u64(value: unknown): void {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) mismatch("u64", value);
    if (value <= 0xffff_ffffn) return this.varint(Number(value));
    this.low(value);
    this.unsignedRest(value >> 28n);
  }

  s64(value: unknown): void {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) mismatch("s64", value);
    if (BigInt.asIntN(32, value) === value) return this.signed(Number(value));
    this.low(value);
    const rest = value >> 28n;
    if (BigInt.asIntN(32, rest) === rest) return this.signed(Number(rest));
    this.low(rest);
    this.signed(Number(rest >> 28n));
  }

  f32(value: unknown): void {
    if (typeof value !== "number") mismatch("number", value);
    this.ensure(4);
    this.view.setFloat32(this.position, value, true);
    this.position += 4;
  }

  f64(value: unknown): void {
    if (typeof value !== "number") mismatch("number", value);
    this.ensure(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** The UTF-8 of one code point, without a length. */
  char(value: unknown): void {
    const code = charCode(value);
    if (code < 0) mismatch("a string of one character", value);
    if (code < 0x80) return this.byte(code);
    this.ensure(12);
    this.position += writeUtf8(this.buffer, value as string, this.position);
  }

  /** UTF-8 without a length, for text that fills the rest of a message. */
  text(value: string): void {
    this.ensureText(value, value.length);
    this.position += writeUtf8(this.buffer, value, this.position);
  }

  string(value: unknown): void {
    if (typeof value !== "string") mismatch("string", value);
    const length = value.length;
    if (length > SHORT_STRING || !this.shortAscii(value, length)) this.longString(value, length);
  }

  /** 1 or 0 for a flag; a missing one is 0. */
  flag(value: unknown): number {
    if (value === true) return 1;
    if (value !== undefined && value !== false) mismatch("boolean", value);
    return 0;
  }

  /** A handle as wRPC's opaque `list<u8>`: four bytes, little-endian. */
  handle(value: number): void {
    if (value >>> 0 !== value)
      throw new TenonError("internal", `a handle codec gave ${describeValue(value)} instead of a u32`);
    this.byte(4);
    this.ensure(4);
    this.view.setUint32(this.position, value, true);
    this.position += 4;
  }

  /** LEB128 of a count or index from 0 to 2^32-1, unchecked. */
  varint(value: number): void {
    if (this.position + 5 > this.buffer.length) this.ensure(lebWidth(value));
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  /** Ends the attempt: the value does not fit. The codec that called finds out where and why. */
  mismatch(): never {
    throw new TenonError("value-invalid", "the value does not fit its type", { sideEffects: "none" });
  }

  /** Signed LEB128 of a 32-bit integer. */
  private signed(value: number): void {
    this.ensure(5);
    let rest = value;
    while (rest < -64 || rest > 63) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.buffer[this.position++] = rest & 0x7f;
  }

  /** The lowest 28 bits as four continued bytes. */
  private low(value: bigint): void {
    this.ensure(4);
    let rest = Number(BigInt.asUintN(28, value));
    for (let index = 0; index < 4; index++) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
  }

  private unsignedRest(rest: bigint): void {
    if (rest <= 0xffff_ffffn) return this.varint(Number(rest));
    this.low(rest);
    this.varint(Number(rest >> 28n));
  }

  /** False, with nothing written, when a character needs more than one byte. */
  private shortAscii(value: string, length: number): boolean {
    this.ensure(length + 1);
    const buffer = this.buffer;
    const start = this.position + 1;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      buffer[start + index] = code;
    }
    buffer[this.position] = length;
    this.position = start + length;
    return true;
  }

  private longString(value: string, length: number): void {
    // The length comes first but is known last: leave room for what plain ASCII would need, and move if it was not.
    const guess = lebWidth(length);
    const start = this.position;
    this.ensureText(value, length);
    const written = writeUtf8(this.buffer, value, start + guess);
    if (written !== length && !isWellFormed(value)) mismatch("well-formed Unicode text", value);
    const width = lebWidth(written);
    if (width !== guess) this.buffer.copyWithin(start + width, start + guess, start + guess + written);
    this.varint(written);
    this.position = start + width + written;
  }

  /** Room for the text and its length: three bytes a unit at most, counted exactly where that would waste much. */
  private ensureText(value: string, length: number): void {
    if (this.position + length * 3 + 10 <= this.buffer.length) return;
    const isExact = this.first !== undefined || length > SLAB_BYTES;
    const bytes = isExact ? utf8Length(value) : length * 3;
    this.ensure(bytes + lebWidth(bytes));
  }

  private grow(count: number): void {
    const needed = this.position + count;
    if (needed > this.maxBytes) {
      throw new TenonError("resource-exhausted", `a message would take more than ${this.maxBytes} bytes`, {
        hint: "send less at once, or raise the limit on a message's size",
        sideEffects: "none",
        details: { limit: "maxBytes" },
      });
    }
    const bigger = new Uint8Array(Math.min(this.maxBytes, Math.max(needed, this.buffer.length * 2)));
    bigger.set(this.buffer.subarray(0, this.position));
    const position = this.position;
    this.use(bigger);
    this.position = position;
  }

  private use(buffer: Uint8Array): void {
    this.buffer = buffer;
    this.view = viewOf(buffer);
    this.position = 0;
  }
}

function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function lebWidth(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

function mismatch(what: string, value: unknown): never {
  throw new TenonError("value-invalid", `expected ${what}, got ${describeValue(value)}`, { sideEffects: "none" });
}
