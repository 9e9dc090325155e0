// JSON of a peer or a person -> a value: lenient in spelling, strict in meaning.
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import { fromBase64 } from "./base64.ts";
import { quote } from "./describe.ts";
import { refuseStream } from "./handles.ts";
import { JsonPlace, fieldFinder } from "./json-place.ts";
import type { JsonOptions } from "./json-place.ts";
import { isFieldObject, isTaggedOption, numericArray, recordKeys, setField } from "./mapping.ts";
import type { NumericArrayType } from "./mapping.ts";
import { checkType, slotCost } from "./type-facts.ts";
import { unknownLabel } from "./validate-labels.ts";
import { checkOf } from "./validate.ts";

type FromJson = (json: unknown, place: JsonPlace) => unknown;

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
      return resultFromJson(type.ok, type.err);
    case "variant":
      return variantFromJson(type.cases);
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
    case "u64":
    case "s64":
      return bigintFromJson(type);
    case "f32":
      return checked(type, (json) =>
        typeof json === "number" ? Math.fround(json) : (SPECIAL_FLOATS.get(json) ?? json),
      );
    case "f64":
      return checked(type, (json) => SPECIAL_FLOATS.get(json) ?? json);
    case "string":
    case "error-context":
      return stringFromJson(type);
    default:
      return checked(type, (json) => json);
  }
}

const SPECIAL_FLOATS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** Longest decimal text of a 64-bit integer; BigInt would take quadratic time on what a peer could send. */
const DECIMAL = /^-?[0-9]{1,20}$/;

function isExactInteger(json: unknown): json is number | string {
  return Number.isSafeInteger(json) || (typeof json === "string" && DECIMAL.test(json));
}

function bigintFromJson(type: ValueType): FromJson {
  const check = checkOf(type);
  return (json, place) => {
    const value = isExactInteger(json) ? BigInt(json) : undefined;
    if (value === undefined || check(value) !== undefined) {
      return place.expected(`${type.kind} (a whole number, or its decimal text beyond 2^53)`, json);
    }
    return value;
  };
}

/** Converts, then lets the validator of the type speak. */
function checked(type: ValueType, convert: (json: unknown) => unknown): FromJson {
  const check = checkOf(type);
  return (json, place) => {
    const value = convert(json);
    const misfit = check(value);
    if (misfit !== undefined) place.fail(misfit.what, misfit.hint);
    // A list of integers or a field of one may hold -0, which is 0 to WIT.
    return value === 0 && type.kind !== "f32" && type.kind !== "f64" ? 0 : value;
  };
}

function stringFromJson(type: ValueType): FromJson {
  const check = checked(type, (json) => json);
  return (json, place) => {
    if (typeof json === "string") place.budget.chargeString(json.length);
    return check(json, place);
  };
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

/** Converts each element; an error learns the index. */
function each(list: readonly unknown[], place: JsonPlace, convert: (item: unknown, index: number) => void): void {
  let index = 0;
  try {
    for (; index < list.length; index++) convert(list[index], index);
  } catch (thrown) {
    place.via(`[${index}]`);
    throw thrown;
  }
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

function under<T>(place: JsonPlace, segment: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    place.via(segment);
    throw thrown;
  }
}

function resultFromJson(ok: ValueType | undefined, err: ValueType | undefined): FromJson {
  const cases = [
    { name: "ok", ...(ok && { type: ok }) },
    { name: "err", ...(err && { type: err }) },
  ];
  const tagged = variantFromJson(cases);
  const parts = cases.map(({ name, type }) => ({ name, convert: type && converterOf(type) }));
  return (json, place) => {
    if (!isFieldObject(json) || Object.hasOwn(json, "tag")) return tagged(json, place);
    const [arm, other] = parts.filter(({ name }) => Object.hasOwn(json, name));
    if (arm === undefined || other !== undefined) return place.fail('expected { "ok": value } or { "err": value }');
    const { name, convert } = arm;
    return under(place, `.${name}`, () => {
      const val = json[name];
      if (convert !== undefined) return { tag: name, val: convert(val, place) };
      return val === null || val === undefined
        ? { tag: name }
        : place.expected("null, because this arm carries no value", val);
    });
  };
}

function variantFromJson(cases: readonly VariantCase[]): FromJson {
  const labels = cases.map(({ name }) => name);
  const parts = new Map<unknown, FromJson | undefined>();
  for (const { name, type } of cases) parts.set(name, type && converterOf(type));
  return (json, place) => {
    const isBare = typeof json === "string";
    if (!isBare && !isFieldObject(json)) return place.expected('{ "tag": label, "val": value } or a label', json);
    const tag = isBare ? json : own(json, "tag");
    const misfit = parts.has(tag) ? undefined : unknownLabel(tag, labels);
    if (misfit !== undefined) return place.fail(misfit.what, misfit.hint);
    const part = parts.get(tag);
    const val = isBare ? undefined : own(json, "val");
    if (part === undefined) {
      if (val !== undefined && val !== null) place.fail(`the case ${quote(String(tag))} carries no value`);
      return { tag };
    }
    return { tag, val: under(place, isBare ? "" : ".val", () => part(val, place)) };
  };
}

function own(json: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(json, key) ? json[key] : undefined;
}

function flagsFromJson(labels: readonly string[]): FromJson {
  const keys = recordKeys(labels.map((name) => ({ name })));
  const finders = labels.map(fieldFinder);
  return (json, place) => {
    const value: Record<string, unknown> = {};
    if (Array.isArray(json)) {
      for (const [index, key] of keys.entries()) setField(value, key, json.includes(labels[index]));
      each(json, place, (label) => {
        const misfit = labels.includes(label as string) ? undefined : unknownLabel(label, labels);
        if (misfit !== undefined) place.fail(misfit.what, misfit.hint);
      });
      return value;
    }
    if (!isFieldObject(json)) return place.expected("an array of labels", json);
    for (const [index, key] of keys.entries()) {
      const flag = (finders[index] as (typeof finders)[0])(json, place) ?? false;
      if (typeof flag !== "boolean") under(place, `.${labels[index]}`, () => place.expected("boolean", flag));
      setField(value, key, flag);
    }
    return value;
  };
}
