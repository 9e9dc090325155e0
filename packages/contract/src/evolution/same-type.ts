// Two types -> whether values of the one are values of the other, as the component model tells: by structure.
import type { HandleType, ValueType } from "../model.ts";
import { partsOf } from "../type-table.ts";
import { interfaceKey } from "./keys.ts";

/** A resource's identity across versions: `tenon:shop/cart#item`, and who implements it. */
export function resourceKey({ resource, owner }: Pick<HandleType, "resource" | "owner">): string {
  const hash = resource.indexOf("#");
  return `${owner} ${interfaceKey(resource.slice(0, hash))}${resource.slice(hash)}`;
}

export type SameType = (a: ValueType | undefined, b: ValueType | undefined) => boolean;

/** A comparison with a memory, so that shared parts are compared once. Resources are the same by name and owner. */
export function createSameType(): SameType {
  const known = new Map<ValueType, Map<ValueType, boolean>>();
  const same: SameType = (a, b) => {
    if (a === b) return true;
    if (a === undefined || b === undefined || a.kind !== b.kind) return false;
    const before = known.get(a)?.get(b);
    if (before !== undefined) return before;
    const [ours, theirs] = [partsOf(a), partsOf(b)];
    const answer =
      headOf(a) === headOf(b) &&
      ours.length === theirs.length &&
      ours.every((part, index) => same(part, theirs[index]));
    const row = known.get(a) ?? new Map<ValueType, boolean>();
    known.set(a, row.set(b, answer));
    return answer;
  };
  return same;
}

/** All of a type that its parts do not say. */
function headOf(type: ValueType): string {
  switch (type.kind) {
    case "record":
      return JSON.stringify(type.fields.map((field) => field.name));
    case "variant":
      return JSON.stringify(type.cases.map((one) => [one.name, one.type !== undefined]));
    case "enum":
      return JSON.stringify(type.cases);
    case "flags":
      return JSON.stringify(type.flags);
    case "list":
      return String(type.length);
    case "result":
      return `${type.ok !== undefined} ${type.err !== undefined}`;
    case "own":
    case "borrow":
      return resourceKey(type);
    default:
      return "";
  }
}
