// A function of the contract -> the signature of the core function that stands for it.
// component-model CanonicalABI.md, section "Flattening".
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import { casesOf } from "./layout.ts";
import type { PointerWidth } from "./layout.ts";

export type CoreType = "i32" | "i64" | "f32" | "f64";

/** More parameters than this go through memory, as one pointer. */
export const MAX_FLAT_PARAMS = 16;
/** More results than this go through memory; one is all that C's calling convention can return. */
export const MAX_FLAT_RESULTS = 1;

/** The core signature of a function, and which of its halves go through memory. */
export interface CoreSignature {
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
  readonly hasParamsInMemory: boolean;
  readonly hasResultInMemory: boolean;
}

/**
 * "flatten_functype" of a synchronous function. `lift` is the signature of an export that the host calls (a result in
 * memory comes back as a pointer), `lower` that of an import (the guest passes the pointer as the last parameter).
 */
export function coreSignature(
  fn: ContractFunction,
  direction: "lift" | "lower",
  pointer: PointerWidth = 4,
): CoreSignature {
  const address: CoreType = pointer === 4 ? "i32" : "i64";
  const flatParams = flattenAll(
    fn.params.map((param) => param.type),
    pointer,
  );
  const flatResults = fn.result === undefined ? [] : flattenType(fn.result, pointer);
  const hasParamsInMemory = flatParams.length > MAX_FLAT_PARAMS;
  const hasResultInMemory = flatResults.length > MAX_FLAT_RESULTS;
  const params = hasParamsInMemory ? [address] : flatParams;
  if (!hasResultInMemory) return { params, results: flatResults, hasParamsInMemory, hasResultInMemory };
  return direction === "lift"
    ? { params, results: [address], hasParamsInMemory, hasResultInMemory }
    : { params: [...params, address], results: [], hasParamsInMemory, hasResultInMemory };
}

/** Enough to see that a row does not fit: types of foreign components may flatten to millions. */
const CUT = MAX_FLAT_PARAMS + 1;

const known = { 4: new WeakMap<ValueType, readonly CoreType[]>(), 8: new WeakMap<ValueType, readonly CoreType[]>() };

/** The core values of values that stand one after another; cut after 17, which is too many for any use. */
export function flattenAll(types: readonly ValueType[], pointer: PointerWidth = 4): readonly CoreType[] {
  const flat: CoreType[] = [];
  for (const type of types) {
    if (flat.length >= CUT) break;
    flat.push(...flattenType(type, pointer));
  }
  return flat.slice(0, CUT);
}

/** The core values of one value, cut after 17. */
export function flattenType(type: ValueType, pointer: PointerWidth = 4): readonly CoreType[] {
  const found = known[pointer].get(type);
  if (found !== undefined) return found;
  const made = flatten(type, pointer);
  known[pointer].set(type, made);
  return made;
}

function flatten(type: ValueType, pointer: PointerWidth): readonly CoreType[] {
  switch (type.kind) {
    case "record":
      return flattenAll(
        type.fields.map((field) => field.type),
        pointer,
      );
    case "tuple":
      return flattenAll(type.items, pointer);
    case "list":
      if (type.length !== undefined) return repeat(flattenType(type.element, pointer), type.length);
      return pointer === 4 ? ["i32", "i32"] : ["i64", "i64"];
    case "string":
    case "map":
      return pointer === 4 ? ["i32", "i32"] : ["i64", "i64"];
    case "option":
    case "result":
    case "variant":
    case "enum":
      return flattenCases(
        casesOf(type).map((item) => item.type),
        pointer,
      );
    case "u64":
    case "s64":
      return ["i64"];
    case "f32":
    case "f64":
      return [type.kind];
    default:
      return ["i32"];
  }
}

function repeat(flat: readonly CoreType[], times: number): readonly CoreType[] {
  return Array.from({ length: Math.min(times, CUT) }, () => flat)
    .flat()
    .slice(0, CUT);
}

function flattenCases(payloads: readonly (ValueType | undefined)[], pointer: PointerWidth): readonly CoreType[] {
  const joined: CoreType[] = [];
  for (const payload of payloads) {
    if (payload === undefined) continue;
    for (const [index, core] of flattenType(payload, pointer).entries()) {
      const before = joined[index];
      joined[index] = before === undefined ? core : join(before, core);
    }
  }
  return (["i32"] as CoreType[]).concat(joined).slice(0, CUT);
}

/** The tightest core type that can carry both. */
function join(a: CoreType, b: CoreType): CoreType {
  if (a === b) return a;
  return (a === "i32" && b === "f32") || (a === "f32" && b === "i32") ? "i32" : "i64";
}
