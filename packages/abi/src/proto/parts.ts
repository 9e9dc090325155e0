// A type and its message -> the type behind each member of the message.
import type { ValueType } from "@tenon/contract/core";
import type { ProtoMessage } from "./shape.ts";

const BOOL: ValueType = { kind: "bool" };

/** What the member at `index` holds of a value of `type`. */
export function partAt(type: ValueType, message: ProtoMessage, index: number): ValueType {
  if (message.as === "only") return type;
  if (type.kind === "record") return (type.fields[index] as { readonly type: ValueType }).type;
  if (type.kind === "tuple") return type.items[index] as ValueType;
  return BOOL;
}
