// The parts of a type that closures and generated code treat alike: scalars, labels, discriminants.
import type { PrimitiveKind, ValueType } from "@tenon/contract/core";
import { charCode } from "../validate-primitives.ts";
import type { CoreType } from "./flatten.ts";
import { trap } from "./traps.ts";

/** "convert_i32_to_char" */
export function charFrom(code: number): string {
  const unsigned = code >>> 0;
  if (unsigned >= 0x110000 || (unsigned >= 0xd800 && unsigned <= 0xdfff)) trap(`${unsigned} is not a character`);
  return String.fromCodePoint(unsigned);
}

/** The code point of a checked char. */
export function codeOf(char: string): number {
  return char.codePointAt(0) as number;
}

export function isChar(value: unknown): boolean {
  return charCode(value) >= 0;
}

/** "trap_if(case_index >= len(cases))" */
export function badCase(index: number, cases: number): never {
  return trap(`case ${index >>> 0} does not exist, the type has ${cases}`);
}

const singles = new Float32Array(1);
const singleBits = new Int32Array(singles.buffer);
const doubles = new Float64Array(1);
const doubleBits = new BigInt64Array(doubles.buffer);

export function bitsOfF32(value: number): number {
  singles[0] = value;
  return singleBits[0] as number;
}

export function f32OfBits(bits: number): number {
  singleBits[0] = bits;
  return singles[0] as number;
}

export function bitsOfF64(value: number): bigint {
  doubles[0] = value;
  return doubleBits[0] as bigint;
}

export function f64OfBits(bits: bigint): number {
  doubleBits[0] = bits;
  return doubles[0] as number;
}

/** The core type of one scalar, handle or discriminant. */
export function coreOf(kind: ValueType["kind"]): CoreType {
  if (kind === "u64" || kind === "s64") return "i64";
  return kind === "f32" || kind === "f64" ? kind : "i32";
}

/** Kinds whose value is one core value without any handle table: all primitives but strings. */
export type ScalarKind = Exclude<PrimitiveKind, "string" | "error-context">;

const SCALARS: ReadonlySet<string> = new Set<ScalarKind>([
  "bool",
  "u8",
  "s8",
  "u16",
  "s16",
  "u32",
  "s32",
  "u64",
  "s64",
  "f32",
  "f64",
  "char",
]);

export function isScalar(kind: string): kind is ScalarKind {
  return SCALARS.has(kind);
}
