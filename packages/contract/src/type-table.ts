// Structurally equal value types -> one shared object each, with the bounds that keep every later walk over them finite.
import { TenonError } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import type { PrimitiveKind, PrimitiveType, ValueType } from "./model.ts";

/** How deep types may nest. The component model's reference validator stops at the same depth. */
export const MAX_TYPE_DEPTH = 100;

/**
 * How many types a type may consist of when every shared part is written out. A walk that does not share work (printing,
 * generating code) stays finite, whatever the sender of a descriptor doubles.
 */
export const MAX_TYPE_SIZE = 1_000_000;

/** The value types without parts. */
export const PRIMITIVE_KINDS: ReadonlySet<PrimitiveKind> = new Set<PrimitiveKind>([
  "bool",
  "u8",
  "s8",
  "u16",
  "s16",
  "u32",
  "s32",
  "u64",
  "s64",
  "f32",
  "f64",
  "char",
  "string",
  "error-context",
]);

/** Whether `text` names a value type without parts. */
export function isPrimitiveKind(text: unknown): text is PrimitiveKind {
  return PRIMITIVE_KINDS.has(text as PrimitiveKind);
}

/** Whether `type` has no parts. */
export function isPrimitiveType(type: ValueType): type is PrimitiveType {
  return isPrimitiveKind(type.kind);
}

/** The direct parts of a type, in order. */
export function partsOf(type: ValueType): readonly ValueType[] {
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => field.type);
    case "tuple":
      return type.items;
    case "list":
      return [type.element];
    case "map":
      return [type.key, type.value];
    case "option":
      return [type.item];
    case "result":
      return [type.ok, type.err].filter((part) => part !== undefined);
    case "variant":
      return type.cases.map((one) => one.type).filter((part) => part !== undefined);
    case "stream":
    case "future":
      return type.element === undefined ? [] : [type.element];
    default:
      return [];
  }
}

interface Entry {
  readonly number: number;
  readonly depth: number;
  readonly size: number;
}

/** Makes equal types one object; remembers the order in which types came, parts before wholes. */
export interface TypeTable {
  /**
   * The shared object for `type`. All its parts must come from this table.
   * Throws `code` for a type beyond `MAX_TYPE_DEPTH` or `MAX_TYPE_SIZE`.
   */
  intern(type: ValueType): ValueType;
  /** The number of an interned type, counted from 0. */
  numberOf(type: ValueType): number;
  /** All types in the order in which they came. */
  readonly types: readonly ValueType[];
}

/** An empty table; `code` is the error code for types that nest too deep or grow too large. */
export function createTypeTable(code: ErrorCode): TypeTable {
  const types: ValueType[] = [];
  const byShape = new Map<string, ValueType>();
  const entries = new Map<ValueType, Entry>();
  const entryOf = (type: ValueType): Entry => {
    const entry = entries.get(type);
    if (entry === undefined) throw new TenonError("internal", `a ${type.kind} type was used before it was interned`);
    return entry;
  };
  const intern = (type: ValueType): ValueType => {
    const shape = shapeOf(type, (part) => entryOf(part).number);
    const known = byShape.get(shape);
    if (known !== undefined) return known;
    entries.set(type, measure(type, types.length, partsOf(type).map(entryOf), code));
    byShape.set(shape, type);
    types.push(type);
    return type;
  };
  return { intern, numberOf: (type) => entryOf(type).number, types };
}

function measure(type: ValueType, number: number, parts: readonly Entry[], code: ErrorCode): Entry {
  let depth = 0;
  let size = 1;
  for (const part of parts) {
    depth = Math.max(depth, part.depth + 1);
    size += part.size;
  }
  if (depth > MAX_TYPE_DEPTH) {
    throw new TenonError(code, `a ${type.kind} type nests more than ${MAX_TYPE_DEPTH} types deep`, {
      sideEffects: "none",
    });
  }
  if (size > MAX_TYPE_SIZE) {
    throw new TenonError(code, `a ${type.kind} type has more than ${MAX_TYPE_SIZE} parts`, { sideEffects: "none" });
  }
  return { number, depth, size };
}

/** A text that two types share exactly if they are equal, given numbers for their parts. */
function shapeOf(type: ValueType, number: (part: ValueType) => number): string {
  const optional = (part: ValueType | undefined): number | null => (part === undefined ? null : number(part));
  switch (type.kind) {
    case "record":
      return JSON.stringify([type.kind, type.fields.map((field) => [field.name, number(field.type)])]);
    case "variant":
      return JSON.stringify([type.kind, type.cases.map((one) => [one.name, optional(one.type)])]);
    case "result":
      return JSON.stringify([type.kind, optional(type.ok), optional(type.err)]);
    case "stream":
    case "future":
      return JSON.stringify([type.kind, optional(type.element)]);
    case "enum":
      return JSON.stringify([type.kind, type.cases]);
    case "flags":
      return JSON.stringify([type.kind, type.flags]);
    case "own":
    case "borrow":
      return JSON.stringify([type.kind, type.resource, type.owner]);
    case "list":
      return JSON.stringify([type.kind, number(type.element), type.length ?? null]);
    default:
      return JSON.stringify([type.kind, partsOf(type).map(number)]);
  }
}
