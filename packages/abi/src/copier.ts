// The values of a call that crosses by structured clone, in one pass: checked, charged, and copied into plain values.
import { TenonError } from "@tenon/contract/base";
import { Budget } from "./budget.ts";
import type { BudgetLimits } from "./budget.ts";
import { typedArrayName } from "./describe.ts";
import { numericArray } from "./mapping.ts";
import type { NumericArray, NumericArrayType, NumericKind } from "./mapping.ts";
import { uninitialised, isWellFormed } from "./platform.ts";
import { charCode } from "./validate-primitives.ts";

/**
 * `out`: values of this side's code, about to leave; the copy shares nothing with them, so it may be moved away.
 * `in`: a clone that arrived; memory that nobody else can reach is kept as it is.
 */
export type CopyDirection = "out" | "in";

/** From here on moving an array's memory to another thread costs less than cloning it does. Measured on Node 20 and 24. */
const MOVE_BYTES = 16 * 1024;

/**
 * One message's state: what it may still take, and which memory can be moved. Make one for each message.
 * Methods return the value as the contract's type has it. `value-invalid` where it does not fit (the codec finds out
 * where), `resource-exhausted` beyond the limits.
 */
export class Copier extends Budget {
  readonly #isOut: boolean;
  /** Memory of large numeric lists in the copy, which nobody else holds: for a transfer list. Only of `out`. */
  readonly moved: ArrayBuffer[] = [];

  constructor(direction: CopyDirection, limits: Partial<BudgetLimits> = {}) {
    super(limits);
    this.#isOut = direction === "out";
  }

  mismatch(): never {
    throw new TenonError("value-invalid", "a value does not fit its type", { sideEffects: "none" });
  }

  bool(value: unknown): boolean {
    return typeof value === "boolean" ? value : this.mismatch();
  }

  u8(value: unknown): number {
    return typeof value === "number" && (value & 0xff) === value ? value & 0xff : this.mismatch();
  }

  s8(value: unknown): number {
    return typeof value === "number" && (value << 24) >> 24 === value ? value | 0 : this.mismatch();
  }

  u16(value: unknown): number {
    return typeof value === "number" && (value & 0xffff) === value ? value & 0xffff : this.mismatch();
  }

  s16(value: unknown): number {
    return typeof value === "number" && (value << 16) >> 16 === value ? value | 0 : this.mismatch();
  }

  u32(value: unknown): number {
    return typeof value === "number" && value >>> 0 === value ? value >>> 0 : this.mismatch();
  }

  s32(value: unknown): number {
    return typeof value === "number" && (value | 0) === value ? value | 0 : this.mismatch();
  }

  u64(value: unknown): bigint {
    return typeof value === "bigint" && BigInt.asUintN(64, value) === value ? value : this.mismatch();
  }

  s64(value: unknown): bigint {
    return typeof value === "bigint" && BigInt.asIntN(64, value) === value ? value : this.mismatch();
  }

  f32(value: unknown): number {
    return typeof value === "number" ? Math.fround(value) : this.mismatch();
  }

  f64(value: unknown): number {
    return typeof value === "number" ? value : this.mismatch();
  }

  char(value: unknown): string {
    return charCode(value) < 0 ? this.mismatch() : (value as string);
  }

  /** Charged by its UTF-16 units: what it takes in the other thread, or half of that. */
  string(value: unknown): string {
    if (typeof value !== "string") return this.mismatch();
    this.chargeString(value.length);
    return isWellFormed(value) ? value : this.mismatch();
  }

  flag(value: unknown): boolean {
    return value === true || (value === undefined || value === false ? false : this.mismatch());
  }

  /** A plain object or array is made of it; the caller reads its fields. */
  object(value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.mismatch();
    return value as Record<string, unknown>;
  }

  /** An array of `length` elements, or of any number where that is negative; charged at `bytesEach`. */
  array(value: unknown, length: number, bytesEach: number): readonly unknown[] {
    if (!Array.isArray(value) || (length >= 0 && value.length !== length)) return this.mismatch();
    this.chargeList(value.length, bytesEach);
    return value;
  }

  /** A typed array that has been charged. */
  numbers(list: NumericArray, array: NumericArrayType): NumericArray {
    const bytes = list.length * array.width;
    if (!this.#isOut && isOwn(list, bytes)) return list;
    if (!this.#isOut || bytes < MOVE_BYTES) {
      const copy = array.create(list.length);
      copy.set(list as never);
      return copy;
    }
    const buffer = uninitialised(bytes);
    const copy = array.over(buffer);
    copy.set(list as never);
    this.moved.push(buffer);
    return copy;
  }

  map(value: unknown, bytesEach: number): ReadonlyMap<unknown, unknown> {
    if (!(value instanceof Map)) return this.mismatch();
    this.chargeList(value.size, bytesEach);
    return value;
  }
}

/** Whether the array's memory is all its own: no other thread's, not to be resized, no part of something larger. */
function isOwn({ buffer, byteLength }: NumericArray, bytes: number): boolean {
  const { resizable } = buffer as { readonly resizable?: boolean };
  return buffer instanceof ArrayBuffer && resizable !== true && byteLength === bytes && buffer.byteLength === bytes;
}

export type NumbersCopy = (value: unknown, copier: Copier, length: number) => NumericArray;

/** The copy of a numeric list: a typed array of its own, whatever the value was a view of. */
export function numbersCopy(kind: NumericKind): NumbersCopy {
  const array = numericArray({ kind }) as NumericArrayType;
  return (value, copier, length) => {
    const isTyped = typedArrayName(value) === array.name;
    if (!isTyped && !Array.isArray(value)) return copier.mismatch();
    const list = value as NumericArray | readonly unknown[];
    const count = list.length;
    if (length >= 0 && count !== length) return copier.mismatch();
    copier.chargeList(count, array.width);
    if (isTyped) return copier.numbers(list as NumericArray, array);
    const copy = array.create(count);
    for (let index = 0; index < count; index++) copy[index] = copier[kind](list[index]);
    return copy;
  };
}
