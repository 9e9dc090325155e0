// A type -> a check of JavaScript values against it that names the path of the first bad part.
import { TenonError, camelCase } from "@tenon/contract";
import type { Field, ValueType } from "@tenon/contract";
import { describeValue } from "./describe.ts";
import { isTaggedOption, numericArray, readerOf } from "./mapping.ts";
import { checkDepth } from "./type-facts.ts";
import { checkCases, checkEnum, checkFlags } from "./validate-labels.ts";
import { checkNumericList } from "./validate-lists.ts";
import { checkPrimitive } from "./validate-primitives.ts";

/** The first bad part of a value: where it stands relative to the value that was checked, and what is wrong. */
export interface Misfit {
  path: string;
  readonly what: string;
  readonly hint?: string;
}

/** Undefined when the value fits. Nothing is allocated on that way. */
export type Check = (value: unknown) => Misfit | undefined;

/** Throws `value-invalid` with the path of the first bad part; `path` (default `value`) names the whole. */
export type Validator = (value: unknown, path?: string) => void;

const checks = new WeakMap<ValueType, Check>();

/**
 * A validator for `type`, made once per type object. What it accepts is the JavaScript mapping: see the package's
 * index. Unknown record keys are ignored. Integers must be whole numbers in range (-0 counts as 0), 64-bit ones bigint.
 * @throws `resource-exhausted` at creation when the type nests deeper than 64 levels.
 */
export function createValidator(type: ValueType): Validator {
  checkDepth(type);
  const check = checkOf(type);
  return (value, path = "value") => {
    const misfit = guarded(check, value);
    if (misfit !== undefined) throw misfitError(misfit, path);
  };
}

/** The error for a misfit: `request.args[3]: expected string, got number 5`. */
export function misfitError(misfit: Misfit, path: string): TenonError {
  const where = `${path}${misfit.path}`;
  return new TenonError("value-invalid", `${where}: ${misfit.what}`, {
    hint: misfit.hint,
    sideEffects: "none",
    details: { path: where },
  });
}

/** Runs a check; a getter or proxy that throws is a bad value, not a fault of the caller's stack. */
export function guarded(check: Check, value: unknown): Misfit | undefined {
  try {
    return check(value);
  } catch (thrown) {
    if (thrown instanceof TenonError) throw thrown;
    return { path: "", what: `cannot be read: ${describeReadFailure(thrown)}` };
  }
}

function describeReadFailure(thrown: unknown): string {
  return TenonError.from(thrown).what;
}

/** A misfit of a whole value. */
export function expected(what: string, value: unknown, hint?: string): Misfit {
  const text = `expected ${what}, got ${describeValue(value)}`;
  return hint === undefined ? { path: "", what: text } : { path: "", what: text, hint };
}

/** The same misfit seen from one level up. */
export function inside(misfit: Misfit, segment: string): Misfit {
  misfit.path = segment + misfit.path;
  return misfit;
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
      return numericArray(type.element) === undefined ? checkList(type.element, type.length) : checkNumericList(type.element, type.length);
    case "map":
      return checkMap(type.key, type.value);
    case "option":
      return checkOption(type.item);
    case "result":
      return checkCases([arm("ok", type.ok), arm("err", type.err)]);
    case "variant":
      return checkCases(type.cases);
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

function arm(name: string, type: ValueType | undefined): { readonly name: string; readonly type?: ValueType } {
  return type === undefined ? { name } : { name, type };
}

/** Whether a value is what handle tables can look up at all; whose it is, they decide. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function resourceName(resource: string): string {
  return resource.slice(resource.lastIndexOf("#") + 1);
}

/** An object that can have fields: arrays are refused, or one would pass for a record of options. */
export function isFieldObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkRecord(fields: readonly Field[]): Check {
  const parts = recordKeys(fields).map((key, index) => ({ key, read: readerOf(key), check: checkOf((fields[index] as Field).type) }));
  return (value) => {
    if (!isFieldObject(value)) return expected("an object", value);
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

/** The JavaScript keys of a record's fields. Throws `contract-invalid` where two labels would share one. */
export function recordKeys(fields: readonly { readonly name: string }[]): string[] {
  const keys = fields.map((field) => camelCase(field.name));
  if (new Set(keys).size !== keys.length) {
    throw new TenonError("contract-invalid", `two labels of one type become the same JavaScript key: ${keys.join(", ").slice(0, 200)}`);
  }
  return keys;
}

function checkTuple(items: readonly ValueType[]): Check {
  const parts = items.map(checkOf);
  return (value) => {
    if (!Array.isArray(value)) return expected(`an array of ${parts.length}`, value);
    if (value.length !== parts.length) return expected(`an array of ${parts.length}`, value);
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
  if (isTaggedOption(item)) return checkCases([{ name: "some", type: item }, { name: "none" }]);
  const check = checkOf(item);
  return (value) => {
    if (value === undefined) return undefined;
    const misfit = check(value);
    // Null is the usual slip; saying only "expected string" would not tell the caller about undefined.
    if (misfit !== undefined && value === null) return { path: "", what: misfit.what, hint: "leave it out or pass undefined for none" };
    return misfit;
  };
}
