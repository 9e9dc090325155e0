// A type -> the source of a straight-line function that copies its values; the fast twin of copy-value.ts.
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import { numbersCopy } from "./copier.ts";
import type { CopyRow } from "./copy-value.ts";
import { Generator, literalKey, readField, text } from "./generate.ts";
import { NO_HANDLES, refuseStream } from "./handles.ts";
import { isTaggedOption, numericArray, recordKeys } from "./mapping.ts";
import type { NumericKind } from "./mapping.ts";
import { MAP_ENTRY_COST, slotCost, typeFacts } from "./type-facts.ts";

/** One function that copies one value of each type. Generated functions take (v, c): value, copier. They charge what the closures charge. */
export function generateCopier(types: readonly ValueType[]): CopyRow {
  const generator = new Generator();
  const values = types.map((type, index) => expression(generator, type, `v[${index}]`));
  return generator.compile<CopyRow>(`(v,c)=>[${values.join(",")}]`);
}

/** An expression that yields the copy of the value of the expression `from`. */
function expression(generator: Generator, type: ValueType, from: string): string {
  switch (type.kind) {
    case "record":
    case "tuple":
    case "list":
    case "map":
    case "option":
    case "result":
    case "variant":
    case "enum":
    case "flags":
    case "own":
    case "borrow":
    case "stream":
    case "future":
      return `${functionOf(generator, type)}(${from},c)`;
    case "error-context":
      return `c.string(${from})`;
    default:
      return `c.${type.kind}(${from})`;
  }
}

function functionOf(generator: Generator, type: ValueType): string {
  return generator.functionFor(type, () => `(v,c){${body(generator, type)}}`);
}

function body(generator: Generator, type: ValueType): string {
  switch (type.kind) {
    case "record":
      return recordBody(generator, type.fields);
    case "tuple":
      return `c.array(v,${type.items.length},0);return [${type.items
        .map((item, index) => expression(generator, item, `v[${index}]`))
        .join(",")}];`;
    case "list":
      return listBody(generator, type.element, type.length ?? -1);
    case "map": {
      const cost = slotCost(type.key) + slotCost(type.value) + MAP_ENTRY_COST;
      const [key, value] = [expression(generator, type.key, "e[0]"), expression(generator, type.value, "e[1]")];
      return `c.map(v,${cost});const m=new Map();for(const e of v)m.set(${key},${value});return m;`;
    }
    case "option":
      return isTaggedOption(type.item)
        ? casesBody(generator, [{ name: "none" }, { name: "some", type: type.item }])
        : `if(v===undefined)return undefined;${charge(type.item)}return ${expression(generator, type.item, "v")};`;
    case "result":
      return casesBody(generator, [
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "err", ...(type.err && { type: type.err }) },
      ]);
    case "variant":
      return casesBody(generator, type.cases);
    case "enum":
      return `return ${generator.constant(new Set<unknown>(type.cases))}.has(v)?v:c.mismatch();`;
    case "flags": {
      const keys = recordKeys(type.flags.map((name) => ({ name })));
      return `c.object(v);return {${keys.map((key) => `${literalKey(key)}:c.flag(${readField(key)})`).join(",")}};`;
    }
    case "own":
    case "borrow":
      return `return ${generator.constant(NO_HANDLES)}.lower(v,${generator.constant(type)});`;
    case "stream":
    case "future":
      return `${generator.constant(refuseStream)}(${text(type.kind)});`;
    default:
      return `return ${expression(generator, type, "v")};`;
  }
}

function charge(type: ValueType): string {
  const { fixedCost } = typeFacts(type);
  return fixedCost === 0 ? "" : `c.charge(${fixedCost});`;
}

function recordBody(generator: Generator, fields: readonly Field[]): string {
  const keys = recordKeys(fields);
  const parts = fields.map((field, index) => {
    const key = keys[index] as string;
    return `${literalKey(key)}:${expression(generator, field.type, readField(key))}`;
  });
  return `c.object(v);return {${parts.join(",")}};`;
}

function listBody(generator: Generator, element: ValueType, length: number): string {
  if (numericArray(element) !== undefined)
    return `return ${generator.constant(numbersCopy(element.kind as NumericKind))}(v,c,${length});`;
  const each = expression(generator, element, "v[i]");
  // Elements are counted as they were charged: a getter among them might make the list longer.
  return `c.array(v,${length},${slotCost(element)});const n=v.length,a=[];for(let i=0;i<n;i++)a.push(${each});return a;`;
}

function casesBody(generator: Generator, cases: readonly VariantCase[]): string {
  const arms = cases.map(({ name, type }) => {
    const label = text(name);
    if (type === undefined) return `case ${label}:if(v.val!==undefined)c.mismatch();return {tag:${label}};`;
    return `case ${label}:${charge(type)}return {tag:${label},val:${expression(generator, type, "v.val")}};`;
  });
  return `c.object(v);switch(v.tag){${arms.join("")}default:c.mismatch();}`;
}
