// Core values between the type that a value has and the type that a joined slot of a variant has.
// component-model CanonicalABI.md, "lift_flat_variant" and "lower_flat_variant".
import type { CoreValue } from "./env.ts";
import type { CoreType } from "./flatten.ts";
import { bitsOfF32, bitsOfF64, f32OfBits, f64OfBits } from "./forms.ts";

/** From the type that a value has to the type of the slot that carries it. Joins of joins are one such step too. */
export function widen(have: CoreType, want: CoreType): (value: CoreValue) => CoreValue {
  if (have === want) return (value) => value;
  if (want === "i32") return (value) => bitsOfF32(value as number);
  if (have === "i32") return (value) => BigInt((value as number) >>> 0);
  if (have === "f32") return (value) => BigInt(bitsOfF32(value as number) >>> 0);
  return (value) => bitsOfF64(value as number);
}

/** The way back; i32 comes out as a signed number, as core functions give it. */
export function narrow(have: CoreType, want: CoreType): (value: CoreValue) => CoreValue {
  if (have === want) return (value) => value;
  if (have === "i32") return (value) => f32OfBits(value as number);
  if (want === "i32") return (value) => Number(BigInt.asIntN(32, value as bigint));
  if (want === "f32") return (value) => f32OfBits(Number(BigInt.asIntN(32, value as bigint)));
  return (value) => f64OfBits(value as bigint);
}

/** The value of an unused slot. */
export function zeroOf(core: CoreType): CoreValue {
  return core === "i64" ? 0n : 0;
}
