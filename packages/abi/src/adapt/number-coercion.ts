// Two kinds of numbers or text -> the conversion that checks; never wraps, never rounds what is whole.
import type { PrimitiveKind } from "@tenon/contract/core";

const RANGES: Partial<Readonly<Record<PrimitiveKind, readonly [min: bigint, max: bigint]>>> = {
  u8: [0n, 2n ** 8n - 1n],
  u16: [0n, 2n ** 16n - 1n],
  u32: [0n, 2n ** 32n - 1n],
  u64: [0n, 2n ** 64n - 1n],
  s8: [-(2n ** 7n), 2n ** 7n - 1n],
  s16: [-(2n ** 15n), 2n ** 15n - 1n],
  s32: [-(2n ** 31n), 2n ** 31n - 1n],
  s64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** undefined where no value converts; the conversion gives undefined for a value that has no counterpart. */
export function numberCoercion(from: PrimitiveKind, to: PrimitiveKind): ((value: unknown) => unknown) | undefined {
  const [sent, wanted] = [RANGES[from], RANGES[to]];
  if (sent !== undefined && wanted !== undefined) return wholeCoercion(from, to, wanted);
  if (sent !== undefined && (to === "f64" || to === "f32")) {
    return (value) => {
      if (!isWhole(value)) return undefined;
      const made = to === "f64" ? Number(value) : Math.fround(Number(value));
      return BigInt(made) === BigInt(value) ? made : undefined;
    };
  }
  if (from === "f32" && to === "f64") return (value) => value;
  if (from === "f64" && to === "f32") return (value) => Math.fround(value as number);
  if (from === "char" && to === "string") return (value) => value;
  return undefined;
}

function wholeCoercion(
  from: PrimitiveKind,
  to: PrimitiveKind,
  [min, max]: readonly [bigint, bigint],
): (value: unknown) => unknown {
  const isLong = (kind: PrimitiveKind): boolean => kind === "u64" || kind === "s64";
  if (!isLong(from) && !isLong(to)) {
    const [low, high] = [Number(min), Number(max)];
    return (value) => (Number.isInteger(value) && Number(value) >= low && Number(value) <= high ? value : undefined);
  }
  return (value) => {
    if (!isWhole(value)) return undefined;
    const number = BigInt(value);
    if (number < min || number > max) return undefined;
    return isLong(to) ? number : Number(number);
  };
}

/** Values of boundaries that do not check reach us as they are. */
function isWhole(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value);
}
