// A type -> a question that costs next to nothing and is answered with yes for most values of the small types.
import type { ValueType } from "@tenon/contract/core";

const no = (): boolean => false;

const inRange =
  (min: number, max: number) =>
  (value: unknown): boolean =>
    typeof value === "number" && value >= min && value <= max && Math.trunc(value) === value;

const QUICK: Readonly<Partial<Record<ValueType["kind"], (value: unknown) => boolean>>> = {
  bool: (value) => typeof value === "boolean",
  u8: inRange(0, 255),
  s8: inRange(-128, 127),
  u16: inRange(0, 65_535),
  s16: inRange(-32_768, 32_767),
  u32: inRange(0, 4_294_967_295),
  s32: inRange(-2_147_483_648, 2_147_483_647),
  f64: (value) => typeof value === "number",
  // `isWellFormed` is ES2024; Node 20 has it.
  string: (value) => typeof value === "string" && (value as unknown as { isWellFormed(): boolean }).isWellFormed(),
};

/** Always no for types with parts: their validator has to look at each of them anyway. */
export function quickCheck(type: ValueType): (value: unknown) => boolean {
  return QUICK[type.kind] ?? no;
}
