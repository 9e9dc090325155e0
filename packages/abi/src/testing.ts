// A type and a random source -> values and types for tests: edges first, the same for the same seed.
import { PRIMITIVE_KINDS, type PrimitiveKind, type ValueType } from "@tenon/contract/core";
import { isTaggedOption, numericArray, recordKeys, setField } from "./mapping.ts";

/** A number from 0 (included) to 1 (excluded). */
export type Random = () => number;

export interface ArbitraryOptions {
  /** Most elements of a list or map. Default 5. */
  readonly maxLength?: number;
  /** Makes resources; without it a type with handles throws. */
  readonly handle?: (type: ValueType) => unknown;
}

/** A small seeded generator (mulberry32): enough for tests, useless for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const EDGES: Readonly<Partial<Record<PrimitiveKind, readonly unknown[]>>> = {
  bool: [false, true],
  u8: [0, 1, 127, 128, 255],
  s8: [0, -1, 127, -128],
  u16: [0, 127, 128, 16383, 16384, 65535],
  s16: [0, -1, 63, 64, -64, -65, 32767, -32768],
  u32: [0, 127, 128, 2 ** 28, 2 ** 31, 2 ** 32 - 1],
  s32: [0, -1, 64, -65, 2 ** 31 - 1, -(2 ** 31)],
  u64: [0n, 1n, 2n ** 28n, 2n ** 32n, 2n ** 49n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n],
  s64: [0n, -1n, 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 48n, -(2n ** 48n) - 1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)],
  f32: [0, -0, 1.5, -1, Math.fround(0.1), Math.fround(3.4e38), NaN, Infinity, -Infinity],
  f64: [0, -0, 0.1, -1, 5e-324, 1.7976931348623157e308, NaN, Infinity, -Infinity],
  char: ["a", "\0", "'", "\\", "\n", "\u00e9", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"],
  string: [
    "",
    "a",
    "plain text",
    'a\tb\n"c"\\',
    "h\u00e9llo",
    "\ufeffabc",
    "\u{1f30a}",
    "x".repeat(24),
    "y".repeat(25),
    "\u00e9".repeat(70),
    "z".repeat(300),
    "__proto__",
  ],
};

/** One valid value of `type`, in the form that decoders give back: typed arrays, all flags, all record keys. */
export function arbitraryValue(type: ValueType, random: Random, options: ArbitraryOptions = {}): unknown {
  const again = (inner: ValueType): unknown => arbitraryValue(inner, random, options);
  const count = (): number => Math.floor(random() * ((options.maxLength ?? 5) + 1));
  switch (type.kind) {
    case "record": {
      const value: Record<string, unknown> = {};
      for (const [index, key] of recordKeys(type.fields).entries())
        setField(value, key, again((type.fields[index] as { type: ValueType }).type));
      return value;
    }
    case "tuple":
      return type.items.map(again);
    case "list":
      return arbitraryList(type.element, type.length ?? count(), again);
    case "map":
      return new Map(Array.from({ length: count() }, () => [again(type.key), again(type.value)]));
    case "option":
      return arbitraryOption(type.item, random, again);
    case "result":
      return random() < 0.5 ? arbitraryCase("ok", type.ok, again) : arbitraryCase("err", type.err, again);
    case "variant": {
      const chosen = pick(type.cases, random);
      return arbitraryCase(chosen.name, chosen.type, again);
    }
    case "enum":
      return pick(type.cases, random);
    case "flags": {
      const value: Record<string, unknown> = {};
      for (const key of recordKeys(type.flags.map((name) => ({ name })))) setField(value, key, random() < 0.5);
      return value;
    }
    case "own":
    case "borrow":
    case "stream":
    case "future":
      if (options.handle === undefined) throw new TypeError(`arbitraryValue needs options.handle for ${type.kind}`);
      return options.handle(type);
    default:
      return arbitraryPrimitive(type.kind, random);
  }
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

function arbitraryCase(tag: string, type: ValueType | undefined, again: (type: ValueType) => unknown): unknown {
  return type === undefined ? { tag } : { tag, val: again(type) };
}

function arbitraryOption(item: ValueType, random: Random, again: (type: ValueType) => unknown): unknown {
  const isSome = random() < 0.6;
  if (!isTaggedOption(item)) return isSome ? again(item) : undefined;
  return isSome ? { tag: "some", val: again(item) } : { tag: "none" };
}

function arbitraryList(element: ValueType, length: number, again: (type: ValueType) => unknown): unknown {
  const array = numericArray(element)?.create(length);
  if (array === undefined) return Array.from({ length }, () => again(element));
  for (let index = 0; index < length; index++) array[index] = again(element) as number;
  return array;
}

const LETTERS = Array.from("abcXYZ 09-_/.\u00e9\u4e2d");

function arbitraryPrimitive(kind: PrimitiveKind, random: Random): unknown {
  const edges = EDGES[kind === "error-context" ? "string" : kind] ?? [];
  if (random() < 0.6) return pick(edges, random);
  const bits = { u8: 8, s8: 8, u16: 16, s16: 16, u32: 32, s32: 32 }[kind as "u8"];
  if (bits !== undefined) return Math.floor(random() * 2 ** bits) - (kind.startsWith("s") ? 2 ** (bits - 1) : 0);
  const wide = (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  if (kind === "u64" || kind === "s64")
    return BigInt[kind === "u64" ? "asUintN" : "asIntN"](64, wide >> BigInt(Math.floor(random() * 64)));
  if (kind === "f32") return Math.fround((random() - 0.5) * 10 ** Math.floor(random() * 20));
  if (kind === "f64") return (random() - 0.5) * 10 ** Math.floor(random() * 200);
  if (kind === "string" || kind === "error-context")
    return Array.from({ length: Math.floor(random() * 40) }, () => pick(LETTERS, random)).join("");
  return pick(edges, random);
}

const PRIMITIVES: readonly PrimitiveKind[] = [...PRIMITIVE_KINDS].filter((kind) => kind !== "error-context");
const KEY_KINDS: readonly PrimitiveKind[] = ["bool", "u8", "s16", "u32", "s64", "char", "string"];
/** Labels that are also names of Object.prototype come first: a decoder must not trip over them. */
const LABELS = [
  "constructor",
  "to-string",
  "value-of",
  "has-own-property",
  "a",
  "b-c",
  "HTTP-code",
  "ok",
  "none",
  "plain",
  "x1",
  "utf-8",
];

/** A random type without handles, at most `depth` levels deep. */
export function arbitraryType(random: Random, depth = 4): ValueType {
  if (depth <= 0 || random() < 0.25) return { kind: pick(PRIMITIVES, random) };
  const inner = (): ValueType => arbitraryType(random, depth - 1);
  const labels = LABELS.slice(Math.floor(random() * 6), 6 + Math.floor(random() * 7));
  switch (Math.floor(random() * 10)) {
    case 0:
    case 1:
      return { kind: "record", fields: labels.slice(0, 5).map((name) => ({ name, type: inner() })) };
    case 2:
      return { kind: "tuple", items: Array.from({ length: 1 + Math.floor(random() * 3) }, inner) };
    case 3:
      return { kind: "list", element: inner() };
    case 4:
      return { kind: "list", element: inner(), length: 1 + Math.floor(random() * 3) };
    case 5:
      return { kind: "map", key: { kind: pick(KEY_KINDS, random) }, value: inner() };
    case 6:
      return { kind: "option", item: inner() };
    case 7:
      return { kind: "result", ...(random() < 0.7 && { ok: inner() }), ...(random() < 0.7 && { err: inner() }) };
    case 8:
      return { kind: "variant", cases: labels.map((name) => (random() < 0.5 ? { name } : { name, type: inner() })) };
    default:
      return random() < 0.5 ? { kind: "enum", cases: labels } : { kind: "flags", flags: labels };
  }
}
