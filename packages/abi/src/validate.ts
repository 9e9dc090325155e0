// A type -> a check of JavaScript values against it that names the path of the first bad part.
import { TenonError } from "@tenon/contract/base";
import type { Field, ValueType } from "@tenon/contract/core";
import { isFieldObject, isTaggedOption, numericArray, readerOf, recordKeys } from "./mapping.ts";
import { expected, guarded, inside, misfitError, visit } from "./misfit.ts";
import type { Check } from "./misfit.ts";
import { checkType } from "./type-facts.ts";
import { checkCases, checkEnum, checkFlags } from "./validate-labels.ts";
import { checkNumericList } from "./validate-lists.ts";
import { checkPrimitive } from "./validate-primitives.ts";

/** Throws `value-invalid` with the path of the first bad part; `path` (default `value`) names the whole. */
export type Validator = (value: unknown, path?: string) => void;

const checks = new WeakMap<ValueType, Check>();

/**
 * A validator for `type`, made once per type object. What it accepts is the JavaScript mapping (mapping.ts).
 * Unknown record keys are ignored. Integers must be whole numbers in range (-0 counts as 0), 64-bit ones bigint.
 * @throws `resource-exhausted` at creation when the type nests deeper than 64 levels.
 */
export function createValidator(type: ValueType): Validator {
  checkType(type);
  const check = checkOf(type);
  return (value, path = "value") => {
    const misfit = guarded(check, value);
    if (misfit !== undefined) throw misfitError(misfit, path);
  };
}

/** Throws the error that names the first bad part, if there is one: the validator is the one source of these texts. */
export function explain(
  row: { readonly names: readonly string[]; readonly types: readonly ValueType[] },
  values: readonly unknown[],
): void {
  if (values.length > row.types.length) {
    throw new TenonError(
      "value-invalid",
      `expected ${row.types.length} values (${row.names.join(", ")}), got ${values.length}`,
      {
        hint: "pass only what the contract declares",
        sideEffects: "none",
      },
    );
  }
  for (const [index, type] of row.types.entries()) {
    const misfit = guarded(checkOf(type), values[index]);
    if (misfit !== undefined) throw misfitError(misfit, row.names[index] as string);
  }
}

/** The check of a type, shared by all types that contain it. */
export function checkOf(type: ValueType): Check {
  const found = checks.get(type);
  if (found !== undefined) return found;
  const made = makeCheck(type);
  checks.set(type, made);
  return made;
}

function makeCheck(type: ValueType): Check {
  switch (type.kind) {
    case "record":
      return checkRecord(type.fields);
    case "tuple":
      return checkTuple(type.items);
    case "list":
      return numericArray(type.element) === undefined
        ? checkList(type.element, type.length)
        : checkNumericList(type.element, type.length, checkOf(type.element));
    case "map":
      return checkMap(type.key, type.value);
    case "option":
      return checkOption(type.item);
    case "result":
      return checkCases([
        { name: "ok", check: type.ok && checkOf(type.ok) },
        { name: "err", check: type.err && checkOf(type.err) },
      ]);
    case "variant":
      return checkCases(type.cases.map(({ name, type: payload }) => ({ name, check: payload && checkOf(payload) })));
    case "enum":
      return checkEnum(type.cases);
    case "flags":
      return checkFlags(type.flags);
    case "own":
    case "borrow":
      return (value) => (isPresent(value) ? undefined : expected(`a ${resourceName(type.resource)} resource`, value));
    case "stream":
    case "future":
      return (value) => (isPresent(value) ? undefined : expected(`a ${type.kind}`, value));
    default:
      return checkPrimitive(type.kind);
  }
}

/** Whether a value is what handle tables can look up at all; whose it is, they decide. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function resourceName(resource: string): string {
  return resource.slice(resource.lastIndexOf("#") + 1);
}

function checkRecord(fields: readonly Field[]): Check {
  const parts = recordKeys(fields).map((key, index) => ({
    key,
    read: readerOf(key),
    check: checkOf((fields[index] as Field).type),
  }));
  return (value) => {
    if (!isFieldObject(value)) return expected("an object", value);
    visit(1);
    for (const part of parts) {
      const found = part.read(value);
      const misfit = part.check(found);
      if (misfit === undefined) continue;
      if (found === undefined) return { path: `.${part.key}`, what: `${misfit.what} (the field is missing)` };
      return inside(misfit, `.${part.key}`);
    }
    return undefined;
  };
}

function checkTuple(items: readonly ValueType[]): Check {
  const parts = items.map(checkOf);
  return (value) => {
    if (!Array.isArray(value)) return expected(`an array of ${parts.length}`, value);
    if (value.length !== parts.length) return expected(`an array of ${parts.length}`, value);
    visit(1);
    for (let index = 0; index < parts.length; index++) {
      const misfit = (parts[index] as Check)(value[index]);
      if (misfit !== undefined) return inside(misfit, `[${index}]`);
    }
    return undefined;
  };
}

function checkList(element: ValueType, length: number | undefined): Check {
  const check = checkOf(element);
  return (value) => {
    if (!Array.isArray(value)) return expected("an array", value);
    if (length !== undefined && value.length !== length) return expected(`an array of ${length}`, value);
    visit(value.length);
    for (let index = 0; index < value.length; index++) {
      const misfit = check(value[index]);
      if (misfit !== undefined) return inside(misfit, `[${index}]`);
    }
    return undefined;
  };
}

function checkMap(key: ValueType, item: ValueType): Check {
  const checkKey = checkOf(key);
  const checkItem = checkOf(item);
  return (value) => {
    if (!(value instanceof Map)) return expected("a Map", value);
    visit(value.size);
    let index = 0;
    for (const [k, v] of value as Map<unknown, unknown>) {
      const badKey = checkKey(k);
      if (badKey !== undefined) return inside(badKey, `[${index}].key`);
      const badItem = checkItem(v);
      if (badItem !== undefined) return inside(badItem, `[${index}].value`);
      index++;
    }
    return undefined;
  };
}

function checkOption(item: ValueType): Check {
  const check = checkOf(item);
  if (isTaggedOption(item))
    return checkCases([
      { name: "some", check },
      { name: "none", check: undefined },
    ]);
  return (value) => {
    if (value === undefined) return undefined;
    const misfit = check(value);
    // Null is the usual slip; saying only "expected string" would not tell the caller about undefined.
    if (misfit !== undefined && value === null)
      return { path: "", what: misfit.what, hint: "leave it out or pass undefined for none" };
    return misfit;
  };
}
