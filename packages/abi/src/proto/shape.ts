// A type of the contract -> the protobuf message that stands for it: field numbers, scalars, presence. Names do not cross.
import { PROTO_SCALARS, TenonError } from "@tenon/contract/core";
import type { PrimitiveKind, ProtoScalar, ValueType } from "@tenon/contract/core";

/** What one field holds. The numbers of an enum are parallel to the cases of the contract's type. */
export type ProtoType =
  | { readonly kind: "scalar"; readonly scalar: ProtoScalar }
  | { readonly kind: "enum"; readonly numbers: readonly number[] }
  | { readonly kind: "message"; readonly message: ProtoMessage };

/**
 * `implicit`: absent means the type's default, as proto3 has it. `optional`: absent means none. `repeated` and `map`: none
 * to many. A map is a repeated message of key (1) and value (2), as protobuf writes it.
 */
export interface ProtoField {
  readonly number: number;
  readonly rule: "implicit" | "optional" | "repeated" | "map";
  readonly type: ProtoType;
  /** The key of a map; `type` is its value. */
  readonly key?: ProtoType;
  /** False for a repeated scalar that is written one by one (proto2); readers take both. */
  readonly isPacked?: boolean;
}

/** One part of a value: a field, or the fields of a oneof (a variant, case by case; undefined fields carry nothing). */
export type ProtoMember =
  | ({ readonly kind: "field" } & ProtoField)
  | { readonly kind: "oneof"; readonly isOptional: boolean; readonly cases: readonly ProtoField[] };

/**
 * A message. `record`, `tuple` and `flags`: the members are parallel to the fields, items or flags of the type. `only`: the
 * value is what the single member holds.
 */
export interface ProtoMessage {
  readonly as: "record" | "tuple" | "flags" | "only";
  readonly members: readonly ProtoMember[];
}

/** `google.protobuf.Empty`: what a case without a payload holds. */
export const EMPTY: ProtoMessage = { as: "tuple", members: [] };

/** The scalar that stands for a type without parts. */
export function scalarOf(kind: PrimitiveKind): ProtoScalar {
  return PROTO_SCALARS[kind];
}

/** Whether the type takes a field for itself (repeated, map, optional), so that it cannot stand inside another one without a message around it. */
export function needsWrapper(type: ValueType): boolean {
  if (type.kind === "list") return type.element.kind !== "u8";
  return type.kind === "map" || type.kind === "option";
}

const messages = new WeakMap<ValueType, ProtoMessage>();

/** The message of a record, tuple, flags, variant or result; for any other type a message with the one field `value`. */
export function messageOf(type: ValueType): ProtoMessage {
  const found = messages.get(type);
  if (found !== undefined) return found;
  const made = makeMessage(type);
  messages.set(type, made);
  return made;
}

function makeMessage(type: ValueType): ProtoMessage {
  switch (type.kind) {
    case "record":
      return { as: "record", members: type.fields.map((field, index) => memberOf(field.type, index + 1)) };
    case "tuple":
      return paramsMessage(type.items);
    case "flags":
      return { as: "flags", members: type.flags.map((_, index) => memberOf({ kind: "bool" }, index + 1)) };
    case "variant":
      return oneof(type.cases.map((one) => one.type));
    case "result":
      return oneof([type.ok, type.err]);
    default:
      return { as: "only", members: [memberOf(type, 1)] };
  }
}

function oneof(payloads: readonly (ValueType | undefined)[]): ProtoMessage {
  const cases = payloads.map((payload, index): ProtoField => {
    const type = payload === undefined ? ({ kind: "message", message: EMPTY } as const) : plainType(payload);
    return { number: index + 1, rule: "optional", type };
  });
  return { as: "only", members: [{ kind: "oneof", isOptional: false, cases }] };
}

/** The message of values that stand beside each other: a function's parameters, a tuple's items. Field n is the n-th value. */
export function paramsMessage(types: readonly ValueType[]): ProtoMessage {
  return { as: "tuple", members: types.map((type, index) => memberOf(type, index + 1)) };
}

function memberOf(type: ValueType, number: number): ProtoMember {
  return { kind: "field", ...fieldOf(type, number) };
}

/** The field that holds one value of the type. */
export function fieldOf(type: ValueType, number: number): ProtoField {
  if (type.kind === "option") return { number, rule: "optional", type: plainType(type.item) };
  if (type.kind === "map") return { number, rule: "map", key: plainType(type.key), type: plainType(type.value) };
  if (type.kind === "list" && type.element.kind !== "u8") {
    return { number, rule: "repeated", type: plainType(type.element) };
  }
  return { number, rule: "implicit", type: plainType(type) };
}

/** What holds exactly one value of the type. */
export function plainType(type: ValueType): ProtoType {
  switch (type.kind) {
    case "list":
      return type.element.kind === "u8" ? { kind: "scalar", scalar: "bytes" } : wrapped(type);
    case "map":
    case "option":
    case "record":
    case "tuple":
    case "flags":
    case "variant":
    case "result":
      return wrapped(type);
    case "enum":
      // Proto3 enums begin with 0, which readers take for an absent field: no case of ours may be that.
      return { kind: "enum", numbers: type.cases.map((_, index) => index + 1) };
    case "own":
    case "borrow":
      throw new TenonError("boundary-unsupported", `protobuf carries no resources (${type.resource})`, {
        hint: "pass an id of your own, or use a boundary whose traits include resources",
        sideEffects: "none",
      });
    case "stream":
    case "future":
      throw new TenonError("boundary-unsupported", `a ${type.kind} inside of a value has no protobuf form`, {
        hint: "make the whole result, or one parameter, the stream",
        sideEffects: "none",
      });
    default:
      return { kind: "scalar", scalar: PROTO_SCALARS[type.kind] };
  }
}

/** Lazy, because types that share parts would otherwise be walked once for each use. */
function wrapped(type: ValueType): ProtoType {
  return {
    kind: "message",
    get message() {
      return messageOf(type);
    },
  };
}
