// A type -> the source of a straight-line function that reads its values; the fast twin of wire-decode.ts.
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import { Generator, literalKey, text } from "./generate.ts";
import { refuseStream } from "./handles.ts";
import { flagBytes, isTaggedOption, numericArray, recordKeys } from "./mapping.ts";
import type { NumericKind } from "./mapping.ts";
import { MAP_ENTRY_COST, slotCost, typeFacts } from "./type-facts.ts";
import type { DecodeRow } from "./wire-decode.ts";
import { numericListReader } from "./wire-lists.ts";

/**
 * One function that reads one value of each type, in order. Generated functions take (r, h): the reader, the handle
 * codec. They charge what the closures charge.
 */
export function generateDecoder(types: readonly ValueType[]): DecodeRow {
  const generator = new Generator();
  const values = types.map((type) => expression(generator, type));
  return generator.compile<DecodeRow>(`(r,h)=>[${values.join(",")}]`);
}

/** An expression that reads a value. */
function expression(generator: Generator, type: ValueType): string {
  switch (type.kind) {
    case "record":
    case "tuple":
    case "list":
    case "map":
    case "option":
    case "result":
    case "variant":
    case "flags":
    case "stream":
    case "future":
      return `${functionOf(generator, type)}(r,h)`;
    case "enum":
      return `${generator.constant(type.cases)}[r.index(${type.cases.length})]`;
    case "own":
    case "borrow":
      return `h.lift(r.handle(),${generator.constant(type)})`;
    case "error-context":
      return `r.string()`;
    default:
      return `r.${type.kind}()`;
  }
}

function functionOf(generator: Generator, type: ValueType): string {
  return generator.functionFor(type, () => `(r,h){${body(generator, type)}}`);
}

function body(generator: Generator, type: ValueType): string {
  switch (type.kind) {
    case "record":
      return recordBody(generator, type.fields);
    case "tuple":
      return `return [${type.items.map((item) => expression(generator, item)).join(",")}];`;
    case "list":
      return listBody(generator, type.element, type.length ?? -1);
    case "map":
      return mapBody(generator, type.key, type.value);
    case "option":
      return isTaggedOption(type.item)
        ? casesBody(generator, [{ name: "none" }, { name: "some", type: type.item }])
        : `if(!r.bool())return undefined;${charge(type.item)}return ${expression(generator, type.item)};`;
    case "result":
      return casesBody(generator, [
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "err", ...(type.err && { type: type.err }) },
      ]);
    case "variant":
      return casesBody(generator, type.cases);
    case "flags":
      return flagsBody(type.flags);
    case "stream":
    case "future":
      return `${generator.constant(refuseStream)}(${text(type.kind)});`;
    default:
      return `return ${expression(generator, type)};`;
  }
}

function charge(type: ValueType): string {
  const { fixedCost } = typeFacts(type);
  return fixedCost === 0 ? "" : `r.budget.charge(${fixedCost});`;
}

function recordBody(generator: Generator, fields: readonly Field[]): string {
  const keys = recordKeys(fields);
  const parts = fields.map(
    (field, index) => `${literalKey(keys[index] as string)}:${expression(generator, field.type)}`,
  );
  return `return {${parts.join(",")}};`;
}

function listBody(generator: Generator, element: ValueType, length: number): string {
  if (numericArray(element) !== undefined)
    return `return ${generator.constant(numericListReader(element.kind as NumericKind))}(r,${length});`;
  const { minBytes } = typeFacts(element);
  const claim =
    length < 0
      ? `const n=r.count(${minBytes},${slotCost(element)});`
      : `const n=${length};r.claim(n,${minBytes},${slotCost(element)});`;
  return `${claim}const a=[];for(let i=0;i<n;i++)a.push(${expression(generator, element)});return a;`;
}

function mapBody(generator: Generator, key: ValueType, item: ValueType): string {
  const minBytes = typeFacts(key).minBytes + typeFacts(item).minBytes;
  const cost = slotCost(key) + slotCost(item) + MAP_ENTRY_COST;
  return `const n=r.count(${minBytes},${cost});const m=new Map();for(let i=0;i<n;i++)m.set(${expression(generator, key)},${expression(generator, item)});return m;`;
}

function casesBody(generator: Generator, cases: readonly VariantCase[]): string {
  const arms = cases.map(({ name, type }, index) => {
    const payload = type === undefined ? "" : `,val:${expression(generator, type)}`;
    return `case ${index}:${type === undefined ? "" : charge(type)}return {tag:${text(name)}${payload}};`;
  });
  return `switch(r.index(${cases.length})){${arms.join("")}}`;
}

function flagsBody(labels: readonly string[]): string {
  const keys = recordKeys(labels.map((name) => ({ name })));
  const reads = Array.from({ length: flagBytes(labels.length) }, (_, byte) => {
    const used = Math.min(8, keys.length - byte * 8);
    return `const b${byte}=r.byte();r.noExtraFlags(b${byte},${used});`;
  });
  const parts = keys.map((key, index) => `${literalKey(key)}:(b${index >> 3}&${1 << (index & 7)})!==0`);
  return `${reads.join("")}return {${parts.join(",")}};`;
}
