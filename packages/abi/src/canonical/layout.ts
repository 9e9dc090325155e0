// A type -> its size, alignment and field offsets in linear memory.
// component-model CanonicalABI.md, sections "Despecialization", "Alignment" and "Element Size".
import { TenonError } from "@tenon/contract/core";
import type { EnumType, OptionType, ResultType, ValueType, VariantCase, VariantType } from "@tenon/contract/core";
import { refuseLayout } from "./traps.ts";

/** Bytes of a pointer: 4 for wasm memories, 8 for 64-bit ones and native code. */
export type PointerWidth = 4 | 8;

export interface Layout {
  /** Bytes of one element of a list, padding at the end included. */
  readonly size: number;
  /** A power of two, at most 8. */
  readonly align: number;
}

/** Types that are a case index and a payload in memory. */
export type CasesType = VariantType | OptionType | ResultType | EnumType;

export interface RecordLayout extends Layout {
  readonly offsets: readonly number[];
}

export interface CasesLayout extends Layout {
  /** Bytes of the case index, which stands at offset 0. */
  readonly discriminant: 1 | 2 | 4;
  /** Where every case's payload begins. */
  readonly payload: number;
}

/** The most bytes that one value may take, by "Element Size"; also the limit of one list or string when it is loaded. */
export const MAX_BYTE_LENGTH: number = 2 ** 28 - 1;

/** Wasmtime and the specification ("Element Size") know no more than 32 flags in one type. */
const MAX_FLAGS = 32;
/** "Empty types, such as records with no fields, are not permitted." */
const ADD_A_FIELD = "add a field";

const SIZES: ReadonlyMap<string, number> = new Map([
  ...(["bool", "u8", "s8"] as const).map((kind): [string, number] => [kind, 1]),
  ...(["u16", "s16"] as const).map((kind): [string, number] => [kind, 2]),
  ...(["u32", "s32", "f32", "char", "error-context", "own", "borrow", "stream", "future"] as const).map(
    (kind): [string, number] => [kind, 4],
  ),
  ...(["u64", "s64", "f64"] as const).map((kind): [string, number] => [kind, 8]),
]);

const known = { 4: new WeakMap<ValueType, Layout>(), 8: new WeakMap<ValueType, Layout>() };

/**
 * Size and alignment of a type.
 * @throws `boundary-unsupported` for empty types and flags of more than 32 labels; `resource-exhausted` for a value of
 * more than 2^28 - 1 bytes.
 */
export function layoutOf(type: ValueType, pointer: PointerWidth = 4): Layout {
  const found = known[pointer].get(type);
  if (found !== undefined) return found;
  const made = makeLayout(type, pointer);
  if (made.size > MAX_BYTE_LENGTH) {
    throw new TenonError("resource-exhausted", `one value of a type takes ${made.size} bytes in memory`, {
      hint: `make the type smaller than ${MAX_BYTE_LENGTH} bytes`,
      sideEffects: "none",
    });
  }
  known[pointer].set(type, made);
  return made;
}

function makeLayout(type: ValueType, pointer: PointerWidth): Layout {
  switch (type.kind) {
    case "record":
      if (type.fields.length === 0) refuseLayout("records without fields", ADD_A_FIELD);
      return recordLayout(
        type.fields.map((field) => field.type),
        pointer,
      );
    case "tuple":
      if (type.items.length === 0) refuseLayout("empty tuples", ADD_A_FIELD);
      return recordLayout(type.items, pointer);
    case "list": {
      if (type.length === undefined) return pair(pointer);
      if (type.length < 1) refuseLayout("lists of fixed length 0", "leave the field out");
      const element = layoutOf(type.element, pointer);
      return { size: element.size * type.length, align: element.align };
    }
    case "string":
    case "map":
      return pair(pointer);
    case "option":
    case "result":
    case "variant":
    case "enum":
      return casesLayout(casesOf(type), pointer);
    case "flags":
      return scalar(flagsWidth(type.flags.length));
    default:
      return scalar(SIZES.get(type.kind) as number);
  }
}

function scalar(size: number): Layout {
  return { size, align: size };
}

/** Pointer and length, as strings and lists of any length are. */
function pair(pointer: PointerWidth): Layout {
  return { size: 2 * pointer, align: pointer };
}

/** Fields one after another, each at its alignment. */
export function recordLayout(types: readonly ValueType[], pointer: PointerWidth = 4): RecordLayout {
  const offsets: number[] = [];
  let size = 0;
  let align = 1;
  for (const type of types) {
    const field = layoutOf(type, pointer);
    size = alignTo(size, field.align);
    offsets.push(size);
    size += field.size;
    align = Math.max(align, field.align);
  }
  return { size: alignTo(size, align), align, offsets };
}

/** The case index, then the payload of whichever case it is. */
export function casesLayout(cases: readonly VariantCase[], pointer: PointerWidth = 4): CasesLayout {
  if (cases.length === 0) refuseLayout("variants and enums without cases", "add a case");
  const discriminant = discriminantWidth(cases.length);
  const payloads = cases.flatMap((item) => (item.type === undefined ? [] : [layoutOf(item.type, pointer)]));
  const payloadAlign = payloads.reduce((most, { align }) => Math.max(most, align), 1);
  const payload = alignTo(discriminant, payloadAlign);
  const align = Math.max(discriminant, payloadAlign);
  const size = payloads.reduce((most, part) => Math.max(most, part.size), 0);
  return { size: alignTo(payload + size, align), align, discriminant, payload };
}

/** "Despecialization": options, results and enums are variants in memory. */
export function casesOf(type: CasesType): readonly VariantCase[] {
  switch (type.kind) {
    case "variant":
      return type.cases;
    case "option":
      return [{ name: "none" }, { name: "some", type: type.item }];
    case "result":
      return [
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "err", ...(type.err && { type: type.err }) },
      ];
    case "enum":
      return type.cases.map((name) => ({ name }));
  }
}

/** The smallest of 1, 2 and 4 bytes that can number `cases` cases. */
export function discriminantWidth(cases: number): 1 | 2 | 4 {
  return cases <= 0x100 ? 1 : cases <= 0x1_0000 ? 2 : 4;
}

/** The smallest of 1, 2 and 4 bytes with a bit for each flag. */
export function flagsWidth(count: number): 1 | 2 | 4 {
  if (count < 1 || count > MAX_FLAGS) refuseLayout(`flags of ${count} labels`, `use 1 to ${MAX_FLAGS} labels`);
  return count <= 8 ? 1 : count <= 16 ? 2 : 4;
}

function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
