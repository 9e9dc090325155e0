// A type -> a closure that copies its values for a structured clone; the twin of generate-copy.ts without generated code.
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import { numbersCopy } from "./copier.ts";
import type { Copier } from "./copier.ts";
import { NO_HANDLES, refuseStream } from "./handles.ts";
import { isTaggedOption, numericArray, readerOf, recordKeys, setField } from "./mapping.ts";
import type { NumericKind } from "./mapping.ts";
import { MAP_ENTRY_COST, slotCost, typeFacts } from "./type-facts.ts";

/** The value's own fixed cost has been charged by whoever calls; what its content adds is charged inside. */
export type Copy = (value: unknown, copier: Copier) => unknown;

/** Copies values that stand one after another. */
export type CopyRow = (values: readonly unknown[], copier: Copier) => unknown[];

export function rowCopier(types: readonly ValueType[]): CopyRow {
  const parts = types.map(copyOf);
  return (values, copier) => parts.map((part, index) => part(values[index], copier));
}

const copies = new WeakMap<ValueType, Copy>();

function copyOf(type: ValueType): Copy {
  const found = copies.get(type);
  if (found !== undefined) return found;
  const made = makeCopy(type);
  copies.set(type, made);
  return made;
}

function makeCopy(type: ValueType): Copy {
  switch (type.kind) {
    case "record":
      return copyRecord(type.fields);
    case "tuple":
      return copyTuple(type.items);
    case "list":
      return copyList(type.element, type.length ?? -1);
    case "map":
      return copyMap(type.key, type.value);
    case "option":
      return copyOption(type.item);
    case "result":
      return copyCases([
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "err", ...(type.err && { type: type.err }) },
      ]);
    case "variant":
      return copyCases(type.cases);
    case "enum": {
      const labels = new Set<unknown>(type.cases);
      return (value, copier) => (labels.has(value) ? value : copier.mismatch());
    }
    case "flags":
      return copyFlags(type.flags);
    case "own":
    case "borrow":
      return (value) => NO_HANDLES.lower(value, type);
    case "stream":
    case "future":
      return () => refuseStream(type.kind);
    case "error-context":
      return (value, copier) => copier.string(value);
    default: {
      const { kind } = type;
      return (value, copier) => copier[kind](value);
    }
  }
}

function copyRecord(fields: readonly Field[]): Copy {
  const parts = recordKeys(fields).map((key, index) => ({
    key,
    read: readerOf(key),
    copy: copyOf((fields[index] as Field).type),
  }));
  return (value, copier) => {
    const from = copier.object(value);
    const copy: Record<string, unknown> = {};
    for (const part of parts) setField(copy, part.key, part.copy(part.read(from), copier));
    return copy;
  };
}

function copyTuple(items: readonly ValueType[]): Copy {
  const parts = items.map(copyOf);
  return (value, copier) => {
    const from = copier.array(value, parts.length, 0);
    return parts.map((part, index) => part(from[index], copier));
  };
}

function copyList(element: ValueType, length: number): Copy {
  if (numericArray(element) !== undefined) {
    const copy = numbersCopy(element.kind as NumericKind);
    return (value, copier) => copy(value, copier, length);
  }
  const part = copyOf(element);
  const cost = slotCost(element);
  return (value, copier) => {
    const from = copier.array(value, length, cost);
    const copy: unknown[] = [];
    for (let index = 0; index < from.length; index++) copy.push(part(from[index], copier));
    return copy;
  };
}

function copyMap(key: ValueType, item: ValueType): Copy {
  const copyKey = copyOf(key);
  const copyItem = copyOf(item);
  const cost = slotCost(key) + slotCost(item) + MAP_ENTRY_COST;
  return (value, copier) => {
    const copy = new Map<unknown, unknown>();
    for (const [k, v] of copier.map(value, cost)) copy.set(copyKey(k, copier), copyItem(v, copier));
    return copy;
  };
}

function copyOption(item: ValueType): Copy {
  if (isTaggedOption(item)) return copyCases([{ name: "none" }, { name: "some", type: item }]);
  const part = copyOf(item);
  const { fixedCost } = typeFacts(item);
  return (value, copier) => {
    if (value === undefined) return undefined;
    copier.charge(fixedCost);
    return part(value, copier);
  };
}

function copyCases(cases: readonly VariantCase[]): Copy {
  const arms = new Map<unknown, { readonly tag: string; readonly copy: Copy | undefined; readonly cost: number }>(
    cases.map(({ name, type }) => [
      name,
      { tag: name, copy: type && copyOf(type), cost: type === undefined ? 0 : typeFacts(type).fixedCost },
    ]),
  );
  return (value, copier) => {
    const { tag, val } = copier.object(value);
    const arm = arms.get(tag) ?? copier.mismatch();
    if (arm.copy === undefined) return val === undefined ? { tag: arm.tag } : copier.mismatch();
    copier.charge(arm.cost);
    return { tag: arm.tag, val: arm.copy(val, copier) };
  };
}

function copyFlags(labels: readonly string[]): Copy {
  const parts = recordKeys(labels.map((name) => ({ name }))).map((key) => ({ key, read: readerOf(key) }));
  return (value, copier) => {
    const from = copier.object(value);
    const copy: Record<string, unknown> = {};
    for (const { key, read } of parts) setField(copy, key, copier.flag(read(from)));
    return copy;
  };
}
