// A function of a plugin model -> statements that carry its values between core values and linear memory, in any C-like language.
// component-model CanonicalABI.md, sections "Flattening" and "Lifting and Lowering": what arrives as core values is put into
// memory first, laid out as the type lies there, and read from there; the other way round for what leaves.
import { camelCase, pascalCase, TenonError, type Contract, type ValueType } from "@tenon/contract";
import {
  casesLayout,
  casesOf,
  coreSignature,
  flattenType,
  layoutOf,
  recordLayout,
  type CoreSignature,
  type CoreType,
} from "@tenon/abi/canonical";
import type { FunctionModel, InterfaceModel, PluginModel, TypeModel } from "./model.ts";

/** How a core value lies in memory. */
export type Width = "u8" | "s8" | "u16" | "s16" | "i32" | "i64" | "f32" | "f64";

/** What the statements look like in one language; all of them are one line or a block. */
export interface Syntax {
  /** Reads memory as a core value. */
  load(base: string, offset: number, width: Width): string;
  store(base: string, offset: number, width: Width, value: string): string;
  /** The same bits, or fewer or more of them, as another core type. */
  convert(from: CoreType, to: CoreType, value: string): string;
  when(value: string, equals: number, body: readonly string[]): string;
  assign(name: string, value: string): string;
}

/** A core value in a variable. */
export interface Slot {
  readonly name: string;
  readonly type: CoreType;
}

export interface CanonicalFunction {
  /** `tenon:bench/work@0.1.0#add`; of an import the name alone. */
  readonly name: string;
  /** Of an import: the module it comes from. */
  readonly module: string;
  readonly owner: InterfaceModel;
  readonly func: FunctionModel;
  readonly signature: CoreSignature;
  /** The parameters in a row, as they lie in memory. */
  readonly frame: { readonly size: number; readonly align: number; readonly offsets: readonly number[] };
}

/** The functions of one side with their core signatures. Throws boundary-unsupported for types that have no layout. */
export function canonicalFunctions(model: PluginModel, side: "exports" | "imports"): readonly CanonicalFunction[] {
  return model[side].flatMap((owner) =>
    owner.functions.map((func) => canonicalFunction(model.contract, owner, func, side)),
  );
}

function canonicalFunction(
  contract: Contract,
  owner: InterfaceModel,
  func: FunctionModel,
  side: "exports" | "imports",
): CanonicalFunction {
  const found = contract[side].find(({ key }) => key === owner.key);
  const id = found?.id ?? "";
  const def = found?.functions.find((own) => own.name === func.label);
  if (def === undefined) throw new TenonError("internal", `the function ${func.path} is not in its contract`);
  const isExport = side === "exports";
  return {
    name: isExport && id !== "" ? `${id}#${func.label}` : func.label,
    // Functions of the world itself are imported from `$root`.
    module: id === "" ? "$root" : id,
    owner,
    func,
    signature: coreSignature(def, isExport ? "lift" : "lower"),
    frame: recordLayout(def.params.map(({ type }) => type)),
  };
}

/** `greeterGreet`, `GreeterGreet`: one name for a function of one side. */
export function functionName({ owner, func }: CanonicalFunction, style: "camel" | "pascal", prefix = ""): string {
  const label = `${prefix}${owner.key === "" ? "world" : owner.label}-${func.label}`;
  return style === "camel" ? camelCase(label) : pascalCase(label);
}

const known = new WeakMap<TypeModel, ValueType>();

/** The contract's own form of a type, which layouts are computed from. */
export function valueType(type: TypeModel): ValueType {
  const found = known.get(type);
  if (found !== undefined) return found;
  const made = makeValueType(type);
  known.set(type, made);
  return made;
}

function makeValueType(type: TypeModel): ValueType {
  switch (type.kind) {
    case "primitive":
      return { kind: type.name };
    case "list":
      return {
        kind: "list",
        element: valueType(type.element),
        ...(type.length !== undefined && { length: type.length }),
      };
    case "map":
      // Only keys of strings and integers get through the WIT front end.
      return { kind: "map", key: valueType(type.key), value: valueType(type.value) };
    case "option":
      return { kind: "option", item: valueType(type.item) };
    case "tuple":
      return { kind: "tuple", items: type.items.map(valueType) };
    case "result":
      return {
        kind: "result",
        ...(type.ok !== undefined && { ok: valueType(type.ok) }),
        ...(type.err !== undefined && { err: valueType(type.err) }),
      };
    case "named":
      break;
  }
  const named = type.type;
  switch (named.kind) {
    case "record":
      return {
        kind: "record",
        fields: named.fields.map((field) => ({ name: field.name, type: valueType(field.type) })),
      };
    case "variant":
      return {
        kind: "variant",
        cases: named.cases.map((one) => ({
          name: one.name,
          ...(one.type !== undefined && { type: valueType(one.type) }),
        })),
      };
    case "enum":
      return { kind: "enum", cases: named.labels.map(({ name }) => name) };
    case "flags":
      return { kind: "flags", flags: named.labels.map(({ name }) => name) };
  }
}

/** Names for core values: `p0`, `p1`, ... */
export function slots(types: readonly CoreType[], prefix: string): readonly Slot[] {
  return types.map((type, index) => ({ name: `${prefix}${index}`, type }));
}

/** Statements that put a value, given as core values, into memory. */
export function spill(syntax: Syntax, type: ValueType, from: readonly Slot[], base: string, offset: number): string[] {
  return walk(type, from, offset, {
    scalar: (width, slot, own, at) => [syntax.store(base, at, width, syntax.convert(slot.type, own, slot.name))],
    cases: (width, slot, at, arms) => [
      syntax.store(base, at, width, slot.name),
      ...arms.map(([index, body]) => syntax.when(slot.name, index, body)),
    ],
  });
}

/** Statements that read a value in memory into variables for its core values, which are 0 before. */
export function unspill(syntax: Syntax, type: ValueType, to: readonly Slot[], base: string, offset: number): string[] {
  return walk(type, to, offset, {
    scalar: (width, slot, own, at) => [
      syntax.assign(slot.name, syntax.convert(own, slot.type, syntax.load(base, at, width))),
    ],
    cases: (width, slot, at, arms) => [
      syntax.assign(slot.name, syntax.load(base, at, width)),
      ...arms.map(([index, body]) => syntax.when(slot.name, index, body)),
    ],
  });
}

/** `spill` or `unspill` for each parameter, with its own core values and its place in the frame at `base`. */
export function eachParameter(
  { func, frame }: CanonicalFunction,
  all: readonly Slot[],
  base: string,
  syntax: Syntax,
  step: typeof spill,
): string[] {
  let at = 0;
  return func.params.flatMap(({ type }, index) => {
    const value = valueType(type);
    const own = all.slice(at, (at += flattenType(value).length));
    return step(syntax, value, own, base, frame.offsets[index] ?? 0);
  });
}

interface Visitor {
  /** `own` is the core type that the part has by itself; the slot may be shared with other cases and wider. */
  scalar(width: Width, slot: Slot, own: CoreType, at: number): string[];
  cases(width: Width, slot: Slot, at: number, arms: readonly (readonly [index: number, body: string[]])[]): string[];
}

function walk(type: ValueType, from: readonly Slot[], offset: number, visitor: Visitor): string[] {
  const row = (types: readonly ValueType[]): string[] => {
    const { offsets } = recordLayout(types);
    let at = 0;
    return types.flatMap((part, index) => {
      const own = from.slice(at, (at += flattenType(part).length));
      return walk(part, own, offset + (offsets[index] ?? 0), visitor);
    });
  };
  switch (type.kind) {
    case "record":
      return row(type.fields.map((field) => field.type));
    case "tuple":
      return row(type.items);
    case "list":
      if (type.length !== undefined) return row(Array.from({ length: type.length }, () => type.element));
      break;
    case "option":
    case "result":
    case "variant":
    case "enum": {
      const { discriminant, payload } = casesLayout(casesOf(type));
      const arms = casesOf(type).flatMap((one, index): [number, string[]][] =>
        one.type === undefined ? [] : [[index, walk(one.type, from.slice(1), offset + payload, visitor)]],
      );
      return visitor.cases(WIDTHS[discriminant], slotAt(from, 0), offset, arms);
    }
    default:
  }
  if (type.kind === "string" || type.kind === "list" || type.kind === "map") {
    return [0, 1].flatMap((index) => visitor.scalar("i32", slotAt(from, index), "i32", offset + 4 * index));
  }
  const width = widthOf(type);
  const own: CoreType = width === "i64" || width === "f32" || width === "f64" ? width : "i32";
  return visitor.scalar(width, slotAt(from, 0), own, offset);
}

const WIDTHS = { 1: "u8", 2: "u16", 4: "i32" } as const;

/** Of a type that is one core value. */
export function widthOf(type: ValueType): Width {
  switch (type.kind) {
    case "u64":
    case "s64":
      return "i64";
    case "f32":
    case "f64":
    case "s8":
    case "s16":
      return type.kind;
    default:
      return WIDTHS[layoutOf(type).size as 1 | 2 | 4];
  }
}

function slotAt(from: readonly Slot[], index: number): Slot {
  return from[index] as Slot;
}
