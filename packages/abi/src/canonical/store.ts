// A type -> a closure that lowers its values into linear memory; the portable twin of generate-store.ts.
// component-model CanonicalABI.md, section "Storing". The values were checked (check.ts) before they come here.
import type { ListType, MapType, ValueType } from "@tenon/contract/core";
import { isTaggedOption, numericArray, readerOf, recordKeys } from "../mapping.ts";
import type { NumericKind } from "../mapping.ts";
import type { Context } from "./context.ts";
import type { StringEncoding } from "./env.ts";
import { codeOf } from "./forms.ts";
import { casesLayout, casesOf, flagsWidth, layoutOf, recordLayout } from "./layout.ts";
import type { CasesType } from "./layout.ts";
import { discriminantKind } from "./load.ts";
import { numbersStorer, writerOf } from "./numeric-lists.ts";
import { stringStorer } from "./strings.ts";

/** Writes a value at an address whose range was checked. */
export type Store = (context: Context, value: unknown, at: number) => void;
/** Allocates and fills a list or string; gives the pointer and leaves the count in `context.units`. */
export type StoreList = (context: Context, value: unknown) => number;

type Memo = WeakMap<ValueType, Store>;
const stores: Readonly<Record<StringEncoding, Memo>> = {
  utf8: new WeakMap(),
  utf16: new WeakMap(),
  "latin1+utf16": new WeakMap(),
};

export function storeOf(type: ValueType, encoding: StringEncoding): Store {
  const found = stores[encoding].get(type);
  if (found !== undefined) return found;
  const made = makeStore(type, encoding);
  stores[encoding].set(type, made);
  return made;
}

function makeStore(type: ValueType, encoding: StringEncoding): Store {
  switch (type.kind) {
    case "record": {
      const types = type.fields.map((field) => field.type);
      return storeParts(types, recordKeys(type.fields).map(readerOf), encoding);
    }
    case "tuple":
      return storeParts(
        type.items,
        type.items.map((_, index) => (value) => (value as unknown as readonly unknown[])[index]),
        encoding,
      );
    case "string":
      return storePointer(stringStorer(encoding) as StoreList);
    case "map":
      return storePointer(storeListOf(type, encoding));
    case "list":
      if (type.length === undefined) return storePointer(storeListOf(type, encoding));
      return storeFixedList(type.element, type.length, encoding);
    case "option":
    case "result":
    case "variant":
    case "enum":
      return storeCases(type, encoding);
    case "flags": {
      const pack = flagsPacker(type.flags);
      const write = writerOf(discriminantKind(flagsWidth(type.flags.length)));
      return (context, value, at) => write(context.view, at, pack(value));
    }
    case "own":
    case "borrow":
      return storeHandle((context, value) => context.lowerHandle(value, type));
    case "stream":
    case "future":
      return storeHandle((context, value) => context.lowerStream(value, type));
    case "error-context":
      return storeHandle((context, value) => context.lowerErrorContext(value as string));
    case "bool":
      return (context, value, at) => context.view.setUint8(at, value === true ? 1 : 0);
    case "char":
      return (context, value, at) => context.view.setUint32(at, codeOf(value as string), true);
    default: {
      const write = writerOf(type.kind);
      return (context, value, at) => write(context.view, at, value);
    }
  }
}

function storeHandle(lower: (context: Context, value: unknown) => number): Store {
  return (context, value, at) => {
    const handle = lower(context, value);
    context.view.setUint32(at, handle, true);
  };
}

function storePointer(store: StoreList): Store {
  return (context, value, at) => {
    const pointer = store(context, value);
    context.view.setUint32(at, pointer, true);
    context.view.setUint32(at + 4, context.units, true);
  };
}

/** Maps and lists of any length. */
export function storeListOf(type: ListType | MapType, encoding: StringEncoding): StoreList {
  if (type.kind === "map") return storeMap(type.key, type.value, encoding);
  const { size, align } = layoutOf(type.element);
  const fill = fillOf(type.element, encoding);
  return (context, value) => {
    const count = (value as readonly unknown[]).length;
    const pointer = context.allocList(count, align, size);
    fill(context, value, pointer, count);
    context.units = count;
    return pointer;
  };
}

type Fill = (context: Context, value: unknown, at: number, count: number) => void;

function fillOf(element: ValueType, encoding: StringEncoding): Fill {
  if (numericArray(element) !== undefined) return numbersStorer(element.kind as NumericKind) as Fill;
  const { size } = layoutOf(element);
  const store = storeOf(element, encoding);
  return (context, value, at, count) => {
    const list = value as readonly unknown[];
    for (let index = 0; index < count; index++) store(context, list[index], at + index * size);
  };
}

function storeFixedList(element: ValueType, length: number, encoding: StringEncoding): Store {
  const fill = fillOf(element, encoding);
  return (context, value, at) => fill(context, value, at, length);
}

function storeMap(key: ValueType, item: ValueType, encoding: StringEncoding): StoreList {
  const { size, align, offsets } = recordLayout([key, item]);
  const [storeKey, storeItem] = [storeOf(key, encoding), storeOf(item, encoding)];
  const itemOffset = offsets[1] as number;
  return (context, value) => {
    const entries = [...(value as Map<unknown, unknown>)];
    const pointer = context.allocList(entries.length, align, size);
    let at = pointer;
    for (const [k, v] of entries) {
      storeKey(context, k, at);
      storeItem(context, v, at + itemOffset);
      at += size;
    }
    context.units = entries.length;
    return pointer;
  };
}

type Read = (value: Record<string, unknown>) => unknown;

function storeParts(types: readonly ValueType[], reads: readonly Read[], encoding: StringEncoding): Store {
  const { offsets } = recordLayout(types);
  const parts = types.map((type) => storeOf(type, encoding));
  return (context, value, at) => {
    for (let index = 0; index < parts.length; index++) {
      const part = (reads[index] as Read)(value as Record<string, unknown>);
      (parts[index] as Store)(context, part, at + (offsets[index] as number));
    }
  };
}

function storeCases(type: CasesType, encoding: StringEncoding): Store {
  const cases = casesOf(type);
  const { discriminant, payload } = casesLayout(cases);
  const write = writerOf(discriminantKind(discriminant));
  const pick = casePicker(type);
  const parts = cases.map((item) => item.type && storeOf(item.type, encoding));
  return (context, value, at) => {
    const index = pick(value);
    write(context.view, at, index);
    parts[index]?.(context, caseValue(type, value), at + payload);
  };
}

/** The index of a checked value's case. */
export function casePicker(type: CasesType): (value: unknown) => number {
  if (type.kind === "option" && !isTaggedOption(type.item)) return (value) => (value === undefined ? 0 : 1);
  const indexes = new Map<unknown, number>(casesOf(type).map(({ name }, index) => [name, index]));
  // Only a getter that answers differently each time can miss here; any case is as good as another then.
  if (type.kind === "enum") return (value) => indexes.get(value) ?? 0;
  return (value) => indexes.get((value as { readonly tag: unknown }).tag) ?? 0;
}

/** What stands beside the tag, or the value itself where there is none. */
export function caseValue(type: CasesType, value: unknown): unknown {
  if (type.kind === "option" && !isTaggedOption(type.item)) return value;
  return (value as { readonly val?: unknown }).val;
}

/** "pack_flags_into_int" */
export function flagsPacker(labels: readonly string[]): (value: unknown) => number {
  const reads = recordKeys(labels.map((name) => ({ name }))).map(readerOf);
  return (value) => {
    let bits = 0;
    for (let index = 0; index < reads.length; index++) {
      if ((reads[index] as Read)(value as Record<string, unknown>) === true) bits |= 1 << index;
    }
    return bits >>> 0;
  };
}
