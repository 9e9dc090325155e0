// Two value types of one plan -> are they equal?
import { partsOf } from "@tenon/contract/core";
import type { ValueType } from "@tenon/contract/core";

/** Types of one component: resources are slots, so equal numbers are equal types. */
export function sameType(a: ValueType | undefined, b: ValueType | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  const [parts, others] = [partsOf(a), partsOf(b)];
  return (
    shallow(a) === shallow(b) && parts.length === others.length && parts.every((part, at) => sameType(part, others[at]))
  );
}

/** What a type says beside its parts. */
function shallow(type: ValueType): string {
  switch (type.kind) {
    case "record":
      return type.fields.map(({ name }) => name).join();
    case "variant":
      return type.cases.map(({ name, type: part }) => `${name}${part === undefined ? "" : "()"}`).join();
    case "enum":
      return type.cases.join();
    case "flags":
      return type.flags.join();
    case "list":
      return String(type.length);
    case "result":
      return `${type.ok !== undefined} ${type.err !== undefined}`;
    case "own":
    case "borrow":
      return type.resource;
    default:
      return "";
  }
}
