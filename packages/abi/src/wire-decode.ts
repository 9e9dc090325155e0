// A type -> a closure that reads its values from the wire form and knows the path of whatever it refuses.
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import type { HandleCodec } from "./handles.ts";
import { refuseStream } from "./handles.ts";
import { flagBytes, isTaggedOption, numericArray, recordKeys, setField } from "./mapping.ts";
import type { NumericKind } from "./mapping.ts";
import type { Reader } from "./reader.ts";
import { MAP_ENTRY_COST, slotCost, typeFacts } from "./type-facts.ts";
import { claimCount, numericListReader } from "./wire-lists.ts";

/** The value's own fixed cost has been charged by whoever calls; what its content adds is charged inside. */
export type Decode = (reader: Reader, handles: HandleCodec) => unknown;

/** Reads values that stand one after another. */
export type DecodeRow = (reader: Reader, handles: HandleCodec) => unknown[];

/** The closure form of a row; `names` are what errors call the values. */
export function rowDecoder(types: readonly ValueType[], names: readonly string[]): DecodeRow {
  const parts = types.map(decoderOf);
  return (reader, handles) => {
    const values: unknown[] = [];
    try {
      for (const part of parts) values.push(part(reader, handles));
    } catch (thrown) {
      reader.via(names[values.length] as string);
      throw thrown;
    }
    return values;
  };
}

const decoders = new WeakMap<ValueType, Decode>();

export function decoderOf(type: ValueType): Decode {
  const found = decoders.get(type);
  if (found !== undefined) return found;
  const made = makeDecoder(type);
  decoders.set(type, made);
  return made;
}

function makeDecoder(type: ValueType): Decode {
  switch (type.kind) {
    case "record":
      return decodeRecord(type.fields);
    case "tuple":
      return decodeTuple(type.items);
    case "list":
      return numericArray(type.element) === undefined
        ? decodeList(type.element, type.length ?? -1)
        : decodeNumbers(type.element, type.length ?? -1);
    case "map":
      return decodeMap(type.key, type.value);
    case "option":
      return decodeOption(type.item);
    case "result":
      return decodeVariant([
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "err", ...(type.err && { type: type.err }) },
      ]);
    case "variant":
      return decodeVariant(type.cases);
    case "enum":
      return (reader) => type.cases[reader.index(type.cases.length)];
    case "flags":
      return decodeFlags(type.flags);
    case "own":
    case "borrow":
      return (reader, handles) => handles.lift(reader.handle(), type);
    case "stream":
    case "future":
      return () => refuseStream(type.kind);
    case "error-context":
      return (reader) => reader.string();
    default: {
      const { kind } = type;
      return (reader) => reader[kind]();
    }
  }
}

function decodeRecord(fields: readonly Field[]): Decode {
  const keys = recordKeys(fields);
  const parts = fields.map((field) => decoderOf(field.type));
  return (reader, handles) => {
    const value: Record<string, unknown> = {};
    let index = 0;
    try {
      for (; index < parts.length; index++)
        setField(value, keys[index] as string, (parts[index] as Decode)(reader, handles));
    } catch (thrown) {
      reader.via(`.${keys[index]}`);
      throw thrown;
    }
    return value;
  };
}

function decodeTuple(items: readonly ValueType[]): Decode {
  const parts = items.map(decoderOf);
  return (reader, handles) => {
    const value: unknown[] = [];
    try {
      for (const part of parts) value.push(part(reader, handles));
    } catch (thrown) {
      reader.via(`[${value.length}]`);
      throw thrown;
    }
    return value;
  };
}

function decodeList(element: ValueType, length: number): Decode {
  const part = decoderOf(element);
  const { minBytes } = typeFacts(element);
  const cost = slotCost(element);
  return (reader, handles) => {
    const count = claimCount(reader, length, minBytes, cost);
    const value: unknown[] = [];
    try {
      while (value.length < count) value.push(part(reader, handles));
    } catch (thrown) {
      reader.via(`[${value.length}]`);
      throw thrown;
    }
    return value;
  };
}

function decodeNumbers(element: ValueType, length: number): Decode {
  const read = numericListReader(element.kind as NumericKind);
  return (reader) => read(reader, length);
}

function decodeMap(key: ValueType, item: ValueType): Decode {
  const readKey = decoderOf(key);
  const readItem = decoderOf(item);
  const minBytes = typeFacts(key).minBytes + typeFacts(item).minBytes;
  const cost = slotCost(key) + slotCost(item) + MAP_ENTRY_COST;
  return (reader, handles) => {
    const count = reader.count(minBytes, cost);
    const value = new Map<unknown, unknown>();
    let index = 0;
    try {
      // A key that comes twice keeps its last value, as a list of pairs made into a Map does.
      for (; index < count; index++) value.set(readKey(reader, handles), readItem(reader, handles));
    } catch (thrown) {
      reader.via(`[${index}]`);
      throw thrown;
    }
    return value;
  };
}

function decodeOption(item: ValueType): Decode {
  const part = decoderOf(item);
  const cost = typeFacts(item).fixedCost;
  if (isTaggedOption(item)) return decodeVariant([{ name: "none" }, { name: "some", type: item }]);
  return (reader, handles) => {
    if (!reader.bool()) return undefined;
    reader.budget.charge(cost);
    return part(reader, handles);
  };
}

function decodeVariant(cases: readonly VariantCase[]): Decode {
  const parts = cases.map(({ name, type }) => ({
    name,
    part: type && decoderOf(type),
    cost: type ? typeFacts(type).fixedCost : 0,
  }));
  return (reader, handles) => {
    const { name, part, cost } = parts[reader.index(parts.length)] as (typeof parts)[0];
    if (part === undefined) return { tag: name };
    reader.budget.charge(cost);
    try {
      return { tag: name, val: part(reader, handles) };
    } catch (thrown) {
      reader.via(".val");
      throw thrown;
    }
  };
}

function decodeFlags(labels: readonly string[]): Decode {
  const keys = recordKeys(labels.map((name) => ({ name })));
  const size = flagBytes(labels.length);
  return (reader) => {
    const value: Record<string, unknown> = {};
    for (let byte = 0; byte < size; byte++) {
      const bits = reader.byte();
      const used = Math.min(8, keys.length - byte * 8);
      reader.noExtraFlags(bits, used);
      for (let bit = 0; bit < used; bit++) setField(value, keys[byte * 8 + bit] as string, (bits & (1 << bit)) !== 0);
    }
    return value;
  };
}
