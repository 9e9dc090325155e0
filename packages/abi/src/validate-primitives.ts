// The check of each primitive type: range, kind, Unicode.
import type { PrimitiveKind } from "@tenon/contract/core";
import { expected } from "./misfit.ts";
import type { Check, Misfit } from "./misfit.ts";
import { isWellFormed } from "./platform.ts";

const INTEGER_RANGES = {
  u8: [0, 0xff],
  s8: [-0x80, 0x7f],
  u16: [0, 0xffff],
  s16: [-0x8000, 0x7fff],
  u32: [0, 0xffffffff],
  s32: [-0x80000000, 0x7fffffff],
} as const;

const BIGINT_RANGES = {
  u64: [0n, 0xffff_ffff_ffff_ffffn],
  s64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
} as const;

export function checkPrimitive(kind: PrimitiveKind): Check {
  switch (kind) {
    case "bool":
      return (value) => (typeof value === "boolean" ? undefined : expected("boolean", value));
    case "u64":
    case "s64":
      return checkBigint(kind);
    case "f32":
    case "f64":
      return (value) => (typeof value === "number" ? undefined : expected("number", value));
    case "char":
      return (value) => (charCode(value) < 0 ? expected("a string of one character", value) : undefined);
    case "string":
    case "error-context":
      return checkString;
    default:
      return checkInteger(kind);
  }
}

function checkInteger(kind: keyof typeof INTEGER_RANGES): Check {
  const [low, high] = INTEGER_RANGES[kind];
  return (value) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return undefined;
    const what = `${kind} (a whole number from ${low} to ${high})`;
    return typeof value === "bigint" ? expected(what, value, "pass a number, not a bigint") : expected(what, value);
  };
}

function checkBigint(kind: keyof typeof BIGINT_RANGES): Check {
  const [low, high] = BIGINT_RANGES[kind];
  return (value) => {
    if (typeof value === "bigint" && value >= low && value <= high) return undefined;
    const what = `${kind} (a bigint from ${low} to ${high})`;
    return expected(
      what,
      value,
      Number.isSafeInteger(value) ? `write ${String(value)}n, or wrap it in BigInt()` : undefined,
    );
  };
}

function checkString(value: unknown): Misfit | undefined {
  if (typeof value !== "string") return expected("string", value);
  if (isWellFormed(value)) return undefined;
  return {
    path: "",
    what: "expected well-formed Unicode text, got a string with a lone surrogate",
    hint: "use toWellFormed()",
  };
}

/** The code point of a value that is one `char`, or -1: a lone surrogate is not a char. */
export function charCode(value: unknown): number {
  if (typeof value !== "string" || value.length === 0 || value.length > 2) return -1;
  const code = value.codePointAt(0) as number;
  if (value.length !== (code > 0xffff ? 2 : 1)) return -1;
  return code >= 0xd800 && code <= 0xdfff ? -1 : code;
}
