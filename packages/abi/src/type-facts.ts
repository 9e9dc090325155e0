// A type -> what codecs must know before they meet a value: depth, smallest encoding, heap cost, handles.
import { partsOf, TenonError } from "@tenon/contract/base";
import type { ValueType } from "@tenon/contract/core";
import { DEFAULT_LIMITS } from "./budget.ts";
import { flagBytes, isTaggedOption, numericArray } from "./mapping.ts";

export interface TypeFacts {
  /** Levels of types inside types; 0 for a primitive. */
  readonly depth: number;
  /** Fewest bytes one value takes on the wire; a list count is held against it before anything is allocated. */
  readonly minBytes: number;
  /** Heap bytes that every decoded value takes, without what depends on its content (a rough, high estimate). */
  readonly fixedCost: number;
  readonly hasHandles: boolean;
  readonly hasTexts: boolean;
  /** Whether a value may have more texts than its type has places for them. */
  readonly hasTextLists: boolean;
}

/** Types come from descriptors too: a chain deeper than this would end the stack before any limit was read. */
const HARD_DEPTH = 512;
const OBJECT_COST = 24;
const SLOT_COST = 8;

const known = new WeakMap<ValueType, TypeFacts>();

/** Memoised, so a type whose parts are shared costs what its distinct parts cost. Throws `contract-invalid` for a cycle. */
export function typeFacts(type: ValueType): TypeFacts {
  return factsAt(type, 0);
}

/**
 * Throws `resource-exhausted` where no value of the type could be decoded: it nests deeper than `maxDepth`, or its shared
 * parts multiply to more than a call's whole budget.
 */
export function checkType(type: ValueType, maxDepth: number = DEFAULT_LIMITS.maxDepth): void {
  const { depth, fixedCost: cost } = typeFacts(type);
  const isTooLarge = cost > DEFAULT_LIMITS.maxBytes;
  if (depth <= maxDepth && !isTooLarge) return;
  const what = isTooLarge
    ? `one value of a type would take more than ${DEFAULT_LIMITS.maxBytes} bytes`
    : `a type nests ${depth} levels deep and the limit is ${maxDepth}`;
  throw new TenonError("resource-exhausted", what, { hint: "make the type smaller", sideEffects: "none" });
}

function factsAt(type: ValueType, level: number): TypeFacts {
  const found = known.get(type);
  if (found !== undefined) return found;
  if (level > HARD_DEPTH) {
    throw new TenonError("contract-invalid", `a type nests more than ${HARD_DEPTH} levels deep or contains itself`, {
      sideEffects: "none",
    });
  }
  const children = partsOf(type).map((child) => factsAt(child, level + 1));
  const isRepeated = type.kind === "list" || type.kind === "map";
  const facts: TypeFacts = {
    depth: children.reduce((deepest, child) => Math.max(deepest, child.depth + 1), 0),
    minBytes: minBytes(type, children),
    fixedCost: fixedCost(type, children),
    hasHandles: isHandle(type) || children.some((child) => child.hasHandles),
    hasTexts: type.kind === "string" || children.some((child) => child.hasTexts),
    hasTextLists: children.some((child) => child.hasTextLists || (isRepeated && child.hasTexts)),
  };
  known.set(type, facts);
  return facts;
}

function isHandle(type: ValueType): boolean {
  return type.kind === "own" || type.kind === "borrow" || type.kind === "stream" || type.kind === "future";
}

function minBytes(type: ValueType, children: readonly TypeFacts[]): number {
  switch (type.kind) {
    case "record":
    case "tuple":
      return children.reduce((sum, child) => sum + child.minBytes, 0);
    case "list":
      return type.length === undefined ? 1 : type.length * (children[0]?.minBytes ?? 0);
    case "flags":
      return flagBytes(type.flags.length);
    case "f32":
      return 4;
    case "f64":
      return 8;
    case "own":
    case "borrow":
      return 5;
    default:
      return 1;
  }
}

function fixedCost(type: ValueType, children: readonly TypeFacts[]): number {
  switch (type.kind) {
    case "record":
    case "tuple":
      return children.reduce((sum, child) => sum + child.fixedCost + SLOT_COST, OBJECT_COST);
    case "flags":
      return OBJECT_COST + SLOT_COST * type.flags.length;
    case "list":
      return numericArray(type.element) === undefined ? 40 : 120;
    case "map":
      return 120;
    case "option":
      return isTaggedOption(type.item) ? 40 : 0;
    case "result":
    case "variant":
      return 40;
    case "u64":
    case "s64":
    case "string":
    case "char":
    case "error-context":
      return OBJECT_COST;
    case "own":
    case "borrow":
      return 64;
    default:
      return 0;
  }
}

/** Heap bytes of one map entry beyond its key and value. */
export const MAP_ENTRY_COST = 32;

/** Heap bytes of one list slot that holds a value of this type. */
export function slotCost(type: ValueType): number {
  return SLOT_COST + typeFacts(type).fixedCost;
}
