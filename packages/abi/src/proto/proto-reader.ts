// Protobuf's wire format, in: total over any bytes, never past the end, nothing allocated before it is paid for.
// Source: protobuf.dev "Encoding".
import { TenonError } from "@tenon/contract/core";
import type { Budget } from "../budget.ts";
import { readShortAscii, readUtf8, SHORT_TEXT } from "../canonical/native-text.ts";
import { WIRE } from "./proto-writer.ts";

/** Throws `protocol-error` for bytes that are no protobuf; the path is noted on the way out (`via`). */
export class ProtoReader {
  readonly budget: Budget;
  at: number;
  end: number;
  readonly trail: string[] = [];
  readonly #bytes: Uint8Array;
  #madeView: DataView | undefined;

  constructor(bytes: Uint8Array, budget: Budget) {
    // Plain, because parts of a Buffer are Buffers that share its memory, and values must be neither.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.budget = budget;
    this.at = 0;
    this.end = bytes.length;
  }

  /** Only numbers of a fixed width need it. */
  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return (this.#madeView ??= new DataView(buffer, byteOffset, byteLength));
  }

  /** Notes a part of the path while an error passes by. */
  via(segment: string): void {
    if (this.trail.length < 256) this.trail.push(segment);
  }

  fail(what: string): never {
    throw new TenonError("protocol-error", what);
  }

  uint32(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.at = start;
    return Number(BigInt.asUintN(32, this.#long()));
  }

  /** The low 32 bits, as protobuf truncates an int32 that was written as 64 bits. */
  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  uint64(): bigint {
    return BigInt.asUintN(64, this.#long());
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.#long());
  }

  sint64(): bigint {
    const value = this.uint64();
    return (value >> 1n) ^ -(value & 1n);
  }

  bool(): boolean {
    return this.#long() !== 0n;
  }

  fixed32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  sfixed32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  sfixed64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  string(): string {
    const start = this.#length();
    this.budget.chargeString(this.at - start);
    const length = this.at - start;
    const short = length <= SHORT_TEXT ? readShortAscii(this.#bytes, start, length) : undefined;
    // The engine only says that it is no UTF-8, and so do we.
    return short ?? readUtf8(this.#bytes, start, this.at) ?? this.fail("a string is not valid UTF-8");
  }

  /** A copy: the message's memory belongs to whoever received it. */
  bytes(): Uint8Array {
    const start = this.#length();
    this.budget.chargeList(this.at - start, 1);
    return this.#bytes.slice(start, this.at);
  }

  /** Reads a length-delimited part with `read`, which sees its end as the end. */
  part<T>(read: () => T): T {
    const start = this.#length();
    const outer = this.end;
    const after = this.at;
    this.at = start;
    this.end = after;
    const value = read();
    this.at = after;
    this.end = outer;
    return value;
  }

  /** Passes over a field of no interest. Groups were never part of proto3 and are refused. */
  skip(wire: number): void {
    switch (wire) {
      case WIRE.varint:
        this.#long();
        return;
      case WIRE.fixed64:
        this.#take(8);
        return;
      case WIRE.bytes:
        this.#length();
        return;
      case WIRE.fixed32:
        this.#take(4);
        return;
      default:
        this.fail(`wire type ${wire} is not used by proto3`);
    }
  }

  /** Short varints, by far the most, stay numbers until the last step. */
  #long(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low >>> 0);
    }
    let value = BigInt(low >>> 0);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return this.fail("a varint is longer than ten bytes");
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  #take(count: number): number {
    const start = this.at;
    if (count > this.end - start) this.fail(`the message ends ${count - (this.end - start)} bytes early`);
    this.at = start + count;
    return start;
  }

  /** Passes over the next length-delimited part and returns where it starts. */
  #length(): number {
    const length = this.uint32();
    return this.#take(length);
  }
}
