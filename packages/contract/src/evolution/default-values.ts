// A JSON value and a type -> whether `@default` may give the one for the other.
import type { Json } from "../errors.ts";
import type { ValueType } from "../model.ts";

const INTEGERS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
  // JSON numbers are exact up to 2^53 - 1, which is enough for what people write as a default.
  u64: [0, Number.MAX_SAFE_INTEGER],
  s8: [-(2 ** 7), 2 ** 7 - 1],
  s16: [-(2 ** 15), 2 ** 15 - 1],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  s64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/**
 * Whether `json` is a value of `type`: numbers in range, the label of an enum case, a list of flag labels, a list for
 * lists and tuples, null for none, an object by WIT labels for records. Variants, results, maps and handles have no
 * defaults.
 */
export function fitsType(json: Json, type: ValueType): boolean {
  const range = INTEGERS[type.kind];
  if (range !== undefined) return Number.isInteger(json) && Number(json) >= range[0] && Number(json) <= range[1];
  switch (type.kind) {
    case "bool":
      return typeof json === "boolean";
    case "f32":
    case "f64":
      return typeof json === "number";
    case "char":
      return typeof json === "string" && [...json].length === 1;
    case "string":
      return typeof json === "string";
    case "enum":
      return typeof json === "string" && type.cases.includes(json);
    case "flags":
      return Array.isArray(json) && json.every((one) => typeof one === "string" && type.flags.includes(one));
    case "option":
      return json === null || fitsType(json, type.item);
    case "list":
      return (
        Array.isArray(json) &&
        (type.length === undefined || json.length === type.length) &&
        json.every((one: Json) => fitsType(one, type.element))
      );
    case "tuple":
      return (
        Array.isArray(json) &&
        json.length === type.items.length &&
        type.items.every((item, index) => fitsType((json as Json[])[index] ?? null, item))
      );
    case "record": {
      if (typeof json !== "object" || json === null || Array.isArray(json)) return false;
      const own = json as Readonly<Record<string, Json>>;
      const isKnown = Object.keys(own).every((key) => type.fields.some((field) => field.name === key));
      return (
        isKnown &&
        type.fields.every(({ name, type: part }) =>
          fitsType(Object.hasOwn(own, name) ? (own[name] ?? null) : null, part),
        )
      );
    }
    default:
      return false;
  }
}
