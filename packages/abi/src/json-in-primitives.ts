// JSON of numbers, texts, truth values and the labels of enums -> their values.
import type { ValueType } from "@tenon/contract/core";
import type { FromJson } from "./json-place.ts";
import { checkOf } from "./validate.ts";

export function primitiveFromJson(type: ValueType): FromJson {
  switch (type.kind) {
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
