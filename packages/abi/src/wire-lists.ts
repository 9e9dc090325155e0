// Numeric lists <-> wire: bytes and floats as memory, other integers as one LEB128 each.
import { typedArrayName } from "./describe.ts";
import { numericArray } from "./mapping.ts";
import type { NumericArray, NumericArrayType, NumericKind } from "./mapping.ts";
import { isLittleEndian } from "./platform.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** -1 as `length` means that the count is written; else the list must have exactly that many elements. */
export type ListWriter = (value: unknown, writer: Writer, length: number) => void;
export type ListReader = (reader: Reader, length: number) => NumericArray;

const MEMORY_KINDS: ReadonlySet<NumericKind> = new Set<NumericKind>(
  isLittleEndian ? ["u8", "s8", "f32", "f64"] : ["u8", "s8"],
);

export const WIRE_MIN_BYTES: Readonly<Record<NumericKind, number>> = {
  u8: 1,
  s8: 1,
  u16: 1,
  s16: 1,
  u32: 1,
  s32: 1,
  u64: 1,
  s64: 1,
  f32: 4,
  f64: 8,
};

export function numericListWriter(kind: NumericKind): ListWriter {
  const { name } = numericArray({ kind }) as NumericArrayType;
  const isMemory = MEMORY_KINDS.has(kind);
  return (value, writer, length) => {
    const isTyped = typedArrayName(value) === name;
    if (!isTyped && !Array.isArray(value)) return writer.mismatch();
    const list = value as ArrayLike<unknown>;
    const count = list.length;
    if (length < 0) writer.varint(count);
    else if (count !== length) return writer.mismatch();
    if (isTyped && isMemory) return writeMemory(value as NumericArray, writer);
    for (let index = 0; index < count; index++) writer[kind](list[index]);
  };
}

function writeMemory(list: NumericArray, writer: Writer): void {
  writer.raw(list instanceof Uint8Array ? list : new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
}

export function numericListReader(kind: NumericKind): ListReader {
  const array = numericArray({ kind }) as NumericArrayType;
  const minBytes = WIRE_MIN_BYTES[kind];
  const isMemory = MEMORY_KINDS.has(kind);
  return (reader, length) => {
    const count = claimCount(reader, length, minBytes, array.width);
    if (kind === "u8") return reader.take(count);
    const list = array.create(count);
    if (isMemory) reader.copyTo(list);
    else for (let index = 0; index < count; index++) list[index] = reader[kind]();
    return list;
  };
}

/** Reads or takes the count of a list, held against the bytes left and charged before anything is allocated. */
export function claimCount(reader: Reader, length: number, minBytes: number, bytesEach: number): number {
  if (length < 0) return reader.count(minBytes, bytesEach);
  reader.claim(length, minBytes, bytesEach);
  return length;
}
