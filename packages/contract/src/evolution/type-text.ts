// A type of a snapshot -> the text that reports show: names where there are names.
import type { ValueType } from "../model.ts";
import type { Snapshot } from "./snapshot.ts";

/** WIT notation; a named type is its label, and what nests deeper than a line shows is `...`. */
export function typeText(type: ValueType | undefined, snapshot: Snapshot, depth = 0): string {
  if (type === undefined) return "nothing";
  const name = snapshot.types.get(type)?.name;
  if (name !== undefined) return name.slice(name.indexOf("#") + 1);
  if (depth > 6) return "...";
  const text = (part: ValueType | undefined): string =>
    part === undefined ? "_" : typeText(part, snapshot, depth + 1);
  switch (type.kind) {
    case "list":
      return type.length === undefined ? `list<${text(type.element)}>` : `list<${text(type.element)}, ${type.length}>`;
    case "option":
      return `option<${text(type.item)}>`;
    case "tuple":
      return `tuple<${type.items.map(text).join(", ")}>`;
    case "map":
      return `map<${text(type.key)}, ${text(type.value)}>`;
    case "result":
      if (type.err !== undefined) return `result<${text(type.ok)}, ${text(type.err)}>`;
      return type.ok === undefined ? "result" : `result<${text(type.ok)}>`;
    case "stream":
    case "future":
      return type.element === undefined ? type.kind : `${type.kind}<${text(type.element)}>`;
    case "own":
    case "borrow":
      return `${type.kind}<${type.resource.slice(type.resource.indexOf("#") + 1)}>`;
    default:
      return type.kind;
  }
}

/** `tenon:builder/builder#x` -> `builder#x`: the package goes without saying. */
export function shortName(key: string): string {
  const end = key.search(/[#.]/);
  const slash = (end < 0 ? key : key.slice(0, end)).lastIndexOf("/");
  return key.slice(slash + 1);
}
