// Messages of others -> types of a contract, with the field numbers that their values have on the wire.
import type { ProtoField, ProtoMember, ProtoMessage, ProtoType } from "@tenon/abi/proto";
import { TenonError } from "@tenon/contract/core";
import type { PrimitiveKind, ProtoScalar, ValueType, VariantCase } from "@tenon/contract/core";
import type { Descriptors, FieldDescriptor, MessageDescriptor } from "./descriptors.ts";
import { uniqueLabels } from "./labels.ts";
import { recursionGroups } from "./recursion.ts";

export interface MappedType {
  readonly type: ValueType;
  readonly target: ProtoType;
}

export interface MappedMessage {
  readonly type: Extract<ValueType, { kind: "record" }>;
  readonly message: ProtoMessage;
}

const MESSAGE = 11;
const ENUM = 14;
const GROUP = 10;

/** By FieldDescriptorProto.Type. */
const SCALARS: Readonly<Record<number, readonly [PrimitiveKind | "bytes", ProtoScalar]>> = {
  1: ["f64", "double"],
  2: ["f32", "float"],
  3: ["s64", "int64"],
  4: ["u64", "uint64"],
  5: ["s32", "int32"],
  6: ["u64", "fixed64"],
  7: ["u32", "fixed32"],
  8: ["bool", "bool"],
  9: ["string", "string"],
  12: ["bytes", "bytes"],
  13: ["u32", "uint32"],
  15: ["s32", "sfixed32"],
  16: ["s64", "sfixed64"],
  17: ["s32", "sint32"],
  18: ["s64", "sint64"],
};
const BYTES: ValueType = { kind: "list", element: { kind: "u8" } };

/**
 * Makes types on demand, each message once:
 *
 * - a message is a record; a field of a message type is an option; a oneof is an option of a variant
 * - `repeated` is a list, a map a map, `optional` an option, every other field its plain type with its default
 * - a message that contains itself is bytes where it does: the encoded message, because WIT types are finite
 */
export class TypeMapper {
  readonly #descriptors: Descriptors;
  readonly #groups: ReadonlyMap<string, number>;
  readonly #messages = new Map<string, MappedMessage>();
  readonly #enums = new Map<string, MappedType>();

  constructor(descriptors: Descriptors) {
    this.#descriptors = descriptors;
    this.#groups = recursionGroups(descriptors.messages);
  }

  /** Throws artifact-invalid for a message that the schema does not have, boundary-unsupported for proto2 groups. */
  message(name: string): MappedMessage {
    const known = this.#messages.get(name);
    if (known !== undefined) return known;
    const descriptor = this.#descriptors.messages.get(name);
    if (descriptor === undefined)
      throw new TenonError("artifact-invalid", `the schema uses ${name.slice(0, 200)} but does not have it`, {
        hint: "give the folder that imports are found in, or a complete descriptor set",
        sideEffects: "none",
      });
    const made = this.#record(descriptor);
    this.#messages.set(name, made);
    return made;
  }

  #record(descriptor: MessageDescriptor): MappedMessage {
    const parts: { readonly name: string; readonly type: ValueType; readonly member: ProtoMember }[] = [];
    const isReal = (field: FieldDescriptor): boolean => field.oneof >= 0 && !field.isProto3Optional;
    const seen = new Set<number>();
    for (const field of descriptor.fields) {
      if (!isReal(field)) {
        const { type, target } = this.#field(field, descriptor);
        parts.push({ name: field.name, type, member: { kind: "field", ...target } });
      } else if (!seen.has(field.oneof)) {
        seen.add(field.oneof);
        const cases = descriptor.fields.filter((other) => isReal(other) && other.oneof === field.oneof);
        parts.push({ name: descriptor.oneofs[field.oneof] ?? "choice", ...this.#oneof(cases, descriptor) });
      }
    }
    const labels = uniqueLabels(parts.map(({ name }) => name));
    const fields = parts.map(({ type }, index) => ({ name: labels[index]!, type }));
    return {
      type: { kind: "record", fields },
      message: { as: "record", members: parts.map(({ member }) => member) },
    };
  }

  #oneof(
    fields: readonly FieldDescriptor[],
    owner: MessageDescriptor,
  ): { readonly type: ValueType; readonly member: ProtoMember } {
    const labels = uniqueLabels(fields.map(({ name }) => name));
    const cases: VariantCase[] = [];
    const targets: ProtoField[] = [];
    for (const [index, field] of fields.entries()) {
      const { type, target } = this.#plain(field, owner);
      cases.push({ name: labels[index]!, type });
      targets.push({ number: field.number, rule: "optional", type: target });
    }
    return {
      type: { kind: "option", item: { kind: "variant", cases } },
      member: { kind: "oneof", isOptional: true, cases: targets },
    };
  }

  #field(field: FieldDescriptor, owner: MessageDescriptor): { readonly type: ValueType; readonly target: ProtoField } {
    const { number } = field;
    const entry = field.isRepeated ? this.#descriptors.messages.get(field.typeName) : undefined;
    if (entry?.isMapEntry === true) return this.#map(number, entry);
    const { type, target } = this.#plain(field, owner);
    if (field.isRepeated) {
      const isPacked = field.isPacked ?? owner.isProto3;
      return { type: { kind: "list", element: type }, target: { number, rule: "repeated", type: target, isPacked } };
    }
    const isPresence = field.type === MESSAGE || field.isProto3Optional || !owner.isProto3;
    if (isPresence) return { type: { kind: "option", item: type }, target: { number, rule: "optional", type: target } };
    return { type, target: { number, rule: "implicit", type: target } };
  }

  #map(number: number, entry: MessageDescriptor): { readonly type: ValueType; readonly target: ProtoField } {
    const part = (at: number): MappedType => {
      const field = entry.fields.find((one) => one.number === at);
      if (field === undefined) throw new TenonError("artifact-invalid", `${entry.fullName} is no map entry`);
      return this.#plain(field, entry);
    };
    const [key, value] = [part(1), part(2)];
    return {
      type: { kind: "map", key: key.type, value: value.type },
      target: { number, rule: "map", key: key.target, type: value.target },
    };
  }

  #plain(field: FieldDescriptor, owner: MessageDescriptor): MappedType {
    if (field.type === GROUP)
      throw new TenonError("boundary-unsupported", `${owner.fullName} has a group, which only proto2 knows`, {
        sideEffects: "none",
      });
    if (field.type === ENUM) return this.#enum(field.typeName);
    if (field.type === MESSAGE) {
      const isRecursive = this.#groups.get(field.typeName) === this.#groups.get(owner.fullName);
      if (isRecursive) return { type: BYTES, target: { kind: "scalar", scalar: "bytes" } };
      const { type, message } = this.message(field.typeName);
      return { type, target: { kind: "message", message } };
    }
    const scalar = SCALARS[field.type];
    if (scalar === undefined)
      throw new TenonError("artifact-invalid", `${owner.fullName}.${field.name} has an unknown type ${field.type}`);
    const [kind, target] = scalar;
    return { type: kind === "bytes" ? BYTES : { kind }, target: { kind: "scalar", scalar: target } };
  }

  #enum(name: string): MappedType {
    const known = this.#enums.get(name);
    if (known !== undefined) return known;
    const descriptor = this.#descriptors.enums.get(name);
    if (descriptor === undefined)
      throw new TenonError("artifact-invalid", `the schema uses ${name.slice(0, 200)} but does not have it`);
    const cases = uniqueLabels(descriptor.values.map((value) => value.name));
    const numbers = descriptor.values.map(({ number }) => number);
    const made: MappedType = { type: { kind: "enum", cases }, target: { kind: "enum", numbers } };
    this.#enums.set(name, made);
    return made;
  }
}
