// A type -> the source of an expression that lifts a value out of linear memory; the fast twin of load.ts.
// component-model CanonicalABI.md, section "Loading". It charges what the closures charge.
import type { Field, ValueType } from "@tenon/contract/core";
import { text } from "../generate.ts";
import { isTaggedOption, numericArray, recordKeys } from "../mapping.ts";
import { MAP_ENTRY_COST, slotCost, typeFacts } from "../type-facts.ts";
import { badCase, charFrom } from "./forms.ts";
import { address, cell, literalKey } from "./generate-unit.ts";
import type { Unit } from "./generate-unit.ts";
import { casesLayout, casesOf, flagsWidth, layoutOf, recordLayout } from "./layout.ts";
import type { CasesType } from "./layout.ts";
import { discriminantKind } from "./load.ts";
import { copyNumbers } from "./numeric-lists.ts";
import { stringLoader } from "./strings.ts";

/** An expression that reads a value at an address expression whose range was checked. */
export function loadExpression(unit: Unit, type: ValueType, at: string): string {
  switch (type.kind) {
    case "record":
    case "tuple":
    case "option":
    case "result":
    case "variant":
    case "flags":
      return `${loadFunction(unit, type)}(c,${at})`;
    case "list":
      if (type.length !== undefined) return `${loadFunction(unit, type)}(c,${at})`;
      return pointedExpression(unit, type, ...unit.pair(at));
    case "string":
    case "map":
      return pointedExpression(unit, type, ...unit.pair(at));
    case "enum": {
      const width = casesLayout(casesOf(type), unit.pointer).discriminant;
      return labelExpression(unit, type.cases, cell(discriminantKind(width), width, at));
    }
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      return handleLift(unit, type, cell("u32", 4, at));
    case "bool":
      return `${cell("u8", 1, at)}!==0`;
    case "char":
      return `${unit.constant(charFrom)}(${cell("u32", 4, at)})`;
    default:
      return cell(type.kind, layoutOf(type).size, at);
  }
}

/** A string, list or map from its pointer and count. */
export function pointedExpression(unit: Unit, type: ValueType, pointer: string, count: string): string {
  if (type.kind === "string") return `${unit.constant(stringLoader(unit.encoding))}(c,${pointer},${count})`;
  return `${unit.functionFor("pointed", type, () => `(c,p,n){${pointedBody(unit, type)}}`)}(c,${pointer},${count})`;
}

/** What a number of the guest's stands for. */
export function handleLift(unit: Unit, type: ValueType, handle: string): string {
  if (type.kind === "error-context") return `c.liftErrorContext(${handle})`;
  const method = type.kind === "own" || type.kind === "borrow" ? "liftHandle" : "liftStream";
  return `c.${method}(${handle},${unit.constant(type)})`;
}

/** The label of an index. */
export function labelExpression(unit: Unit, labels: readonly string[], index: string): string {
  const label = unit.helper("label", () => `(a,i){if(i>=a.length)${unit.constant(badCase)}(i,a.length);return a[i];}`);
  return `${label}(${unit.constant(labels)},${index})`;
}

function loadFunction(unit: Unit, type: ValueType): string {
  return unit.functionFor("load", type, () => `(c,p){${body(unit, type)}}`);
}

function body(unit: Unit, type: ValueType): string {
  switch (type.kind) {
    case "record":
      return recordBody(unit, type.fields);
    case "tuple": {
      const { offsets } = recordLayout(type.items, unit.pointer);
      const items = type.items.map((item, index) => loadExpression(unit, item, address("p", offsets[index] as number)));
      return `return [${items.join(",")}];`;
    }
    case "list":
      return fixedBody(unit, type.element, type.length as number);
    case "option":
    case "result":
    case "variant":
      return casesBody(unit, type);
    case "flags": {
      const width = flagsWidth(type.flags.length);
      return `const b=${cell(discriminantKind(width), width, "p")};return ${flagsLiteral(type.flags)};`;
    }
    default:
      throw new TypeError(`${type.kind} has no load function`);
  }
}

function recordBody(unit: Unit, fields: readonly Field[]): string {
  const keys = recordKeys(fields);
  const { offsets } = recordLayout(
    fields.map((field) => field.type),
    unit.pointer,
  );
  const parts = fields.map((field, index) => {
    const value = loadExpression(unit, field.type, address("p", offsets[index] as number));
    return `${literalKey(keys[index] as string)}:${value}`;
  });
  return `return {${parts.join(",")}};`;
}

/** The flags object of the bits `b`; bits without a label are ignored. */
export function flagsLiteral(labels: readonly string[]): string {
  const keys = recordKeys(labels.map((name) => ({ name })));
  return `{${keys.map((key, index) => `${literalKey(key)}:(b>>>${index}&1)===1`).join(",")}}`;
}

function elements(unit: Unit, element: ValueType, n: string): string {
  const { size } = layoutOf(element, unit.pointer);
  if (numericArray(element) !== undefined) {
    const shift = Math.log2(size);
    return `const i=p>>>${shift};return ${unit.constant(copyNumbers)}(c.${element.kind},i,i+${n});`;
  }
  return `const a=[];for(let i=0;i<${n};i++,p+=${size})a.push(${loadExpression(unit, element, "p")});return a;`;
}

function elementCost(element: ValueType): number {
  return numericArray(element) === undefined ? slotCost(element) : layoutOf(element).size;
}

function fixedBody(unit: Unit, element: ValueType, length: number): string {
  return `c.budget.chargeList(${length},${elementCost(element)});${elements(unit, element, String(length))}`;
}

function pointedBody(unit: Unit, type: ValueType): string {
  if (type.kind === "list") {
    const { size, align } = layoutOf(type.element, unit.pointer);
    return `c.list(p,n,${align},${size},${elementCost(type.element)});${elements(unit, type.element, "n")}`;
  }
  if (type.kind !== "map") throw new TypeError(`${type.kind} has no pointer`);
  const { size, align, offsets } = recordLayout([type.key, type.value], unit.pointer);
  const cost = slotCost(type.key) + slotCost(type.value) + MAP_ENTRY_COST;
  const entry = `${loadExpression(unit, type.key, "p")},${loadExpression(unit, type.value, address("p", offsets[1] as number))}`;
  return `c.list(p,n,${align},${size},${cost});const m=new Map();for(let i=0;i<n;i++,p+=${size})m.set(${entry});return m;`;
}

function casesBody(unit: Unit, type: CasesType): string {
  const cases = casesOf(type);
  const { discriminant, payload } = casesLayout(cases, unit.pointer);
  const read = `const d=${cell(discriminantKind(discriminant), discriminant, "p")};`;
  return read + casesSwitch(unit, type, (item) => loadExpression(unit, item, address("p", payload)));
}

/** Returns the value of case `d`, an unsigned number; `lift` gives the expression of a payload. */
export function casesSwitch(unit: Unit, type: CasesType, lift: (payload: ValueType) => string): string {
  const isBare = type.kind === "option" && !isTaggedOption(type.item);
  const cases = casesOf(type);
  const arms = cases.map((item, index) => {
    if (item.type === undefined) return `case ${index}:return ${isBare ? "undefined" : `{tag:${text(item.name)}}`};`;
    const { fixedCost } = typeFacts(item.type);
    const charge = fixedCost === 0 ? "" : `c.budget.charge(${fixedCost});`;
    const value = lift(item.type);
    return `case ${index}:${charge}return ${isBare ? value : `{tag:${text(item.name)},val:${value}}`};`;
  });
  return `switch(d){${arms.join("")}}${unit.constant(badCase)}(d,${cases.length});`;
}
