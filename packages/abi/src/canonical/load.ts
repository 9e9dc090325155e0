// A type -> a closure that lifts its values out of linear memory; the portable twin of generate-load.ts.
// component-model CanonicalABI.md, section "Loading".
import type { ValueType, VariantCase } from "@tenon/contract/core";
import { isTaggedOption, numericArray, recordKeys, setField } from "../mapping.ts";
import type { NumericKind } from "../mapping.ts";
import { MAP_ENTRY_COST, slotCost, typeFacts } from "../type-facts.ts";
import type { Context } from "./context.ts";
import type { StringEncoding } from "./env.ts";
import { badCase, charFrom } from "./forms.ts";
import { casesLayout, casesOf, flagsWidth, layoutOf, recordLayout } from "./layout.ts";
import type { CasesType } from "./layout.ts";
import { numbersLoader, readerOf } from "./numeric-lists.ts";
import { stringLoader } from "./strings.ts";

/** Reads the value at an address whose range was checked. */
export type Load = (context: Context, at: number) => unknown;
/** Reads a list from its pointer and count. */
export type LoadList = (context: Context, pointer: number, count: number) => unknown;

type Memo = WeakMap<ValueType, Load>;
const loads: Readonly<Record<StringEncoding, Memo>> = {
  utf8: new WeakMap(),
  utf16: new WeakMap(),
  "latin1+utf16": new WeakMap(),
};

export function loadOf(type: ValueType, encoding: StringEncoding): Load {
  const found = loads[encoding].get(type);
  if (found !== undefined) return found;
  const made = makeLoad(type, encoding);
  loads[encoding].set(type, made);
  return made;
}

function makeLoad(type: ValueType, encoding: StringEncoding): Load {
  switch (type.kind) {
    case "record":
      return loadRecord(type.fields, encoding);
    case "tuple":
      return loadTuple(type.items, encoding);
    case "string": {
      const load = stringLoader(encoding);
      return (context, at) => load(context, context.view.getUint32(at, true), context.view.getUint32(at + 4, true));
    }
    case "list":
      if (type.length !== undefined) return loadFixedList(type.element, type.length, encoding);
      return throughPointer(loadListOf(type.element, encoding));
    case "map":
      return throughPointer(loadMapOf(type.key, type.value, encoding));
    case "option":
    case "result":
    case "variant":
    case "enum":
      return loadCases(type, encoding);
    case "flags": {
      const read = readerOf(discriminantKind(flagsWidth(type.flags.length)));
      const unpack = flagsUnpacker(type.flags);
      return (context, at) => unpack(read(context.view, at) as number);
    }
    case "own":
    case "borrow":
      return (context, at) => context.liftHandle(context.view.getUint32(at, true), type);
    case "stream":
    case "future":
      return (context, at) => context.liftStream(context.view.getUint32(at, true), type);
    case "error-context":
      return (context, at) => context.liftErrorContext(context.view.getUint32(at, true));
    case "bool":
      return (context, at) => context.view.getUint8(at) !== 0;
    case "char":
      return (context, at) => charFrom(context.view.getUint32(at, true));
    default: {
      const read = readerOf(type.kind);
      return (context, at) => read(context.view, at);
    }
  }
}

function throughPointer(load: LoadList): Load {
  return (context, at) => load(context, context.view.getUint32(at, true), context.view.getUint32(at + 4, true));
}

export function discriminantKind(width: 1 | 2 | 4): NumericKind {
  return width === 1 ? "u8" : width === 2 ? "u16" : "u32";
}

function loadRecord(
  fields: readonly { readonly name: string; readonly type: ValueType }[],
  encoding: StringEncoding,
): Load {
  const keys = recordKeys(fields);
  const types = fields.map((field) => field.type);
  const { offsets } = recordLayout(types);
  const parts = types.map((type) => loadOf(type, encoding));
  return (context, at) => {
    const record: Record<string, unknown> = {};
    for (let index = 0; index < parts.length; index++)
      setField(record, keys[index] as string, (parts[index] as Load)(context, at + (offsets[index] as number)));
    return record;
  };
}

function loadTuple(items: readonly ValueType[], encoding: StringEncoding): Load {
  const { offsets } = recordLayout(items);
  const parts = items.map((type) => loadOf(type, encoding));
  return (context, at) => parts.map((part, index) => part(context, at + (offsets[index] as number)));
}

/** What one element is charged: its slot and the parts that it always has. */
function loadFixedList(element: ValueType, length: number, encoding: StringEncoding): Load {
  if (numericArray(element) !== undefined) {
    const load = numbersLoader(element.kind as NumericKind);
    const { size } = layoutOf(element);
    return (context, at) => {
      context.budget.chargeList(length, size);
      return load(context, at, length);
    };
  }
  const load = loadElements(element, encoding);
  const cost = slotCost(element);
  return (context, at) => {
    context.budget.chargeList(length, cost);
    return load(context, at, length);
  };
}

export function loadListOf(element: ValueType, encoding: StringEncoding): LoadList {
  const { size, align } = layoutOf(element);
  const isNumeric = numericArray(element) !== undefined;
  const load = isNumeric ? numbersLoader(element.kind as NumericKind) : loadElements(element, encoding);
  const cost = isNumeric ? size : slotCost(element);
  return (context, pointer, count) => {
    context.list(pointer, count, align, size, cost);
    return load(context, pointer, count);
  };
}

function loadElements(element: ValueType, encoding: StringEncoding): LoadList {
  const { size } = layoutOf(element);
  const load = loadOf(element, encoding);
  return (context, pointer, count) => {
    const list: unknown[] = [];
    for (let index = 0; index < count; index++) list.push(load(context, pointer + index * size));
    return list;
  };
}

/** "Despecialization": a map is a list of pairs. Of equal keys the last one counts. */
export function loadMapOf(key: ValueType, item: ValueType, encoding: StringEncoding): LoadList {
  const { size, align, offsets } = recordLayout([key, item]);
  const [loadKey, loadItem] = [loadOf(key, encoding), loadOf(item, encoding)];
  const itemOffset = offsets[1] as number;
  const cost = slotCost(key) + slotCost(item) + MAP_ENTRY_COST;
  return (context, pointer, count) => {
    context.list(pointer, count, align, size, cost);
    const map = new Map<unknown, unknown>();
    for (let index = 0, at = pointer; index < count; index++, at += size)
      map.set(loadKey(context, at), loadItem(context, at + itemOffset));
    return map;
  };
}

function loadCases(type: CasesType, encoding: StringEncoding): Load {
  const cases = casesOf(type);
  const { discriminant, payload } = casesLayout(cases);
  const read = readerOf(discriminantKind(discriminant));
  const make = caseMaker(type);
  const parts = cases.map((item) => payloadLoad(item, encoding));
  return (context, at) => {
    const index = read(context.view, at) as number;
    if (index >= parts.length) badCase(index, parts.length);
    return make(index, parts[index]?.(context, at + payload));
  };
}

function payloadLoad(item: VariantCase, encoding: StringEncoding): Load | undefined {
  if (item.type === undefined) return undefined;
  const load = loadOf(item.type, encoding);
  const { fixedCost } = typeFacts(item.type);
  return (context, at) => {
    context.budget.charge(fixedCost);
    return load(context, at);
  };
}

/** The JavaScript value of a case and its payload. */
export function caseMaker(type: CasesType): (index: number, val: unknown) => unknown {
  if (type.kind === "enum") return (index) => type.cases[index];
  if (type.kind === "option" && !isTaggedOption(type.item)) return (index, val) => (index === 0 ? undefined : val);
  const cases = casesOf(type);
  return (index, val) => {
    const { name: tag, type: payload } = cases[index] as VariantCase;
    return payload === undefined ? { tag } : { tag, val };
  };
}

/** "unpack_flags_from_int": bits without a label are ignored. */
export function flagsUnpacker(labels: readonly string[]): (bits: number) => Record<string, boolean> {
  const keys = recordKeys(labels.map((name) => ({ name })));
  return (bits) => {
    const flags: Record<string, boolean> = {};
    for (let index = 0; index < keys.length; index++)
      setField(flags, keys[index] as string, ((bits >>> index) & 1) === 1);
    return flags;
  };
}
