// A type -> WIT-like text for error messages.
import type { ContractFunction, ValueType } from "@tenon/contract/core";

/** Names are gone from resolved types, so records and variants show their labels; long ones are cut. */
const MAX_PARTS = 8;
const MAX_DEPTH = 6;

/** `list<tuple<u32, string>>`, `record { path, target, .. }`: for people, not for parsing. */
export function formatType(type: ValueType): string {
  return format(type, 0);
}

/** `build(request: record { .. }) -> result<_, string>`. */
export function formatSignature(fn: ContractFunction): string {
  const params = fn.params.map((param) => `${param.name}: ${formatType(param.type)}`).join(", ");
  return `${fn.name}: ${fn.isAsync ? "async " : ""}func(${params})${fn.result === undefined ? "" : ` -> ${formatType(fn.result)}`}`;
}

function format(type: ValueType, depth: number): string {
  const inner = (child: ValueType | undefined): string => {
    if (child === undefined) return "_";
    return depth >= MAX_DEPTH ? ".." : format(child, depth + 1);
  };
  switch (type.kind) {
    case "record":
      return `record ${labels(type.fields.map((field) => field.name))}`;
    case "variant":
      return `variant ${labels(type.cases.map((item) => item.name))}`;
    case "enum":
      return `enum ${labels(type.cases)}`;
    case "flags":
      return `flags ${labels(type.flags)}`;
    case "tuple":
      return `tuple<${cut(type.items, inner)}>`;
    case "list":
      return type.length === undefined
        ? `list<${inner(type.element)}>`
        : `list<${inner(type.element)}, ${type.length}>`;
    case "map":
      return `map<${inner(type.key)}, ${inner(type.value)}>`;
    case "option":
      return `option<${inner(type.item)}>`;
    case "result":
      return formatResult(
        type.ok === undefined ? undefined : inner(type.ok),
        type.err === undefined ? undefined : inner(type.err),
      );
    case "own":
    case "borrow":
      return `${type.kind}<${type.resource.slice(type.resource.lastIndexOf("#") + 1)}>`;
    case "stream":
    case "future":
      return type.element === undefined ? type.kind : `${type.kind}<${inner(type.element)}>`;
    default:
      return type.kind;
  }
}

function formatResult(ok: string | undefined, err: string | undefined): string {
  if (err !== undefined) return `result<${ok ?? "_"}, ${err}>`;
  return ok === undefined ? "result" : `result<${ok}>`;
}

function labels(names: readonly string[]): string {
  return `{ ${cut(names, (name) => name)} }`;
}

function cut<T>(parts: readonly T[], show: (part: T) => string): string {
  const shown = parts.slice(0, MAX_PARTS).map(show);
  return (parts.length > MAX_PARTS ? [...shown, ".."] : shown).join(", ");
}
