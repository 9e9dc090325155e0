// Bytes of a WebAssembly binary -> its integers, names and vectors, each read within bounds or refused with its offset.
import { binaryFault } from "./faults.ts";

const UTF8: { decode(bytes: Uint8Array): string } = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longest name that is read: names are shown, compared and kept, so they have a bound of their own. */
const MAX_NAME_BYTES = 100_000;

/**
 * A cursor over `bytes[at..end)`. Every read throws `artifact-invalid` with the offset in the whole file when the bytes
 * end or do not fit the format (core spec, binary/values). No read allocates more than the bytes that are there.
 */
export class BinaryReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at: number = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** Throws: the bytes at `offset` are not what the format has there. */
  fail(what: string, offset: number = this.at): never {
    throw binaryFault("malformed", offset, what);
  }

  u8(what: string): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) this.fail(`expected ${what}, found the end`);
    this.at += 1;
    return byte;
  }

  /** The next byte, not consumed; -1 at the end. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1;
  }

  /** A byte that must be `value`. */
  expect(value: number, what: string): void {
    const start = this.at;
    const byte = this.u8(what);
    if (byte !== value) this.fail(`expected ${what} (${hex(value)}), found ${hex(byte)}`, start);
  }

  /** 0x00 or 0x01. */
  flag(what: string): boolean {
    const start = this.at;
    const byte = this.u8(what);
    if (byte > 1) this.fail(`expected ${what} (0x00 or 0x01), found ${hex(byte)}`, start);
    return byte === 1;
  }

  u32(what: string): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(what);
      if (shift === 28 && byte > 0x0f) this.fail(`expected ${what}, found an integer beyond 32 bits`, start);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return this.fail(`expected ${what}, found an integer of too many bytes`, start);
  }

  /** Unsigned, up to 64 bits. */
  u64(what: string): bigint {
    const start = this.at;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8(what);
      if (shift === 63n && byte > 1) this.fail(`expected ${what}, found an integer beyond 64 bits`, start);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return this.fail(`expected ${what}, found an integer of too many bytes`, start);
  }

  /** Signed, 33 bits: a type index (not negative) or a one-byte type code (negative). */
  s33(what: string): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(what);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (shift === 28 && byte >= 0x10 && byte < 0x70) this.fail(`expected ${what}, found too large a number`, start);
        return (byte & 0x40) === 0 ? value : value - 2 ** (shift + 7);
      }
    }
    return this.fail(`expected ${what}, found an integer of too many bytes`, start);
  }

  /** Steps over a signed number of up to `maxBytes` bytes. */
  skipSigned(what: string, maxBytes: number): void {
    for (let count = 0; count < maxBytes; count++) if (this.u8(what) < 0x80) return;
    this.fail(`expected ${what}, found an integer of too many bytes`);
  }

  /** UTF-8 text with its length before it. */
  name(what: string): string {
    const start = this.at;
    const length = this.u32(`the length of ${what}`);
    const from = this.at;
    if (length > this.end - from) this.fail(`expected ${what} of ${length} bytes, found the end`, start);
    if (length > MAX_NAME_BYTES) this.fail(`${what} has ${length} bytes; at most ${MAX_NAME_BYTES} are read`, start);
    this.at = from + length;
    try {
      return UTF8.decode(this.bytes.subarray(from, this.at));
    } catch {
      return this.fail(`expected ${what}, found bytes that are not UTF-8`, start);
    }
  }

  /** The number of items that follow; never more than the bytes that could hold them, one byte each. */
  count(what: string, max: number = Infinity): number {
    const start = this.at;
    const count = this.u32(`the number of ${what}`);
    if (count > this.end - this.at) this.fail(`expected ${count} ${what}, found the end before them`, start);
    if (count > max) this.fail(`${count} ${what} are more than the ${max} that are read`, start);
    return count;
  }

  vec<T>(what: string, read: () => T, max?: number): T[] {
    const items: T[] = [];
    for (let left = this.count(what, max); left > 0; left--) items.push(read());
    return items;
  }

  /** Steps over `length` bytes and gives their bounds as a reader of its own. */
  slice(length: number, what: string): BinaryReader {
    if (length > this.end - this.at) this.fail(`expected ${what} of ${length} bytes, found the end`);
    const start = this.at;
    this.at = start + length;
    return new BinaryReader(this.bytes, start, this.at);
  }
}

/** `0x6d` */
export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
