// A type -> the source of a test whether a JavaScript value fits it; the fast twin of the validator.
// It says only yes or no: the validator then finds the words (check.ts).
import type { Field, PrimitiveKind, ValueType, VariantCase } from "@tenon/contract/core";
import { text } from "../generate.ts";
import { isTaggedOption, numericArray, recordKeys } from "../mapping.ts";
import { isChar } from "./forms.ts";
import { fieldOf } from "./generate-unit.ts";
import type { Unit } from "./generate-unit.ts";
import { casesOf } from "./layout.ts";
import { isNumericList } from "./numeric-lists.ts";

/** A boolean expression about the variable `v`, which it may read several times. */
export function checkExpression(unit: Unit, type: ValueType, v: string): string {
  switch (type.kind) {
    case "record":
    case "tuple":
    case "list":
    case "map":
    case "result":
    case "variant":
    case "flags":
      return `${checkFunction(unit, type)}(c,${v})`;
    case "option":
      if (isTaggedOption(type.item)) return `${checkFunction(unit, type)}(c,${v})`;
      return `(${v}===undefined||${checkExpression(unit, type.item, v)})`;
    case "enum":
      return `${unit.constant(new Set<string>(type.cases))}.has(${v})`;
    case "own":
    case "borrow":
      return `c.checkHandle(${v},${unit.constant(type)})`;
    case "stream":
    case "future":
      return `c.checkStream(${v},${unit.constant(type)})`;
    default:
      return checkPrimitive(unit, type.kind, v);
  }
}

function checkPrimitive(unit: Unit, kind: PrimitiveKind, v: string): string {
  const number = `typeof ${v}==="number"`;
  switch (kind) {
    case "bool":
      return `(typeof ${v}==="boolean")`;
    case "u8":
      return `(${number}&&(${v}&255)===${v})`;
    case "s8":
      return `(${number}&&${v}<<24>>24===${v})`;
    case "u16":
      return `(${number}&&(${v}&65535)===${v})`;
    case "s16":
      return `(${number}&&${v}<<16>>16===${v})`;
    case "u32":
      return `(${number}&&${v}>>>0===${v})`;
    case "s32":
      return `(${number}&&(${v}|0)===${v})`;
    case "u64":
      return `(typeof ${v}==="bigint"&&BigInt.asUintN(64,${v})===${v})`;
    case "s64":
      return `(typeof ${v}==="bigint"&&BigInt.asIntN(64,${v})===${v})`;
    case "f32":
    case "f64":
      return `(${number})`;
    case "char":
      return `${unit.constant(isChar)}(${v})`;
    case "string":
      if (unit.knowsTexts) return `(typeof ${v}==="string"&&c.texts.check(${v}))`;
      return `(typeof ${v}==="string"&&${v}.isWellFormed())`;
    case "error-context":
      return `(typeof ${v}==="string"&&${v}.isWellFormed())`;
  }
}

function checkFunction(unit: Unit, type: ValueType): string {
  return unit.functionFor("check", type, () => `(c,v){${body(unit, type)}}`);
}

const IS_OBJECT = `if(typeof v!=="object"||v===null||Array.isArray(v))return false;`;

/** A statement that leaves with `false` unless the expression `from` fits. */
function require(unit: Unit, type: ValueType, from: string): string {
  return `{const e=${from};if(!${checkExpression(unit, type, "e")})return false;}`;
}

function body(unit: Unit, type: ValueType): string {
  switch (type.kind) {
    case "record":
      return recordBody(unit, type.fields);
    case "tuple": {
      const items = type.items.map((item, index) => require(unit, item, `v[${index}]`));
      return `if(!Array.isArray(v)||v.length!==${type.items.length})return false;${items.join("")}return true;`;
    }
    case "list":
      return listBody(unit, type.element, type.length);
    case "map":
      return `if(!(v instanceof Map))return false;c.visit(v.size);for(const m of v){${require(unit, type.key, "m[0]")}${require(unit, type.value, "m[1]")}}return true;`;
    case "option":
    case "result":
    case "variant":
      return casesBody(unit, casesOf(type));
    case "flags":
      return flagsBody(type.flags);
    default:
      throw new TypeError(`${type.kind} has no check function`);
  }
}

function recordBody(unit: Unit, fields: readonly Field[]): string {
  const keys = recordKeys(fields);
  const parts = fields.map((field, index) => require(unit, field.type, fieldOf(keys[index] as string)));
  return `${IS_OBJECT}${parts.join("")}return true;`;
}

function listBody(unit: Unit, element: ValueType, length: number | undefined): string {
  const hasLength = length === undefined ? "" : `if(v.length!==${length})return false;`;
  const each = `if(!Array.isArray(v))return false;${hasLength}const n=v.length;c.visit(n);for(let i=0;i<n;i++)${require(unit, element, "v[i]")}return true;`;
  const array = numericArray(element);
  if (array === undefined) return each;
  return `if(${unit.constant(isNumericList)}(v,${text(array.name)})){${hasLength}return true;}${each}`;
}

function casesBody(unit: Unit, cases: readonly VariantCase[]): string {
  const arms = cases.map(({ name, type }) => {
    const test = type === undefined ? "e===undefined" : checkExpression(unit, type, "e");
    return `case ${text(name)}:return ${test};`;
  });
  return `${IS_OBJECT}const e=v.val;switch(v.tag){${arms.join("")}}return false;`;
}

function flagsBody(labels: readonly string[]): string {
  const keys = recordKeys(labels.map((name) => ({ name })));
  const tests = keys.map((key) => `{const e=${fieldOf(key)};if(e!==undefined&&typeof e!=="boolean")return false;}`);
  return `${IS_OBJECT}${tests.join("")}return true;`;
}
