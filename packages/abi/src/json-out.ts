// A value -> its JSON form: WIT labels as keys, bytes as base64, large integers as decimal text.
import type { Field, Json, ValueType, VariantCase } from "@tenon/contract/core";
import { toBase64 } from "./base64.ts";
import { refuseStream } from "./handles.ts";
import { JsonPlace } from "./json-place.ts";
import type { JsonOptions } from "./json-place.ts";
import { isTaggedOption, numericArray, readerOf, recordKeys, setField } from "./mapping.ts";
import { checkType, slotCost } from "./type-facts.ts";
import { createValidator } from "./validate.ts";
import type { Validator } from "./validate.ts";

type ToJson = (value: unknown, place: JsonPlace) => Json;

const converters = new WeakMap<ValueType, ToJson>();
const validators = new WeakMap<ValueType, Validator>();

/**
 * The JSON form of a value, checked first (`value-invalid` names the path). Records have their WIT labels as keys;
 * variants are `{ "tag", "val" }`, results `{ "ok": v }` or `{ "err": e }`, options null or the value (inside an option:
 * `{ "some": v }`), flags the list of set labels, maps a list of pairs, `list<u8>` base64. 64-bit integers are numbers
 * while those are exact, else decimal strings; NaN and infinities are strings. A float's -0 stays -0 here, though
 * JSON.stringify writes it as 0.
 */
export function toJson(type: ValueType, value: unknown, path = "value", options: JsonOptions = {}): Json {
  validatorOf(type)(value, path);
  const place = new JsonPlace(options);
  try {
    return converterOf(type)(value, place);
  } catch (thrown) {
    throw place.locate(thrown, path);
  }
}

function validatorOf(type: ValueType): Validator {
  let validator = validators.get(type);
  if (validator === undefined) validators.set(type, (validator = createValidator(type)));
  return validator;
}

function converterOf(type: ValueType): ToJson {
  const found = converters.get(type);
  if (found !== undefined) return found;
  checkType(type);
  const made = makeConverter(type);
  converters.set(type, made);
  return made;
}

function makeConverter(type: ValueType): ToJson {
  switch (type.kind) {
    case "record":
      return recordToJson(type.fields);
    case "tuple":
      return tupleToJson(type.items);
    case "list":
      return listToJson(type.element);
    case "map":
      return mapToJson(type.key, type.value);
    case "option":
      return optionToJson(type.item);
    case "result":
      return resultToJson(type.ok, type.err);
    case "variant":
      return variantToJson(type.cases);
    case "flags":
      return flagsToJson(type.flags);
    case "own":
    case "borrow":
      return (value, place) => place.handles.lower(value, type);
    case "stream":
    case "future":
      return () => refuseStream(type.kind);
    case "u64":
    case "s64":
      return (value) => bigintToJson(value as bigint);
    case "f32":
    case "f64":
      return (value) => (Number.isFinite(value) ? (value as number) : String(value));
    default:
      return (value) => value as Json;
  }
}

function bigintToJson(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function recordToJson(fields: readonly Field[]): ToJson {
  const keys = recordKeys(fields);
  const parts = fields.map((field, index) => ({
    label: field.name,
    read: readerOf(keys[index] as string),
    convert: converterOf(field.type),
  }));
  return (value, place) => {
    const json: Record<string, Json> = {};
    for (const part of parts)
      setField(json, part.label, part.convert(part.read(value as Record<string, unknown>), place));
    return json;
  };
}

function tupleToJson(items: readonly ValueType[]): ToJson {
  const parts = items.map(converterOf);
  return (value, place) => {
    const json: Json[] = [];
    for (let index = 0; index < parts.length; index++)
      json.push((parts[index] as ToJson)((value as readonly unknown[])[index], place));
    return json;
  };
}

function listToJson(element: ValueType): ToJson {
  const part = converterOf(element);
  if (element.kind === "u8")
    return (value) => toBase64(value instanceof Uint8Array ? value : Uint8Array.from(value as number[]));
  const cost = numericArray(element)?.width ?? slotCost(element);
  return (value, place) => {
    const list = value as ArrayLike<unknown>;
    place.budget.chargeList(list.length, cost);
    const json: Json[] = [];
    for (let index = 0; index < list.length; index++) json.push(part(list[index], place));
    return json;
  };
}

function mapToJson(key: ValueType, item: ValueType): ToJson {
  const keyPart = converterOf(key);
  const itemPart = converterOf(item);
  const cost = slotCost(key) + slotCost(item);
  return (value, place) => {
    const map = value as ReadonlyMap<unknown, unknown>;
    place.budget.chargeList(map.size, cost);
    return Array.from(map, ([k, v]) => [keyPart(k, place), itemPart(v, place)]);
  };
}

function optionToJson(item: ValueType): ToJson {
  const part = converterOf(item);
  if (!isTaggedOption(item)) return (value, place) => (value === undefined ? null : part(value, place));
  return (value, place) => {
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    return tag === "none" ? null : { some: part(val, place) };
  };
}

function resultToJson(ok: ValueType | undefined, err: ValueType | undefined): ToJson {
  const okPart = ok && converterOf(ok);
  const errPart = err && converterOf(err);
  return (value, place) => {
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    return tag === "ok" ? { ok: okPart?.(val, place) ?? null } : { err: errPart?.(val, place) ?? null };
  };
}

function variantToJson(cases: readonly VariantCase[]): ToJson {
  const parts = new Map(cases.map(({ name, type }) => [name, type && converterOf(type)]));
  return (value, place) => {
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    const part = parts.get(tag);
    return part === undefined ? { tag } : { tag, val: part(val, place) };
  };
}

function flagsToJson(labels: readonly string[]): ToJson {
  const keys = recordKeys(labels.map((name) => ({ name }))).map(readerOf);
  return (value) => labels.filter((_, index) => keys[index]?.(value as Record<string, unknown>) === true);
}
