// Two types without parts -> how values of the one become values of the other.
import type { PrimitiveKind } from "../model.ts";
import type { Conversion } from "./rules.ts";

interface Bridge {
  readonly conversion: Conversion;
  readonly how: string;
  /** Whether it is a whole number that may not fit. */
  readonly isNarrowing?: true;
}

const BITS: Partial<Readonly<Record<PrimitiveKind, readonly [isSigned: boolean, bits: number]>>> = {
  u8: [false, 8],
  u16: [false, 16],
  u32: [false, 32],
  u64: [false, 64],
  s8: [true, 8],
  s16: [true, 16],
  s32: [true, 32],
  s64: [true, 64],
};
/** Whole numbers of so many bits are exact in the floating-point type. */
const EXACT_BITS: Partial<Readonly<Record<PrimitiveKind, number>>> = { f32: 24, f64: 53 };

/** What becomes of a `from` where a `to` is wanted. Numbers are checked, never wrapped or rounded in silence. */
export function bridgePrimitives(from: PrimitiveKind, to: PrimitiveKind): Bridge {
  const [whole, target, exact] = [BITS[from], BITS[to], EXACT_BITS[to]];
  if (whole !== undefined && target !== undefined) {
    const [isSigned, bits] = whole;
    const fits = isSigned ? target[0] && target[1] >= bits : target[1] - (target[0] ? 1 : 0) >= bits;
    if (fits) return { conversion: "total", how: `every ${from} is a ${to}` };
    return { conversion: "partial", how: `a ${from} that is no ${to} is refused`, isNarrowing: true };
  }
  if (whole !== undefined && exact !== undefined) {
    if (whole[1] <= exact) return { conversion: "total", how: `every ${from} is exact as ${to}` };
    return { conversion: "partial", how: `a ${from} that is not exact as ${to} is refused` };
  }
  if (from === "f32" && to === "f64") return { conversion: "total", how: "every f32 is an f64" };
  if (from === "f64" && to === "f32") return { conversion: "lossy", how: "an f64 is rounded to f32" };
  if (from === "char" && to === "string") return { conversion: "total", how: "a char is a string of one" };
  return { conversion: "incompatible", how: `a ${from} is no ${to}` };
}
