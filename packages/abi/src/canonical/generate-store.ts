// A type -> the source of statements that lower its values into linear memory; the fast twin of store.ts.
// component-model CanonicalABI.md, section "Storing". Addresses are numbers that `range` or an allocation gave.
import type { Field, ValueType } from "@tenon/contract/core";
import { text } from "../generate.ts";
import { isTaggedOption, numericArray, recordKeys } from "../mapping.ts";
import { codeOf } from "./forms.ts";
import { address, cell, fieldOf } from "./generate-unit.ts";
import type { Unit } from "./generate-unit.ts";
import { casesLayout, casesOf, flagsWidth, layoutOf, recordLayout } from "./layout.ts";
import type { CasesType } from "./layout.ts";
import { discriminantKind } from "./load.ts";
import { stringStorer } from "./strings.ts";

/** Statements that write the value of the variable `v` at an address expression. */
export function storeStatement(unit: Unit, type: ValueType, v: string, at: string): string {
  switch (type.kind) {
    case "record":
    case "tuple":
    case "result":
    case "variant":
    case "flags":
      return `${storeFunction(unit, type)}(c,${v},${at});`;
    case "option":
      return isTaggedOption(type.item)
        ? `${storeFunction(unit, type)}(c,${v},${at});`
        : optionStatement(unit, type, v, at);
    case "list":
      if (type.length !== undefined) return `${storeFunction(unit, type)}(c,${v},${at});`;
      return pairStatement(unit, pointerExpression(unit, type, v), at);
    case "string":
    case "map":
      return pairStatement(unit, pointerExpression(unit, type, v), at);
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      // Kept apart from the view it goes to: lowering a handle may run the linker's code.
      return `{const h=${handleExpression(unit, type, v)};${cell("u32", 4, at)}=h;}`;
    case "enum": {
      const width = casesLayout(casesOf(type), unit.pointer).discriminant;
      return `${cell(discriminantKind(width), width, at)}=${indexExpression(unit, type.cases, v)};`;
    }
    case "bool":
      return `${cell("u8", 1, at)}=${v}===true?1:0;`;
    case "char":
      return `${cell("u32", 4, at)}=${unit.constant(codeOf)}(${v});`;
    default:
      return `${cell(type.kind, layoutOf(type).size, at)}=${v};`;
  }
}

/** The index of a checked label. */
export function indexExpression(unit: Unit, labels: readonly string[], v: string): string {
  return `${unit.constant(new Map(labels.map((label, index) => [label, index])))}.get(${v})`;
}

/** The number that stands for a handle, stream, future or error context. */
export function handleExpression(unit: Unit, type: ValueType, v: string): string {
  if (type.kind === "error-context") return `c.lowerErrorContext(${v})`;
  const method = type.kind === "own" || type.kind === "borrow" ? "lowerHandle" : "lowerStream";
  return `c.${method}(${v},${unit.constant(type)})`;
}

/** Allocates and fills a string, list or map: the pointer; the count is left in `c.units`. */
export function pointerExpression(unit: Unit, type: ValueType, v: string): string {
  if (type.kind === "string") return `${textFunction(unit)}(c,${v})`;
  return `${unit.functionFor("pointer", type, () => `(c,v){${pointerBody(unit, type)}}`)}(c,${v})`;
}

/** Stores a text, by its bytes where they are known. */
function textFunction(unit: Unit): string {
  return unit.helper("text", () => {
    const whole = `${unit.constant(stringStorer(unit.encoding))}(c,v,${allocator(unit)})`;
    if (!unit.knowsTexts) return `(c,v){return ${whole};}`;
    const copied = `const n=v.length,p=${allocation(unit, "1", "n")};t.copy(s,n,c.u8,c.view,p);c.units=n;return p;`;
    return `(c,v){const t=c.texts,s=t.take(v);if(s<0)return ${whole};${copied}}`;
  });
}

/** Memory from the guest's allocator, as `Context.reallocate` gets it, but called from the code of this unit alone. */
export function allocation(unit: Unit, align: string | number, size: string | number): string {
  return `${allocator(unit)}(c,${align},${size})`;
}

function allocator(unit: Unit): string {
  const get = `const g=c.flags;g.mayLeave=false;const p=(c.realloc??c.findRealloc())(0,0,a,n)>>>0;g.mayLeave=true;`;
  const held = `if((p&a-1)!==0||p+n>=c.u8.length)c.slowRange(p,a,n,true);return p;`;
  return unit.helper("alloc", () => `(c,a,n){${get}${held}}`);
}

function pairStatement(unit: Unit, pointer: string, at: string): string {
  // The view is read after the allocation, which may have grown the memory.
  const put =
    unit.pointer === 4
      ? unit.helper("put", () => `(c,q,p){const w=c.u32,i=p>>>2;w[i]=q;w[i+1]=c.units;}`)
      : unit.helper("put", () => `(c,q,p){c.putWide(q,p);}`);
  return `${put}(c,${pointer},${at});`;
}

function storeFunction(unit: Unit, type: ValueType): string {
  return unit.functionFor("store", type, () => `(c,v,p){${body(unit, type)}}`);
}

function body(unit: Unit, type: ValueType): string {
  switch (type.kind) {
    case "record":
      return recordBody(unit, type.fields);
    case "tuple": {
      const { offsets } = recordLayout(type.items, unit.pointer);
      return type.items.map((item, index) => part(unit, item, `v[${index}]`, offsets[index] as number)).join("");
    }
    case "list":
      return fillStatement(unit, type.element, String(type.length));
    case "option":
    case "result":
    case "variant":
      return casesBody(unit, type);
    case "flags": {
      const width = flagsWidth(type.flags.length);
      return `${cell(discriminantKind(width), width, "p")}=${flagsExpression(type.flags)};`;
    }
    default:
      throw new TypeError(`${type.kind} has no store function`);
  }
}

function part(unit: Unit, type: ValueType, from: string, offset: number): string {
  return `{const e=${from};${storeStatement(unit, type, "e", address("p", offset))}}`;
}

function recordBody(unit: Unit, fields: readonly Field[]): string {
  const keys = recordKeys(fields);
  const { offsets } = recordLayout(
    fields.map((field) => field.type),
    unit.pointer,
  );
  return fields
    .map((field, index) => part(unit, field.type, fieldOf(keys[index] as string), offsets[index] as number))
    .join("");
}

/** The bits of the flags object `v`. */
export function flagsExpression(labels: readonly string[]): string {
  const keys = recordKeys(labels.map((name) => ({ name })));
  return `(${keys.map((key, index) => `(${fieldOf(key)}===true?${2 ** index}:0)`).join("+")})`;
}

function pointerBody(unit: Unit, type: ValueType): string {
  if (type.kind === "map") return mapBody(unit, type.key, type.value);
  if (type.kind !== "list") throw new TypeError(`${type.kind} has no pointer`);
  const { size, align } = layoutOf(type.element, unit.pointer);
  return `const n=v.length,p=${listAllocation(unit, size, align)};${fillStatement(unit, type.element, "n")}c.units=n;return p;`;
}

function listAllocation(unit: Unit, size: number, align: number): string {
  return allocation(unit, align, `c.listBytes(n,${size})`);
}

/** Writes `n` elements of `v` from `p` on. */
function fillStatement(unit: Unit, element: ValueType, n: string): string {
  const { size } = layoutOf(element, unit.pointer);
  // A list that a getter or another thread made longer meanwhile would run over its allocation.
  if (numericArray(element) !== undefined)
    return `if(v.length===${n})${cell(element.kind, size, "").replace(/\[.*/, "")}.set(v,p>>>${Math.log2(size)});`;
  return `for(let i=0,q=p;i<${n};i++,q+=${size}){const e=v[i];${storeStatement(unit, element, "e", "q")}}`;
}

function mapBody(unit: Unit, key: ValueType, item: ValueType): string {
  const { size, align, offsets } = recordLayout([key, item], unit.pointer);
  const entry = `const k=m[0],e=m[1];${storeStatement(unit, key, "k", "q")}${storeStatement(unit, item, "e", address("q", offsets[1] as number))}`;
  return `const a=[...v],n=a.length,p=${listAllocation(unit, size, align)};let q=p;for(const m of a){${entry}q+=${size};}c.units=n;return p;`;
}

function optionStatement(unit: Unit, type: CasesType & { kind: "option" }, v: string, at: string): string {
  const { payload } = casesLayout(casesOf(type), unit.pointer);
  const flag = cell("u8", 1, at);
  return `if(${v}===undefined)${flag}=0;else{${flag}=1;${storeStatement(unit, type.item, v, address(at, payload))}}`;
}

function casesBody(unit: Unit, type: CasesType): string {
  const cases = casesOf(type);
  const { discriminant, payload } = casesLayout(cases, unit.pointer);
  const arms = cases.map((item, index) => {
    const store =
      item.type === undefined ? "" : `const e=v.val;${storeStatement(unit, item.type, "e", address("p", payload))}`;
    return `case ${text(item.name)}:{${cell(discriminantKind(discriminant), discriminant, "p")}=${index};${store}break;}`;
  });
  return `switch(v.tag){${arms.join("")}}`;
}
