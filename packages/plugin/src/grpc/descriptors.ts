// The exports of a contract -> FileDescriptorProto bytes, as reflection gives them. Field numbers and types are those of the
// mapping; a message inside of another has the name of its field, because a contract keeps no names of types.
// Source: protocolbuffers/protobuf descriptor.proto.
import { ProtoWriter, WIRE } from "@tenon/abi/proto";
import { PROTO_SCALARS, protoEnumValue, protoField, protoMethod, protoPlace, protoType } from "@tenon/contract/core";
import type { Contract, ContractFunction, ContractInterface, ProtoScalar, ValueType } from "@tenon/contract/core";

export interface FileDescriptor {
  /** `demo/greeter/greeter/v0_1.proto`, as `tenon codegen --proto` names it. */
  readonly name: string;
  readonly package: string;
  /** `demo.greeter.greeter.v0_1.Greeter` */
  readonly service: string;
  readonly bytes: Uint8Array;
}

/** One for each interface. Throws boundary-unsupported for what protobuf has no form for. */
export function describeExports(contract: Contract): readonly FileDescriptor[] {
  return contract.exports.filter(({ functions }) => functions.length > 0).map((one) => describe(one, contract.id));
}

/** Numbers of FieldDescriptorProto.Type. */
const SCALAR_TYPES: Readonly<Partial<Record<ProtoScalar, number>>> = {
  double: 1,
  float: 2,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  uint64: 4,
  sint32: 17,
  sint64: 18,
};
const [MESSAGE, ENUM] = [11, 14];
const [OPTIONAL, REPEATED] = [1, 3];
/** What a case without a payload holds; as google.protobuf.Empty on the wire. */
const EMPTY = "Empty";

type Part = readonly [number: number, value: string | number | Uint8Array];

function encode(parts: readonly Part[]): Uint8Array {
  const writer = new ProtoWriter(Infinity);
  for (const [number, value] of parts) {
    writer.tag(number, typeof value === "number" ? WIRE.varint : WIRE.bytes);
    if (typeof value === "number") writer.uint32(value);
    else if (typeof value === "string") writer.string(value);
    else writer.bytes(value);
  }
  return writer.finish();
}

function describe({ id, functions }: ContractInterface, worldId: string): FileDescriptor {
  const place = protoPlace(id, worldId);
  const name = `${place.package.replaceAll(".", "/")}.proto`;
  const messages = functions.flatMap((func) => [requestOf(func, place.package), responseOf(func, place.package)]);
  const methods = functions.map((func) => methodOf(func, place.package));
  const empty = new MessageDescriptor(EMPTY, `.${place.package}`, place.package);
  const file: Part[] = [
    [1, name],
    [2, place.package],
    ...[empty, ...messages].map((message): Part => [4, message.encode()]),
    [6, encode([[1, place.service], ...methods.map((method): Part => [2, method])])],
    [12, "proto3"],
  ];
  return { name, package: place.package, service: `${place.package}.${place.service}`, bytes: encode(file) };
}

function methodOf(func: ContractFunction, inPackage: string): Uint8Array {
  const method = protoMethod(func.name);
  const isStream = (type: ValueType | undefined): boolean => type?.kind === "stream";
  const parts: Part[] = [
    [1, method],
    [2, `.${inPackage}.${method}Request`],
    [3, `.${inPackage}.${method}Response`],
  ];
  if (func.params.some(({ type }) => isStream(type))) parts.push([5, 1]);
  if (isStream(func.result)) parts.push([6, 1]);
  return encode(parts);
}

function requestOf(func: ContractFunction, inPackage: string): MessageDescriptor {
  const message = new MessageDescriptor(`${protoMethod(func.name)}Request`, `.${inPackage}`, inPackage);
  for (const [index, { name, type }] of func.params.entries()) {
    // The first message of a stream brings the other parameters, and need not have an element.
    const own: ValueType = type.kind === "stream" ? { kind: "option", item: elementOf(type) } : type;
    message.field(name, index + 1, own);
  }
  return message;
}

function responseOf(func: ContractFunction, inPackage: string): MessageDescriptor {
  const message = new MessageDescriptor(`${protoMethod(func.name)}Response`, `.${inPackage}`, inPackage);
  const { result } = func;
  if (result === undefined) return message;
  const own = result.kind === "stream" ? elementOf(result) : result;
  if (own.kind === "result") message.fill(own);
  else message.field("value", 1, own);
  return message;
}

/** A stream without elements was refused before. */
function elementOf(type: ValueType): ValueType {
  return ("element" in type ? type.element : undefined) ?? { kind: "tuple", items: [] };
}

class MessageDescriptor {
  readonly #name: string;
  /** `.package.Outer.Name` */
  readonly #path: string;
  readonly #package: string;
  readonly #fields: Uint8Array[] = [];
  readonly #nested: MessageDescriptor[] = [];
  readonly #enums: Uint8Array[] = [];
  readonly #oneofs: string[] = [];

  constructor(name: string, scope: string, inPackage: string) {
    this.#name = name;
    this.#path = `${scope}.${name}`;
    this.#package = inPackage;
  }

  encode(): Uint8Array {
    // The oneofs of optional fields come behind those that were declared, as every reader expects.
    return encode([
      [1, this.#name],
      ...this.#fields.map((field): Part => [2, field]),
      ...this.#nested.map((message): Part => [3, message.encode()]),
      ...this.#enums.map((one): Part => [4, one]),
      ...this.#oneofs.map((name): Part => [8, encode([[1, name]])]),
    ]);
  }

  /** The parts of a type that is a message by itself; any other type is its field `value`. */
  fill(type: ValueType): void {
    switch (type.kind) {
      case "record":
        for (const [index, field] of type.fields.entries()) this.field(field.name, index + 1, field.type);
        return;
      case "tuple":
        for (const [index, item] of type.items.entries()) this.field(`item${index + 1}`, index + 1, item);
        return;
      case "flags":
        for (const [index, label] of type.flags.entries()) this.field(label, index + 1, { kind: "bool" });
        return;
      case "variant":
        return this.#oneof(
          "value",
          type.cases.map((one) => [one.name, one.type]),
        );
      case "result":
        return this.#oneof("result", [
          ["ok", type.ok],
          ["err", type.err],
        ]);
      default:
        this.field("value", 1, type);
    }
  }

  field(label: string, number: number, type: ValueType): void {
    if (type.kind === "option") return this.#add(label, number, this.#plain(label, type.item), { isOptional: true });
    if (type.kind === "map") {
      const entry = this.#nest(label);
      entry.field("key", 1, type.key);
      entry.field("value", 2, type.value);
      return this.#add(label, number, [MESSAGE, entry.#path], { isRepeated: true });
    }
    const isRepeated = type.kind === "list" && type.element.kind !== "u8";
    this.#add(label, number, this.#plain(label, isRepeated ? type.element : type), { isRepeated });
  }

  #oneof(name: string, cases: readonly (readonly [string, ValueType | undefined])[]): void {
    const oneof = this.#oneofs.push(name) - 1;
    for (const [index, [label, type]] of cases.entries()) {
      const own: [number, string] = [MESSAGE, `.${this.#package}.${EMPTY}`];
      this.#add(label, index + 1, type === undefined ? own : this.#plain(label, type), { oneof });
    }
  }

  /** The type of a field that holds exactly one value. */
  #plain(label: string, type: ValueType): readonly [type: number, name?: string] {
    if (type.kind === "list" && type.element.kind === "u8") return [SCALAR_TYPES.bytes!];
    if (type.kind === "enum") return [ENUM, this.#enum(label, type.cases)];
    const scalar = PROTO_SCALARS[type.kind as keyof typeof PROTO_SCALARS];
    if (scalar !== undefined) return [SCALAR_TYPES[scalar]!];
    const message = this.#nest(label);
    message.fill(type);
    return [MESSAGE, message.#path];
  }

  #nest(label: string): MessageDescriptor {
    const nested = new MessageDescriptor(protoType(label), this.#path, this.#package);
    this.#nested.push(nested);
    return nested;
  }

  #enum(label: string, labels: readonly string[]): string {
    const name = protoType(label);
    const values = ["unspecified", ...labels].map((one, number): Part => {
      const value: Part[] = [
        [1, protoEnumValue(name, one)],
        [2, number],
      ];
      return [2, encode(value)];
    });
    this.#enums.push(encode([[1, name], ...values]));
    return `${this.#path}.${name}`;
  }

  #add(
    label: string,
    number: number,
    [type, typeName]: readonly [number, string?],
    { oneof, isRepeated = false, isOptional = false }: { oneof?: number; isRepeated?: boolean; isOptional?: boolean },
  ): void {
    const name = protoField(label);
    const parts: Part[] = [
      [1, name],
      [3, number],
      [4, isRepeated ? REPEATED : OPTIONAL],
      [5, type],
    ];
    if (typeName !== undefined) parts.push([6, typeName]);
    parts.push([10, name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())]);
    if (oneof !== undefined) parts.push([9, oneof]);
    // Proto3 says so by a oneof of one field (descriptor.proto "proto3_optional").
    else if (isOptional) parts.push([9, this.#oneofs.push(`_${name}`) - 1], [17, 1]);
    this.#fields.push(encode(parts));
  }
}
