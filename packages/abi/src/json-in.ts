// JSON of a peer or a person -> a value: lenient in spelling, strict in meaning.
import type { Field, ValueType } from "@tenon/contract/core";
import { fromBase64 } from "./base64.ts";
import { refuseStream } from "./handles.ts";
import { flagsFromJson, resultFromJson, variantFromJson } from "./json-in-labels.ts";
import { primitiveFromJson } from "./json-in-primitives.ts";
import { each, JsonPlace, fieldFinder, under } from "./json-place.ts";
import type { FromJson, JsonOptions } from "./json-place.ts";
import { isFieldObject, isTaggedOption, numericArray, recordKeys, setField } from "./mapping.ts";
import type { NumericArrayType } from "./mapping.ts";
import { checkType, slotCost } from "./type-facts.ts";

const converters = new WeakMap<ValueType, FromJson>();

/**
 * The value of a JSON form (see `toJson`). Also accepted: record fields and flags in camelCase or snake_case (two
 * spellings of one field at once are an error, unknown fields are ignored), a bare string for a case without a value,
 * `{ "tag", "val" }` for results, an object for flags and for maps with string keys, a list of numbers for `list<u8>`,
 * 64-bit integers as number or decimal string, a missing field for an option.
 * @throws `value-invalid` (or `options.code`) with the path of the first bad part, in WIT labels.
 */
export function fromJson(type: ValueType, json: unknown, path = "value", options: JsonOptions = {}): unknown {
  const place = new JsonPlace(options);
  try {
    return converterOf(type)(json, place);
  } catch (thrown) {
    throw place.locate(thrown, path);
  }
}

function converterOf(type: ValueType): FromJson {
  const found = converters.get(type);
  if (found !== undefined) return found;
  checkType(type);
  const made = makeConverter(type);
  converters.set(type, made);
  return made;
}

function makeConverter(type: ValueType): FromJson {
  switch (type.kind) {
    case "record":
      return recordFromJson(type.fields);
    case "tuple":
      return tupleFromJson(type.items);
    case "list":
      return listFromJson(type.element, type.length);
    case "map":
      return mapFromJson(type.key, type.value);
    case "option":
      return optionFromJson(type.item);
    case "result":
      return resultFromJson([
        { name: "ok", convert: type.ok && converterOf(type.ok) },
        { name: "err", convert: type.err && converterOf(type.err) },
      ]);
    case "variant":
      return variantFromJson(
        type.cases.map(({ name, type: payload }) => ({ name, convert: payload && converterOf(payload) })),
      );
    case "flags":
      return flagsFromJson(type.flags);
    case "own":
    case "borrow":
      return (json, place) => {
        if (typeof json !== "number" || json >>> 0 !== json) return place.expected("a handle (a number)", json);
        return place.handles.lift(json, type);
      };
    case "stream":
    case "future":
      return () => refuseStream(type.kind);
    default:
      return primitiveFromJson(type);
  }
}

function recordFromJson(fields: readonly Field[]): FromJson {
  const keys = recordKeys(fields);
  const parts = fields.map(({ name, type }, index) => ({
    name,
    key: keys[index] as string,
    find: fieldFinder(name),
    convert: converterOf(type),
  }));
  return (json, place) => {
    if (!isFieldObject(json)) return place.expected("an object", json);
    const value: Record<string, unknown> = {};
    for (const part of parts) {
      try {
        setField(value, part.key, part.convert(part.find(json, place), place));
      } catch (thrown) {
        place.via(`.${part.name}`);
        throw thrown;
      }
    }
    return value;
  };
}

function tupleFromJson(items: readonly ValueType[]): FromJson {
  const parts = items.map(converterOf);
  return (json, place) => {
    if (!Array.isArray(json) || json.length !== parts.length)
      return place.expected(`an array of ${parts.length}`, json);
    const value: unknown[] = [];
    each(json, place, (item, index) => value.push((parts[index] as FromJson)(item, place)));
    return value;
  };
}

function listFromJson(element: ValueType, length: number | undefined): FromJson {
  const array = numericArray(element);
  if (array !== undefined) return numbersFromJson(element, array, length);
  const part = converterOf(element);
  const cost = slotCost(element);
  return (json, place) => {
    if (!Array.isArray(json)) return place.expected("an array", json);
    checkLength(json.length, length, place);
    place.budget.chargeList(json.length, cost);
    const value: unknown[] = [];
    each(json, place, (item) => value.push(part(item, place)));
    return value;
  };
}

function checkLength(actual: number, wanted: number | undefined, place: JsonPlace): void {
  if (wanted !== undefined && actual !== wanted) place.fail(`expected ${wanted} elements, got ${actual}`);
}

function numbersFromJson(element: ValueType, array: NumericArrayType, length: number | undefined): FromJson {
  const part = converterOf(element);
  const isBytes = element.kind === "u8";
  return (json, place) => {
    if (isBytes && typeof json === "string") return bytesFromJson(json, length, place);
    if (!Array.isArray(json))
      return place.expected(isBytes ? "base64 text or an array of numbers" : "an array of numbers", json);
    checkLength(json.length, length, place);
    place.budget.chargeList(json.length, array.width);
    const value = array.create(json.length);
    each(json, place, (item, index) => (value[index] = part(item, place) as number));
    return value;
  };
}

function bytesFromJson(json: string, length: number | undefined, place: JsonPlace): Uint8Array {
  place.budget.chargeString(json.length);
  const bytes = fromBase64(json) ?? place.expected("base64 text", json);
  checkLength(bytes.length, length, place);
  return bytes;
}

function mapFromJson(key: ValueType, item: ValueType): FromJson {
  const keyPart = converterOf(key);
  const itemPart = converterOf(item);
  const cost = slotCost(key) + slotCost(item);
  return (json, place) => {
    const pairs: unknown = key.kind === "string" && isFieldObject(json) ? Object.entries(json) : json;
    if (!Array.isArray(pairs)) return place.expected("an array of [key, value] pairs", json);
    place.budget.chargeList(pairs.length, cost);
    const value = new Map<unknown, unknown>();
    each(pairs, place, (pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) return place.expected("a [key, value] pair", pair);
      return value.set(keyPart(pair[0], place), itemPart(pair[1], place));
    });
    return value;
  };
}

function optionFromJson(item: ValueType): FromJson {
  const part = converterOf(item);
  if (!isTaggedOption(item))
    return (json, place) => (json === null || json === undefined ? undefined : part(json, place));
  return (json, place) => {
    if (json === null || json === undefined) return { tag: "none" };
    if (!isFieldObject(json) || !Object.hasOwn(json, "some")) return place.expected('null or { "some": value }', json);
    return { tag: "some", val: under(place, ".some", () => part(json["some"], place)) };
  };
}
