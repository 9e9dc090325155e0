// The JavaScript shape of each WIT type, as far as more than one form needs to know it.
//
//   bool; u8..s32, f32, f64; u64, s64     boolean; number; bigint
//   char; string; error-context           string of one code point; string; string (its debug message)
//   list<u8>, list<f32>, ...; list<T>     typed array (a plain array will do on input); array. Fixed length: the same
//   record; tuple                         object with camelCase keys; array
//   variant; enum                         { tag: "wit-label", val? }; "wit-label"
//   flags                                 object of booleans with camelCase keys, missing ones are false on input
//   option<T>; option<option<T>>          T | undefined; { tag: "some", val: T | undefined } | { tag: "none" }
//   result<T, E>                          { tag: "ok", val? } | { tag: "err", val? }
//   map<K, V>                             Map
//   own, borrow                           what the handle codec makes of it
import { TenonError, camelCase } from "@tenon/contract/base";
import type { PrimitiveKind, ValueType } from "@tenon/contract/core";

/** The numeric kinds whose lists are typed arrays in JavaScript. */
export type NumericKind = "u8" | "s8" | "u16" | "s16" | "u32" | "s32" | "u64" | "s64" | "f32" | "f64";

/** Any of the typed arrays that stand for numeric lists. */
export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export interface NumericArrayType {
  readonly name: string;
  readonly width: number;
  create(length: number): NumericArray;
  /** All of a memory that is a multiple of the width long. */
  over(buffer: ArrayBuffer): NumericArray;
}

const NUMERIC: ReadonlyMap<PrimitiveKind, NumericArrayType> = new Map<PrimitiveKind, NumericArrayType>([
  [
    "u8",
    {
      name: "Uint8Array",
      width: 1,
      create: (length) => new Uint8Array(length),
      over: (buffer) => new Uint8Array(buffer),
    },
  ],
  [
    "s8",
    { name: "Int8Array", width: 1, create: (length) => new Int8Array(length), over: (buffer) => new Int8Array(buffer) },
  ],
  [
    "u16",
    {
      name: "Uint16Array",
      width: 2,
      create: (length) => new Uint16Array(length),
      over: (buffer) => new Uint16Array(buffer),
    },
  ],
  [
    "s16",
    {
      name: "Int16Array",
      width: 2,
      create: (length) => new Int16Array(length),
      over: (buffer) => new Int16Array(buffer),
    },
  ],
  [
    "u32",
    {
      name: "Uint32Array",
      width: 4,
      create: (length) => new Uint32Array(length),
      over: (buffer) => new Uint32Array(buffer),
    },
  ],
  [
    "s32",
    {
      name: "Int32Array",
      width: 4,
      create: (length) => new Int32Array(length),
      over: (buffer) => new Int32Array(buffer),
    },
  ],
  [
    "u64",
    {
      name: "BigUint64Array",
      width: 8,
      create: (length) => new BigUint64Array(length),
      over: (buffer) => new BigUint64Array(buffer),
    },
  ],
  [
    "s64",
    {
      name: "BigInt64Array",
      width: 8,
      create: (length) => new BigInt64Array(length),
      over: (buffer) => new BigInt64Array(buffer),
    },
  ],
  [
    "f32",
    {
      name: "Float32Array",
      width: 4,
      create: (length) => new Float32Array(length),
      over: (buffer) => new Float32Array(buffer),
    },
  ],
  [
    "f64",
    {
      name: "Float64Array",
      width: 8,
      create: (length) => new Float64Array(length),
      over: (buffer) => new Float64Array(buffer),
    },
  ],
]);

/** The typed array that a list of `element` is in JavaScript, or undefined where it is a plain array. */
export function numericArray(element: ValueType): NumericArrayType | undefined {
  return NUMERIC.get(element.kind as PrimitiveKind);
}

/**
 * Whether `option<item>` is `{ tag: "some", val } | { tag: "none" }` rather than `T | undefined`: only when the item is
 * itself an option, because then `undefined` could not say which of the two is empty.
 */
export function isTaggedOption(item: ValueType): boolean {
  return item.kind === "option";
}

/** Whether a plain read of `key` on a foreign object could find something that is not the object's own. */
export function isPrototypeKey(key: string): boolean {
  return key in Object.prototype;
}

/** Reads a field of a foreign object; names like `constructor` count only as own properties. */
export function readerOf(key: string): (object: Record<string, unknown>) => unknown {
  if (isPrototypeKey(key)) return (object) => (Object.hasOwn(object, key) ? object[key] : undefined);
  return (object) => object[key];
}

/** Sets a field of an object under construction, also one named `__proto__`. */
export function setField(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Bytes that `count` flags take on the wire: at least one. */
export function flagBytes(count: number): number {
  return Math.max(1, Math.ceil(count / 8));
}

/** An object that can have fields: arrays are refused, or one would pass for a record of options. */
export function isFieldObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JavaScript keys of a record's fields. Throws `contract-invalid` where two labels would share one. */
export function recordKeys(fields: readonly { readonly name: string }[]): string[] {
  const keys = fields.map((field) => camelCase(field.name));
  if (new Set(keys).size !== keys.length) {
    throw new TenonError(
      "contract-invalid",
      `two labels of one type become the same JavaScript key: ${keys.join(", ").slice(0, 200)}`,
    );
  }
  return keys;
}
