// A type -> the source that moves its values between JavaScript and core values; the fast twin of flat-lower.ts, flat-lift.ts.
// component-model CanonicalABI.md, sections "Flat Lowering" and "Flat Lifting". Slots are the variables x0, x1, ...
import type { ValueType } from "@tenon/contract/core";
import { text } from "../generate.ts";
import { isTaggedOption, numericArray, recordKeys } from "../mapping.ts";
import { slotCost } from "../type-facts.ts";
import { flattenType } from "./flatten.ts";
import type { CoreType } from "./flatten.ts";
import { bitsOfF32, bitsOfF64, charFrom, codeOf, coreOf, f32OfBits, f64OfBits } from "./forms.ts";
import { casesSwitch, flagsLiteral, handleLift, labelExpression, pointedExpression } from "./generate-load.ts";
import { flagsExpression, handleExpression, indexExpression, pointerExpression } from "./generate-store.ts";
import { fieldOf, literalKey } from "./generate-unit.ts";
import type { Unit } from "./generate-unit.ts";
import { casesOf } from "./layout.ts";
import type { CasesType } from "./layout.ts";

/** Statements that put the value of the variable `v` into the slots from `at` on. `slots` are the types of all slots. */
export function lowerFlat(unit: Unit, type: ValueType, v: string, slots: readonly CoreType[], at: number): string {
  unit.node();
  const assign = (index: number, have: CoreType, value: string): string =>
    `x${index}=${widened(unit, have, slots[index] as CoreType, value)};`;
  switch (type.kind) {
    case "record": {
      const reads = recordKeys(type.fields).map(fieldOf);
      return lowerParts(
        unit,
        type.fields.map((field) => field.type),
        reads,
        v,
        slots,
        at,
      );
    }
    case "tuple":
      return lowerParts(
        unit,
        type.items,
        type.items.map((_, index) => `v[${index}]`),
        v,
        slots,
        at,
      );
    case "list":
      if (type.length !== undefined) {
        const types = Array.from({ length: type.length }, () => type.element);
        return lowerParts(
          unit,
          types,
          types.map((_, index) => `v[${index}]`),
          v,
          slots,
          at,
        );
      }
      return assign(at, "i32", pointerExpression(unit, type, v)) + assign(at + 1, "i32", "c.units");
    case "string":
    case "map":
      return assign(at, "i32", pointerExpression(unit, type, v)) + assign(at + 1, "i32", "c.units");
    case "option":
    case "result":
    case "variant":
      return lowerCases(unit, type, v, slots, at);
    default:
      return assign(at, coreOf(type.kind), lowerOne(unit, type, v));
  }
}

function lowerOne(unit: Unit, type: ValueType, v: string): string {
  switch (type.kind) {
    case "enum":
      return indexExpression(unit, type.cases, v);
    case "flags":
      return `${unit.functionFor("pack", type, () => `(v){return ${flagsExpression(type.flags)};}`)}(${v})`;
    case "bool":
      return `${v}===true?1:0`;
    case "char":
      return `${unit.constant(codeOf)}(${v})`;
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      return handleExpression(unit, type, v);
    default:
      return v;
  }
}

function lowerParts(
  unit: Unit,
  types: readonly ValueType[],
  reads: readonly string[],
  v: string,
  slots: readonly CoreType[],
  at: number,
): string {
  let next = at;
  const parts = types.map((type, index) => {
    const part = `{const e=${reads[index]};${lowerFlat(unit, type, "e", slots, next)}}`;
    next += flattenType(type).length;
    return part;
  });
  return `{const u=${v};{const v=u;${parts.join("")}}}`;
}

function lowerCases(unit: Unit, type: CasesType, v: string, slots: readonly CoreType[], at: number): string {
  const index = (value: number): string => `x${at}=${widened(unit, "i32", slots[at] as CoreType, String(value))};`;
  if (type.kind === "option" && !isTaggedOption(type.item))
    return `if(${v}!==undefined){${index(1)}${lowerFlat(unit, type.item, v, slots, at + 1)}}`;
  const arms = casesOf(type).map((item, number) => {
    const payload = item.type === undefined ? "" : `const e=u.val;${lowerFlat(unit, item.type, "e", slots, at + 1)}`;
    return `case ${text(item.name)}:{${index(number)}${payload}break;}`;
  });
  return `{const u=${v};switch(u.tag){${arms.join("")}}}`;
}

/** From the core type of a value to the type of the slot that carries it (core-values.ts has the same as closures). */
function widened(unit: Unit, have: CoreType, want: CoreType, value: string): string {
  if (have === want) return value;
  if (want === "i32") return `${unit.constant(bitsOfF32)}(${value})`;
  if (have === "i32") return `BigInt((${value})>>>0)`;
  if (have === "f32") return `BigInt(${unit.constant(bitsOfF32)}(${value})>>>0)`;
  return `${unit.constant(bitsOfF64)}(${value})`;
}

function narrowed(unit: Unit, have: CoreType, want: CoreType, slot: string): string {
  if (have === want) return slot;
  if (have === "i32") return `${unit.constant(f32OfBits)}(${slot})`;
  if (want === "i32") return `Number(BigInt.asIntN(32,${slot}))`;
  if (want === "f32") return `${unit.constant(f32OfBits)}(Number(BigInt.asIntN(32,${slot})))`;
  return `${unit.constant(f64OfBits)}(${slot})`;
}

/** An expression that lifts a value from the slots from `at` on. */
export function liftFlat(unit: Unit, type: ValueType, slots: readonly CoreType[], at: number): string {
  unit.node();
  const slot = (index: number, want: CoreType): string => narrowed(unit, slots[index] as CoreType, want, `x${index}`);
  const pointed = (): string => pointedExpression(unit, type, `${slot(at, "i32")}>>>0`, `${slot(at + 1, "i32")}>>>0`);
  switch (type.kind) {
    case "record": {
      const keys = recordKeys(type.fields);
      const parts = liftParts(
        unit,
        type.fields.map((field) => field.type),
        slots,
        at,
      );
      return `{${parts.map((part, index) => `${literalKey(keys[index] as string)}:${part}`).join(",")}}`;
    }
    case "tuple":
      return `[${liftParts(unit, type.items, slots, at).join(",")}]`;
    case "list":
      return type.length === undefined ? pointed() : liftFixed(unit, type.element, type.length, slots, at);
    case "string":
    case "map":
      return pointed();
    case "option":
    case "result":
    case "variant":
      return liftCases(unit, type, slots, at);
    default:
      return liftOne(unit, type, slot(at, coreOf(type.kind)));
  }
}

function liftParts(unit: Unit, types: readonly ValueType[], slots: readonly CoreType[], at: number): string[] {
  let next = at;
  return types.map((type) => {
    const part = liftFlat(unit, type, slots, next);
    next += flattenType(type).length;
    return part;
  });
}

function liftFixed(unit: Unit, element: ValueType, length: number, slots: readonly CoreType[], at: number): string {
  const array = numericArray(element);
  const types = Array.from({ length }, () => element);
  const list = `[${liftParts(unit, types, slots, at).join(",")}]`;
  const cost = array === undefined ? slotCost(element) : array.width;
  return `(c.budget.chargeList(${length},${cost}),${array === undefined ? list : `${array.name}.from(${list})`})`;
}

/** Cases become functions, so that an expression can hold them; one for each type and each row of slots it is seen in. */
function liftCases(unit: Unit, type: CasesType, slots: readonly CoreType[], at: number): string {
  const used = slots.slice(at, at + flattenType(type).length);
  const names = used.map((_, index) => `x${index}`);
  const name = unit.functionFor(`lift ${used.join()}`, type, () => {
    const read = `const d=${narrowed(unit, used[0] as CoreType, "i32", "x0")}>>>0;`;
    return `(c,${names.join(",")}){${read}${casesSwitch(unit, type, (payload) => liftFlat(unit, payload, used, 1))}}`;
  });
  return `${name}(c,${used.map((_, index) => `x${at + index}`).join(",")})`;
}

/** High bits that the type does not use are ignored ("lift_flat_unsigned", "lift_flat_signed"). */
function liftOne(unit: Unit, type: ValueType, core: string): string {
  switch (type.kind) {
    case "enum":
      return labelExpression(unit, type.cases, `${core}>>>0`);
    case "flags":
      return `${unit.functionFor("unpack", type, () => `(b){return ${flagsLiteral(type.flags)};}`)}(${core})`;
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      return handleLift(unit, type, core);
    case "bool":
      return `${core}!==0`;
    case "u8":
      return `(${core}&255)`;
    case "s8":
      return `(${core}<<24>>24)`;
    case "u16":
      return `(${core}&65535)`;
    case "s16":
      return `(${core}<<16>>16)`;
    case "u32":
      return `(${core}>>>0)`;
    case "s32":
      return `(${core}|0)`;
    case "u64":
      return `BigInt.asUintN(64,${core})`;
    case "char":
      return `${unit.constant(charFrom)}(${core})`;
    default:
      return core;
  }
}
