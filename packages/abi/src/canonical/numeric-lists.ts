// Numeric lists <-> linear memory: one copy of the whole list.
import { typedArrayName } from "../describe.ts";
import { numericArray } from "../mapping.ts";
import type { NumericArray, NumericArrayType, NumericKind } from "../mapping.ts";
import { isLittleEndian, uninitialised } from "../platform.ts";
import type { Context } from "./context.ts";

/** Whether a value has the form of such a list; the elements of a plain array are the caller's to check. */
export function isNumericList(value: unknown, name: string): value is ArrayLike<number> {
  return typedArrayName(value) === name;
}

/** Copies an element list to an address that was checked. The list must still have `count` elements. */
export type StoreNumbers = (context: Context, list: ArrayLike<number & bigint>, at: number, count: number) => void;
export type LoadNumbers = (context: Context, at: number, count: number) => NumericArray;

/** On little-endian machines the memory is the list. */
export function numbersStorer(kind: NumericKind): StoreNumbers {
  const { width } = numericArray({ kind }) as NumericArrayType;
  const shift = Math.log2(width);
  if (!isLittleEndian && width > 1) return storeEach(kind, width);
  return (context, list, at, count) => {
    // A list that a getter or another thread made longer meanwhile would run over its allocation.
    if (list.length === count) context[kind].set(list, at >>> shift);
  };
}

export function numbersLoader(kind: NumericKind): LoadNumbers {
  const { width } = numericArray({ kind }) as NumericArrayType;
  const shift = Math.log2(width);
  if (!isLittleEndian && width > 1) return loadEach(kind, width);
  return (context, at, count) => {
    const start = at >>> shift;
    return copyNumbers(context[kind], start, start + count);
  };
}

/** Elements from which on zeroing memory that is written over at once costs more than the detour around it. Measured on Node 20 and 24. */
const LONG_COPY = 256 * 1024;

/** What `slice` gives. */
export function copyNumbers<T extends NumericArray>(view: T, start: number, end: number): T {
  return end - start < LONG_COPY ? (view.slice(start, end) as T) : copyLong(view, start, end);
}

function copyLong<T extends NumericArray>(view: T, start: number, end: number): T {
  const part = view.subarray(start, end) as T & Float64Array;
  const View = view.constructor as new (buffer: ArrayBufferLike) => T & Float64Array;
  const copy = new View(uninitialised(part.byteLength));
  copy.set(part);
  return copy;
}

function storeEach(kind: NumericKind, width: number): StoreNumbers {
  const write = writerOf(kind);
  return (context, list, at, count) => {
    for (let index = 0; index < count; index++) write(context.view, at + index * width, list[index]);
  };
}

function loadEach(kind: NumericKind, width: number): LoadNumbers {
  const read = readerOf(kind);
  const { create } = numericArray({ kind }) as NumericArrayType;
  return (context, at, count) => {
    const list = create(count);
    for (let index = 0; index < count; index++) list[index] = read(context.view, at + index * width) as number;
    return list;
  };
}

/** Any scalar at an address, on machines of either byte order. */
export function readerOf(kind: NumericKind): (view: DataView, at: number) => number | bigint {
  switch (kind) {
    case "u8":
      return (view, at) => view.getUint8(at);
    case "s8":
      return (view, at) => view.getInt8(at);
    case "u16":
      return (view, at) => view.getUint16(at, true);
    case "s16":
      return (view, at) => view.getInt16(at, true);
    case "u32":
      return (view, at) => view.getUint32(at, true);
    case "s32":
      return (view, at) => view.getInt32(at, true);
    case "u64":
      return (view, at) => view.getBigUint64(at, true);
    case "s64":
      return (view, at) => view.getBigInt64(at, true);
    case "f32":
      return (view, at) => view.getFloat32(at, true);
    case "f64":
      return (view, at) => view.getFloat64(at, true);
  }
}

export function writerOf(kind: NumericKind): (view: DataView, at: number, value: unknown) => void {
  switch (kind) {
    case "u8":
    case "s8":
      return (view, at, value) => view.setUint8(at, value as number);
    case "u16":
    case "s16":
      return (view, at, value) => view.setUint16(at, value as number, true);
    case "u32":
    case "s32":
      return (view, at, value) => view.setUint32(at, value as number, true);
    case "u64":
    case "s64":
      return (view, at, value) => view.setBigUint64(at, value as bigint, true);
    case "f32":
      return (view, at, value) => view.setFloat32(at, value as number, true);
    case "f64":
      return (view, at, value) => view.setFloat64(at, value as number, true);
  }
}
