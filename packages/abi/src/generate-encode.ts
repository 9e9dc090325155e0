// A type -> the source of a straight-line function that writes its values; the fast twin of wire-encode.ts.
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import { Generator, readField, text } from "./generate.ts";
import { refuseStream } from "./handles.ts";
import { flagBytes, isTaggedOption, numericArray, recordKeys } from "./mapping.ts";
import type { NumericKind } from "./mapping.ts";
import { numericListWriter } from "./wire-lists.ts";
import type { EncodeRow } from "./wire-encode.ts";

/** One function that writes one value of each type, in order. Generated functions take (v, w, h): value, writer, handle codec. */
export function generateEncoder(types: readonly ValueType[]): EncodeRow {
  const generator = new Generator();
  const statements = types.map((type, index) => statement(generator, type, `v[${index}]`));
  return generator.compile<EncodeRow>(`(v,w,h)=>{${statements.join("")}}`);
}

const IS_OBJECT = `if(typeof v!=="object"||v===null||Array.isArray(v))w.mismatch();`;
const IS_ARRAY = `if(!Array.isArray(v))w.mismatch();`;

/** A statement that writes the value of the expression `from`. */
function statement(generator: Generator, type: ValueType, from: string): string {
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
    case "stream":
    case "future":
      return `${functionOf(generator, type)}(${from},w,h);`;
    case "own":
    case "borrow":
      return `w.handle(h.lower(${from},${generator.constant(type)}));`;
    case "error-context":
      return `w.string(${from});`;
    default:
      return `w.${type.kind}(${from});`;
  }
}

function functionOf(generator: Generator, type: ValueType): string {
  return generator.functionFor(type, () => `(v,w,h){${body(generator, type)}}`);
}

function body(generator: Generator, type: ValueType): string {
  switch (type.kind) {
    case "record":
      return recordBody(generator, type.fields);
    case "tuple":
      return `${IS_ARRAY}if(v.length!==${type.items.length})w.mismatch();${type.items
        .map((item, index) => statement(generator, item, `v[${index}]`))
        .join("")}`;
    case "list":
      return listBody(generator, type.element, type.length ?? -1);
    case "map":
      return `if(!(v instanceof Map))w.mismatch();w.varint(v.size);for(const e of v){${statement(generator, type.key, "e[0]")}${statement(generator, type.value, "e[1]")}}`;
    case "option":
      return isTaggedOption(type.item)
        ? casesBody(generator, [{ name: "none" }, { name: "some", type: type.item }])
        : `if(v===undefined)w.byte(0);else{w.byte(1);${statement(generator, type.item, "v")}}`;
    case "result":
      return casesBody(generator, [
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "err", ...(type.err && { type: type.err }) },
      ]);
    case "variant":
      return casesBody(generator, type.cases);
    case "enum":
      return enumBody(generator, type.cases);
    case "flags":
      return flagsBody(type.flags);
    case "stream":
    case "future":
      return `${generator.constant(refuseStream)}(${text(type.kind)});`;
    default:
      return statement(generator, type, "v");
  }
}

function recordBody(generator: Generator, fields: readonly Field[]): string {
  const keys = recordKeys(fields);
  return (
    IS_OBJECT +
    fields.map((field, index) => statement(generator, field.type, readField(keys[index] as string))).join("")
  );
}

function listBody(generator: Generator, element: ValueType, length: number): string {
  if (numericArray(element) !== undefined)
    return `${generator.constant(numericListWriter(element.kind as NumericKind))}(v,w,${length});`;
  const count = length < 0 ? "w.varint(n);" : `if(n!==${length})w.mismatch();`;
  return `${IS_ARRAY}const n=v.length;${count}for(let i=0;i<n;i++){${statement(generator, element, "v[i]")}}`;
}

function casesBody(generator: Generator, cases: readonly VariantCase[]): string {
  const arms = cases.map(({ name, type }, index) => {
    const payload = type === undefined ? `if(v.val!==undefined)w.mismatch();` : statement(generator, type, "v.val");
    return `case ${text(name)}:w.varint(${index});${payload}break;`;
  });
  return `${IS_OBJECT}switch(v.tag){${arms.join("")}default:w.mismatch();}`;
}

function enumBody(generator: Generator, labels: readonly string[]): string {
  const indexes = new Map(labels.map((label, index) => [label, index]));
  return `const i=${generator.constant(indexes)}.get(v);if(i===undefined)w.mismatch();w.varint(i);`;
}

function flagsBody(labels: readonly string[]): string {
  const keys = recordKeys(labels.map((name) => ({ name })));
  const bytes = Array.from({ length: flagBytes(labels.length) }, (_, byte) => {
    const bits = keys.slice(byte * 8, byte * 8 + 8).map((key, bit) => `w.flag(${readField(key)})<<${bit}`);
    return `w.byte(${bits.join("|") || "0"});`;
  });
  return IS_OBJECT + bytes.join("");
}
