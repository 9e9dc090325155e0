// A type that is sent and a type that is wanted -> whether every value of the one is a value of the other as it stands, so that
// nothing has to be read, checked or copied.
import type { SameType } from "@tenon/contract/evolution";
import type { PrimitiveKind, ValueType } from "@tenon/contract/core";
import { isTaggedOption, numericArray } from "../mapping.ts";

export interface FitContext {
  readonly same: SameType;
  /** Whether a value of the sent type converts however equal the types are: a hook stands on it, or a handle that converts. */
  readonly isTouched: (from: ValueType) => boolean;
  /** Whether a record may carry fields that the wanted type does not have. */
  readonly allowsExtras: boolean;
}

export type Fits = (from: ValueType, to: ValueType) => boolean;

/** With a memory, so that shared parts are compared once. Types of values are no cycles. */
export function createFits(context: FitContext): Fits {
  const known = new Map<ValueType, Map<ValueType, boolean>>();
  const fits: Fits = (from, to) => {
    const before = known.get(from)?.get(to);
    if (before !== undefined) return before;
    const answer = !context.isTouched(from) && (context.same(from, to) || fitsParts(from, to, context, fits));
    const row = known.get(from) ?? new Map<ValueType, boolean>();
    known.set(from, row.set(to, answer));
    return answer;
  };
  return fits;
}

function fitsParts(from: ValueType, to: ValueType, { allowsExtras }: FitContext, fits: Fits): boolean {
  if (from.kind === "record" && to.kind === "record") {
    const sent = new Map(from.fields.map(({ name, type }) => [name, type]));
    const isWhole = allowsExtras || from.fields.length === to.fields.length;
    return isWhole && to.fields.every(({ name, type }) => fitsOptional(sent.get(name), type, fits));
  }
  if (from.kind === "enum" && to.kind === "enum") return from.cases.every((label) => to.cases.includes(label));
  if (from.kind === "variant" && to.kind === "variant") {
    const wanted = new Map(to.cases.map(({ name, type }) => [name, type]));
    return from.cases.every(({ name, type }) => wanted.has(name) && fitsOptional(type, wanted.get(name), fits));
  }
  if (from.kind === "result" && to.kind === "result")
    return fitsOptional(from.ok, to.ok, fits) && fitsOptional(from.err, to.err, fits);
  if (from.kind === "list" && to.kind === "list")
    return (
      (to.length === undefined || to.length === from.length) &&
      numericArray(from.element) === numericArray(to.element) &&
      fits(from.element, to.element)
    );
  if (from.kind === "tuple" && to.kind === "tuple")
    return (
      from.items.length === to.items.length && to.items.every((item, at) => fitsOptional(from.items[at], item, fits))
    );
  if (from.kind === "map" && to.kind === "map") return fits(from.key, to.key) && fits(from.value, to.value);
  if (to.kind === "option")
    return from.kind === "option"
      ? isTaggedOption(from.item) === isTaggedOption(to.item) && fits(from.item, to.item)
      : !isTaggedOption(to.item) && fits(from, to.item);
  return WIDER.get(from.kind as PrimitiveKind)?.includes(to.kind as PrimitiveKind) === true;
}

/** Of two that may not be there: both are, or neither is. */
function fitsOptional(from: ValueType | undefined, to: ValueType | undefined, fits: Fits): boolean {
  return from === undefined || to === undefined ? from === to : fits(from, to);
}

/** What is the same in JavaScript and never out of range or rounded; 64-bit numbers are bigints, and no wider kind is one. */
const WIDER: ReadonlyMap<PrimitiveKind, readonly PrimitiveKind[]> = new Map<PrimitiveKind, readonly PrimitiveKind[]>([
  ["u8", ["u16", "u32", "s16", "s32", "f32", "f64"]],
  ["u16", ["u32", "s32", "f32", "f64"]],
  ["u32", ["f64"]],
  ["s8", ["s16", "s32", "f32", "f64"]],
  ["s16", ["s32", "f32", "f64"]],
  ["s32", ["f64"]],
  ["f32", ["f64"]],
  ["char", ["string"]],
]);
