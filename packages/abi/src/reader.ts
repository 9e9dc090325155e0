// Wire bytes -> JavaScript values: every length is held against what is there and charged before it is believed.
import { TenonError } from "@tenon/contract/base";
import { Budget } from "./budget.ts";
import { isShared, readLatin1, utf8Decoder } from "./platform.ts";

export interface ReaderOptions {
  /** The call's budget; by default an own one with the default limits, full again with every `reset`. */
  readonly budget?: Budget;
  /** Of the own budget: most bytes of values that one input may decode to. Default 128 MiB. */
  readonly maxBytes?: number;
  /**
   * Let a `list<u8>` that is most of the input be a view of it instead of a copy. Only for inputs whose memory nobody uses again.
   * Default false.
   */
  readonly canAlias?: boolean;
}

const TOO_LONG = "a LEB128 number is longer than it needs to be";

/** Text is cut out of windows of this size: one native call serves many short strings. Also the most that one kept string pins. */
const WINDOW_BYTES = 2048;
/** Longer strings are copied on their own. */
const WINDOWED_STRING = 256;

/**
 * Reads wRPC's value encoding (wire-protocols.md 5.1). Total: whatever the bytes are, a method returns a value of its
 * type or throws `protocol-error` (`resource-exhausted` past the budget) with the byte offset.
 * Only the shortest LEB128 form of a number is accepted, so that equal values have equal bytes.
 */
export class Reader {
  readonly budget: Budget;
  readonly canAlias: boolean;
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;
  end = 0;
  /** Segments of the path of the last error, innermost first; filled while it unwinds. */
  readonly trail: string[] = [];
  private view: DataView | undefined;
  private window = "";
  private windowStart = 0;
  private windowEnd = 0;
  private readonly hasOwnBudget: boolean;

  constructor(options: ReaderOptions = {}) {
    this.hasOwnBudget = options.budget === undefined;
    this.budget = options.budget ?? new Budget(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes });
    this.canAlias = options.canAlias ?? false;
  }

  /** Sets the input. Shared memory is copied first: another thread must not change bytes between check and use. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    // A Buffer's own slice and subarray give Buffers: values must be plain Uint8Arrays.
    const isPlain = Object.getPrototypeOf(bytes) === Uint8Array.prototype;
    const plain = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isForeign = plain !== this.bytes && isShared(plain);
    this.bytes = isForeign ? new Uint8Array(plain.subarray(start, end)) : plain;
    this.position = isForeign ? 0 : start;
    this.end = isForeign ? this.bytes.length : Math.min(end, plain.length);
    this.view = undefined;
    this.window = "";
    this.windowStart = this.windowEnd = 0;
    // Setting a length is slow even where nothing changes.
    if (this.trail.length > 0) this.trail.length = 0;
    if (this.hasOwnBudget) this.budget.reset();
    return this;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.end - this.position;
  }

  /** Throws `protocol-error` unless everything was read. */
  finish(): void {
    if (this.position !== this.end) this.fault(`${this.remaining} bytes are left over after the last value`);
  }

  fault(what: string, at: number = this.position): never {
    throw new TenonError("protocol-error", `byte ${at}: ${what}`, { details: { offset: at } });
  }

  /** Notes where in the value an error that passes by happened. */
  via(segment: string): void {
    if (this.trail.length < 256) this.trail.push(segment);
  }

  byte(): number {
    if (this.position >= this.end) this.fault("the data ends in the middle of a value");
    return this.bytes[this.position++] as number;
  }

  bool(): boolean {
    const value = this.byte();
    if (value > 1) this.fault(`a boolean or presence byte must be 0 or 1, got ${value}`, this.position - 1);
    return value === 1;
  }

  u8(): number {
    return this.byte();
  }

  s8(): number {
    return (this.byte() << 24) >> 24;
  }

  u16(): number {
    const first = this.byte();
    return first < 0x80 ? first : this.unsignedRest(first, 16);
  }

  u32(): number {
    const first = this.byte();
    return first < 0x80 ? first : this.unsignedRest(first, 32);
  }

  /** An unsigned LEB128 number below 2^32, as counts and ids are. */
  varint(): number {
    return this.u32();
  }

  s16(): number {
    return this.signedRest(16);
  }

  s32(): number {
    return this.signedRest(32);
  }

  u64(): bigint {
    const start = this.position;
    const low = this.sevenGroups();
    if (low >= 0) {
      if (this.bytes[this.position - 1] === 0 && this.position - start > 1) this.fault(TOO_LONG, start);
      return BigInt(low);
    }
    const high = this.byte();
    if (high === 0) this.fault(TOO_LONG, start);
    const rest = high < 0x80 ? high : this.unsignedRest(high, 15);
    return (BigInt(rest) << 49n) + BigInt(-1 - low);
  }

  s64(): bigint {
    const start = this.position;
    const low = this.sevenGroups();
    if (low >= 0) {
      this.position = start;
      return BigInt(this.signedRest(49));
    }
    const rest = this.signedRest(15);
    const previous = this.bytes[start + 6] as number;
    if ((rest === 0 && (previous & 0x40) === 0) || (rest === -1 && (previous & 0x40) !== 0)) {
      this.fault(TOO_LONG, start);
    }
    return (BigInt(rest) << 49n) + BigInt(-1 - low);
  }

  f32(): number {
    this.need(4);
    const value = this.numbers().getFloat32(this.position, true);
    this.position += 4;
    return value;
  }

  f64(): number {
    this.need(8);
    const value = this.numbers().getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  char(): string {
    const start = this.position;
    const first = this.byte();
    if (first < 0x80) return String.fromCharCode(first);
    const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) this.fault("invalid UTF-8 in a char", start);
    this.need(length - 1);
    this.position = start + length;
    return this.utf8(start, start + length);
  }

  string(): string {
    const at = this.position;
    const length = this.u32();
    if (length > this.end - this.position)
      this.fault(`a string claims ${length} bytes and ${this.remaining} are left`, at);
    this.budget.chargeString(length);
    const start = this.position;
    const end = start + length;
    this.position = end;
    if (length > WINDOWED_STRING) return this.utf8(start, end);
    const bytes = this.bytes;
    for (let index = start; index < end; index++) {
      if ((bytes[index] as number) > 0x7f) return this.utf8(start, end);
    }
    if (end > this.windowEnd || start < this.windowStart) this.moveWindow(start);
    return this.window.substring(start - this.windowStart, end - this.windowStart);
  }

  /** A list count, held against the bytes left (`minBytes` per element) and charged at `bytesEach`. */
  count(minBytes: number, bytesEach: number): number {
    const at = this.position;
    const count = this.u32();
    this.claim(count, minBytes, bytesEach, at);
    return count;
  }

  /** The same for a length that the type fixes. */
  claim(count: number, minBytes: number, bytesEach: number, at: number = this.position): void {
    if (count * minBytes > this.end - this.position)
      this.fault(`a list claims ${count} elements and ${this.remaining} bytes are left`, at);
    this.budget.chargeList(count, bytesEach);
  }

  /** `length` bytes as a Uint8Array: a copy, unless the reader may alias its input. The caller has claimed them. */
  take(length: number): Uint8Array {
    const start = this.position;
    this.need(length);
    this.position = start + length;
    // A view keeps the whole input alive, which only a list that is most of it is worth.
    const isView = this.canAlias && length * 2 >= this.bytes.length;
    return isView ? this.bytes.subarray(start, start + length) : this.bytes.slice(start, start + length);
  }

  /** Fills a typed array with the next bytes as they are (little-endian machines only, for more than 1 byte each). */
  copyTo(list: ArrayBufferView): void {
    this.need(list.byteLength);
    const target = new Uint8Array(list.buffer, list.byteOffset, list.byteLength);
    target.set(this.bytes.subarray(this.position, this.position + list.byteLength));
    this.position += list.byteLength;
  }

  /** All bytes that are left, as text. */
  rest(): string {
    const start = this.position;
    this.budget.chargeString(this.remaining);
    this.position = this.end;
    return this.utf8(start, this.end);
  }

  /** The index of a case, below `cases`. */
  index(cases: number): number {
    const at = this.position;
    const index = this.u32();
    if (index >= cases) this.fault(`case ${index} does not exist, the type has ${cases}`, at);
    return index;
  }

  /** Ends unless `bits`, the last byte of flags, has nothing at or above bit `used`. */
  noExtraFlags(bits: number, used: number): void {
    if (bits >>> used !== 0) this.fault("flags have bits that the type does not define", this.position - 1);
  }

  /** A handle: `list<u8>` of exactly four bytes, a little-endian u32. */
  handle(): number {
    const at = this.position;
    const length = this.u32();
    if (length !== 4) this.fault(`a handle must be 4 bytes, got ${length}`, at);
    this.need(4);
    const value = this.numbers().getUint32(this.position, true);
    this.position += 4;
    return value;
  }

  private numbers(): DataView {
    return (this.view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength));
  }

  private need(count: number): void {
    if (count > this.end - this.position) this.fault("the data ends in the middle of a value");
  }

  private moveWindow(start: number): void {
    this.windowStart = start;
    this.windowEnd = Math.min(this.end, start + WINDOW_BYTES);
    this.window = readLatin1(this.bytes, start, this.windowEnd);
  }

  private utf8(start: number, end: number): string {
    try {
      return utf8Decoder.decode(this.bytes.subarray(start, end));
    } catch {
      // The decoder is fatal and says only that something is wrong.
      return this.fault("invalid UTF-8", start);
    }
  }

  /** Continues an unsigned number of at most `bits` (up to 32) whose first byte had its high bit set. */
  private unsignedRest(first: number, bits: number): number {
    const start = this.position - 1;
    let value = first & 0x7f;
    let scale = 0x80;
    for (let read = 7; read < bits; read += 7) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      scale *= 0x80;
      if (next >= 0x80) continue;
      if (next === 0) this.fault(TOO_LONG, start);
      if (value >= 2 ** bits) break;
      return value;
    }
    return this.fault("a LEB128 number is too large for its type", start);
  }

  /** A signed number of at most `bits` (up to 49: exact in a double). */
  private signedRest(bits: number): number {
    const start = this.position;
    let value = 0;
    let scale = 1;
    let previous = 0;
    for (let read = 0; read < bits; read += 7) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      scale *= 0x80;
      if (next >= 0x80) {
        previous = next;
        continue;
      }
      if (next & 0x40) value -= scale;
      const isPadded =
        read > 0 && ((next === 0 && (previous & 0x40) === 0) || (next === 0x7f && (previous & 0x40) !== 0));
      if (isPadded) this.fault(TOO_LONG, start);
      if (value < -(2 ** (bits - 1)) || value >= 2 ** (bits - 1)) break;
      return value;
    }
    return this.fault("a LEB128 number is too large for its type", start);
  }

  /**
   * Up to seven groups (49 bits) of an unsigned number: the number where it ends there, else -1 minus its low 49 bits.
   */
  private sevenGroups(): number {
    let value = 0;
    let scale = 1;
    for (let group = 0; group < 7; group++) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      scale *= 0x80;
      if (next < 0x80) return value;
    }
    return -1 - value;
  }
}
