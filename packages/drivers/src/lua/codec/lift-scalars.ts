// The types without parts -> code that reads them from Lua's stack.
import type { EnumType, PrimitiveKind, PrimitiveType } from "@tenon/contract/core";
import { LUA_TYPE } from "../vm/api.ts";
import { LuaMisfit, expected } from "./misfit.ts";
import type { Lift } from "./lift.ts";

/** Floats count as integers where they are whole, as everywhere in Lua; strings never do. */
const RANGES = {
  u8: [0, 255],
  s8: [-128, 127],
  u16: [0, 65_535],
  s16: [-32_768, 32_767],
  u32: [0, 4_294_967_295],
  s32: [-2_147_483_648, 2_147_483_647],
} as const;

export function liftScalar(type: PrimitiveType | EnumType): Lift {
  return type.kind === "enum" ? liftEnum(type.cases) : PRIMITIVES[type.kind];
}

const PRIMITIVES: Readonly<Record<PrimitiveKind, Lift>> = {
  bool: (machine, L, index) => {
    const found = machine.api.to_boolean(L, index);
    return found > 1 ? expected("boolean", machine, L, index) : found === 1;
  },
  u8: integer("u8"),
  s8: integer("s8"),
  u16: integer("u16"),
  s16: integer("s16"),
  u32: integer("u32"),
  s32: integer("s32"),
  u64: wide("u64"),
  s64: wide("s64"),
  f32: (machine, L, index) => Math.fround(float(machine, L, index, index)),
  f64: float,
  char: (machine, L, index) => {
    const text = machine.readText(L, index);
    const isOne = typeof text === "string" && text !== "" && text.length === (text.codePointAt(0)! > 0xffff ? 2 : 1);
    return isOne ? text : expected("a string of one character in UTF-8", machine, L, index);
  },
  string,
  "error-context": string,
};

function integer(kind: keyof typeof RANGES): Lift {
  const [min, max] = RANGES[kind];
  return (machine, L, index) => {
    const value = machine.api.to_integer(L, index);
    if (value >= min && value <= max) return value;
    return expected(`${kind} (an integer from ${min} to ${max})`, machine, L, index);
  };
}

/** All 64 bits are values of both kinds: a negative integer is a u64 from 2^63 on. */
function wide(kind: "u64" | "s64"): Lift {
  return (machine, L, index) => {
    if (Number.isNaN(machine.api.to_integer(L, index))) expected(`${kind} (an integer)`, machine, L, index);
    const value = machine.api.lua_tointegerx(L, index, 0);
    return kind === "u64" ? BigInt.asUintN(64, value) : value;
  };
}

function float(...[machine, L, index]: Parameters<Lift>): number {
  const value = machine.api.to_number(L, index);
  if (value === value || machine.api.lua_type(L, index) === LUA_TYPE.number) return value;
  return expected("a number", machine, L, index);
}

function string(...[machine, L, index]: Parameters<Lift>): string {
  const text = machine.readText(L, index);
  if (text === null) throw new LuaMisfit("the string is not UTF-8 (declare list<u8> for bytes)");
  return text ?? expected("string", machine, L, index);
}

function liftEnum(cases: readonly string[]): Lift {
  const labels = new Set<unknown>(cases);
  const shown = listLabels(cases);
  return (machine, L, index) => {
    const label = machine.readText(L, index);
    return labels.has(label) ? label : expected(`one of ${shown}`, machine, L, index);
  };
}

export function liftBytes(length: number | undefined): Lift {
  return (machine, L, index) => {
    const bytes = machine.readBytes(L, index);
    if (bytes === undefined) return expected("a string of bytes", machine, L, index);
    if (length !== undefined && bytes.length !== length)
      throw new LuaMisfit(`expected ${length} bytes, got ${bytes.length}`);
    return bytes;
  };
}

const MAX_LABELS = 12;

export function listLabels(labels: readonly string[]): string {
  const shown = labels.slice(0, MAX_LABELS).map((label) => `"${label}"`);
  return labels.length > MAX_LABELS ? `${shown.join(", ")}, ...` : shown.join(", ");
}
