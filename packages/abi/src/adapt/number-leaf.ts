// Two kinds of numbers or text -> the conversion that checks; never wraps, never rounds what is whole.
import type { PrimitiveKind } from "@tenon/contract/core";
import type { LeafPlan } from "./plan.ts";

type Conversion = Pick<LeafPlan, "convert" | "fast">;

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

const known = new Map<string, LeafPlan | undefined>();

/** undefined where no value converts. One plan for each pair. */
export function numberLeaf(from: PrimitiveKind, to: PrimitiveKind): LeafPlan | undefined {
  const key = `${from} ${to}`;
  if (!known.has(key)) {
    const made = conversion(from, to);
    known.set(key, made && { kind: "leaf", wanted: to, ...made });
  }
  return known.get(key);
}

function conversion(from: PrimitiveKind, to: PrimitiveKind): Conversion | undefined {
  const [sent, wanted] = [RANGES[from], RANGES[to]];
  if (sent !== undefined && wanted !== undefined) return wholeConversion(from, to, wanted);
  if (sent !== undefined && (to === "f64" || to === "f32")) {
    const convert = (value: unknown): unknown => {
      if (!isWhole(value)) return undefined;
      const made = to === "f64" ? Number(value) : Math.fround(Number(value));
      return BigInt(made) === BigInt(value) ? made : undefined;
    };
    return { convert, fast: undefined };
  }
  const isNumber = 'typeof v==="number"';
  const number = (value: unknown): unknown => (typeof value === "number" ? value : undefined);
  if (from === "f32" && to === "f64") return { convert: number, fast: { when: isNumber, give: "v" } };
  if (from === "f64" && to === "f32")
    return {
      convert: (value) => (typeof value === "number" ? Math.fround(value) : undefined),
      fast: { when: isNumber, give: "Math.fround(v)" },
    };
  if (from === "char" && to === "string")
    return {
      convert: (value) => (typeof value === "string" ? value : undefined),
      fast: { when: 'typeof v==="string"', give: "v" },
    };
  return undefined;
}

function wholeConversion(from: PrimitiveKind, to: PrimitiveKind, [min, max]: readonly [bigint, bigint]): Conversion {
  const isLong = (kind: PrimitiveKind): boolean => kind === "u64" || kind === "s64";
  const within = isLong(from)
    ? `typeof v==="bigint"&&v>=${min}n&&v<=${max}n`
    : `Number.isInteger(v)&&v>=${min}&&v<=${max}`;
  const give = isLong(from) === isLong(to) ? "v" : isLong(to) ? "BigInt(v)" : "Number(v)";
  const fast = { when: within, give };
  if (!isLong(from) && !isLong(to)) {
    const [low, high] = [Number(min), Number(max)];
    const convert = (value: unknown): unknown =>
      Number.isInteger(value) && Number(value) >= low && Number(value) <= high ? value : undefined;
    return { convert, fast };
  }
  const convert = (value: unknown): unknown => {
    if (!isWhole(value)) return undefined;
    const number = BigInt(value);
    if (number < min || number > max) return undefined;
    return isLong(to) ? number : Number(number);
  };
  return { convert, fast };
}

/** Values of boundaries that do not check reach us as they are. */
function isWhole(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value);
}
