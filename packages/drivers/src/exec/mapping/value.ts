// The JSON that describes a result, led by the contract's type -> a function that makes the result from a frame.
import { formatType, fromJson, isTaggedOption, numericArray } from "@tenon/abi";
import { camelCase, TenonError, type Field, type ValueType, type VariantCase } from "@tenon/contract/core";
import type { Here } from "./here.ts";
import { compileInstruction, isInstruction } from "./instructions.ts";
import { isSameType, resolveReference, type Reference } from "./reference.ts";
import { compileScalar, type Make } from "./scalar.ts";
import { isScalar } from "./template.ts";

/** Refuses, with the place, everything that could not give a value of `type` whatever the program does. */
export function compileValue(json: unknown, type: ValueType, here: Here): Make {
  if (isInstruction(json)) return compileInstruction(json, type, here, compileValue);
  const passed = typeof json === "string" ? passedOn(json, type, here) : undefined;
  if (passed !== undefined) return passed.get;
  switch (type.kind) {
    case "record":
      return record(json, type.fields, here);
    case "tuple":
      return tuple(json, type.items, here);
    case "list":
      return list(json, type.element, type.length, here);
    case "map":
      return map(json, type.key, type.value, here);
    case "option":
      return option(json, type.item, here);
    case "result":
      return cases(json, [arm("ok", type.ok), arm("err", type.err)], type, here);
    case "variant":
      return cases(json, type.cases, type, here);
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      return here.refuse(`is a ${type.kind}, which no program can return`, "choose another boundary");
    default:
      return isScalar(type) && typeof json === "string" ? compileScalar(json, type, here) : constant(json, type, here);
  }
}

/** `{path}` alone, where what it refers to already has the type of the place. */
function passedOn(source: string, type: ValueType, here: Here): Reference | undefined {
  const path = /^\{([^{}:|]+)\}$/.exec(source)?.[1];
  if (path === undefined) return undefined;
  const reference = resolveReference(path, here);
  return isSameType(reference.type, type) ? reference : undefined;
}

function constant(json: unknown, type: ValueType, here: Here): Make {
  try {
    const value = fromJson(type, json, "value");
    return () => value;
  } catch (error) {
    return here.refuse(`does not fit ${formatType(type)}: ${TenonError.from(error).what}`);
  }
}

function arm(name: string, type: ValueType | undefined): VariantCase {
  return type === undefined ? { name } : { name, type };
}

function record(json: unknown, fields: readonly Field[], here: Here): Make {
  const node = here.object(
    json,
    fields.map(({ name }) => name),
  );
  const parts = fields.map(({ name, type }) => {
    if (!(name in node) && type.kind !== "option") here.refuse(`lacks ${JSON.stringify(name)}, a ${formatType(type)}`);
    return { key: camelCase(name), make: compileValue(node[name] ?? null, type, here.at(name)) };
  });
  return (frame) => {
    const value: Record<string, unknown> = {};
    // Defined, not assigned: a label may be the name of something that objects inherit.
    for (const { key, make } of parts)
      Object.defineProperty(value, key, { value: make(frame), enumerable: true, configurable: true, writable: true });
    return value;
  };
}

function tuple(json: unknown, items: readonly ValueType[], here: Here): Make {
  const nodes = here.list(json);
  if (nodes.length !== items.length) here.refuse(`has ${nodes.length} items, and the tuple has ${items.length}`);
  const makers = items.map((type, index) => compileValue(nodes[index], type, here.at(index)));
  return (frame) => makers.map((make) => make(frame));
}

/** In a list, an instruction gives a list whose items join it. */
function list(json: unknown, element: ValueType, length: number | undefined, here: Here): Make {
  if (typeof json === "string" && element.kind === "u8") return constant(json, { kind: "list", element }, here);
  const whole: ValueType = { kind: "list", element };
  const parts = here.list(json).map((node, index) => {
    const place = here.at(index);
    if (isInstruction(node)) return { isMany: true, make: compileInstruction(node, whole, place, compileValue) };
    return { isMany: false, make: compileValue(node, element, place) };
  });
  if (length !== undefined && (parts.length !== length || parts.some(({ isMany }) => isMany)))
    here.refuse(`must have exactly ${length} items`);
  const typed = numericArray(element);
  return (frame) => {
    const items: unknown[] = [];
    for (const { isMany, make } of parts) {
      if (isMany) for (const item of make(frame) as Iterable<unknown>) items.push(item);
      else items.push(make(frame));
    }
    return typed === undefined ? items : fill(typed.create(items.length) as unknown as unknown[], items);
  };
}

/** Numeric lists are typed arrays. */
function fill(array: unknown[], items: readonly unknown[]): unknown[] {
  for (const [index, item] of items.entries()) array[index] = item;
  return array;
}

function map(json: unknown, key: ValueType, value: ValueType, here: Here): Make {
  const pairs = list(json, { kind: "tuple", items: [key, value] }, undefined, here);
  return (frame) => new Map(pairs(frame) as [unknown, unknown][]);
}

function option(json: unknown, item: ValueType, here: Here): Make {
  const tagged = isTaggedOption(item);
  if (json === null || json === undefined) return () => (tagged ? { tag: "none" } : undefined);
  if (tagged) return constant(json, { kind: "option", item }, here);
  return compileValue(json, item, here);
}

/** `"name"`, `{ "name": payload }`, or the form of the value codec, `{ "tag": "name", "val": payload }`. */
function cases(json: unknown, known: readonly VariantCase[], type: ValueType, here: Here): Make {
  const [name, payload, place] = caseOf(json, known, here);
  const found = known.find((item) => item.name === name);
  if (found === undefined)
    here.refuse(
      `is ${JSON.stringify(name)}, which is no case of ${formatType(type)}`,
      `use ${known.map((item) => item.name).join(", ")}`,
    );
  if (found.type === undefined) {
    if (payload !== undefined && payload !== null) place.refuse(`gives ${name} a value, and the case has none`);
    return () => ({ tag: name });
  }
  if (payload === undefined) here.refuse(`gives ${name} no value, and the case needs a ${formatType(found.type)}`);
  const make = compileValue(payload, found.type, place);
  return (frame) => ({ tag: name, val: make(frame) });
}

function caseOf(
  json: unknown,
  known: readonly VariantCase[],
  here: Here,
): readonly [name: string, payload: unknown, place: Here] {
  if (typeof json === "string") return [json, undefined, here];
  const node = here.record(json);
  const keys = Object.keys(node);
  const isTagged =
    typeof node["tag"] === "string" &&
    known.some(({ name }) => name === node["tag"]) &&
    keys.every((key) => key === "tag" || key === "val");
  if (isTagged) return [node["tag"] as string, node["val"], here.at("val")];
  if (keys.length !== 1)
    here.refuse(
      `must name one case, has ${keys.length} keys`,
      `use one of ${known.map(({ name }) => name).join(", ")}`,
    );
  return [keys[0]!, node[keys[0]!], here.at(keys[0]!)];
}
