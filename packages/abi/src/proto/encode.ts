// Values -> protobuf messages. Values were checked against the contract before; here they are only written.
import type { ProtoScalar, ValueType } from "@tenon/contract/core";
import { camelCase } from "@tenon/contract/core";
import { isTaggedOption, readerOf } from "../mapping.ts";
import { partAt } from "./parts.ts";
import type { ProtoWriter } from "./proto-writer.ts";
import { WIRE } from "./proto-writer.ts";
import type { ProtoField, ProtoMember, ProtoMessage, ProtoType } from "./shape.ts";

type Write = (value: unknown, writer: ProtoWriter) => void;

interface Scalar {
  readonly wire: number;
  readonly write: (writer: ProtoWriter, value: never) => void;
}

export const SCALAR_WIRES: Readonly<Record<ProtoScalar, Scalar>> = {
  double: { wire: WIRE.fixed64, write: (w, v: number) => w.double(v) },
  float: { wire: WIRE.fixed32, write: (w, v: number) => w.float(v) },
  int32: { wire: WIRE.varint, write: (w, v: number) => w.int32(v) },
  uint32: { wire: WIRE.varint, write: (w, v: number) => w.uint32(v) },
  sint32: { wire: WIRE.varint, write: (w, v: number) => w.sint32(v) },
  int64: { wire: WIRE.varint, write: (w, v: bigint) => w.uint64(BigInt.asUintN(64, v)) },
  uint64: { wire: WIRE.varint, write: (w, v: bigint) => w.uint64(v) },
  sint64: { wire: WIRE.varint, write: (w, v: bigint) => w.sint64(v) },
  fixed32: { wire: WIRE.fixed32, write: (w, v: number) => w.fixed32(v) },
  sfixed32: { wire: WIRE.fixed32, write: (w, v: number) => w.fixed32(v) },
  fixed64: { wire: WIRE.fixed64, write: (w, v: bigint) => w.fixed64(v) },
  sfixed64: { wire: WIRE.fixed64, write: (w, v: bigint) => w.fixed64(v) },
  bool: { wire: WIRE.varint, write: (w, v: boolean) => w.uint32(v ? 1 : 0) },
  string: { wire: WIRE.bytes, write: (w, v: string) => w.string(v) },
  bytes: {
    wire: WIRE.bytes,
    write: (w, v: ArrayLike<number>) => w.bytes(v instanceof Uint8Array ? v : Uint8Array.from(v)),
  },
};

const bodies = new WeakMap<ProtoMessage, Write>();

/** Writes the fields of a message, without its length. */
export function bodyWriter(type: ValueType, message: ProtoMessage): Write {
  const found = bodies.get(message);
  if (found !== undefined) return found;
  const made = makeBody(type, message);
  bodies.set(message, made);
  return made;
}

function makeBody(type: ValueType, message: ProtoMessage): Write {
  const members = message.members.map((member, index) => memberWriter(partAt(type, message, index), member));
  if (message.as === "only") return members[0] as Write;
  if (message.as === "tuple") {
    return (value, writer) => {
      for (let index = 0; index < members.length; index++)
        (members[index] as Write)((value as readonly unknown[])[index], writer);
    };
  }
  const labels = type.kind === "record" ? type.fields.map(({ name }) => name) : type.kind === "flags" ? type.flags : [];
  const readers = labels.map((label) => readerOf(camelCase(label)));
  return (value, writer) => {
    for (let index = 0; index < members.length; index++)
      (members[index] as Write)(
        (readers[index] as ReturnType<typeof readerOf>)(value as Record<string, unknown>),
        writer,
      );
  };
}

function memberWriter(type: ValueType, member: ProtoMember): Write {
  if (member.kind === "field") return fieldWriter(type, member);
  return oneofWriter(type, member);
}

function oneofWriter(type: ValueType, member: Extract<ProtoMember, { kind: "oneof" }>): Write {
  const inner = member.isOptional && type.kind === "option" ? type.item : type;
  const cases = new Map<unknown, Write>();
  for (const [index, { name, type: payload }] of casesOf(inner).entries()) {
    const field = member.cases[index] as ProtoField;
    cases.set(name, payload === undefined ? emptyWriter(field) : singleWriter(payload, field));
  }
  return (value, writer) => {
    if (value === undefined) return;
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    cases.get(tag)?.(val, writer);
  };
}

export function casesOf(type: ValueType): readonly { readonly name: string; readonly type?: ValueType | undefined }[] {
  if (type.kind === "variant") return type.cases;
  if (type.kind === "result")
    return [
      { name: "ok", type: type.ok },
      { name: "err", type: type.err },
    ];
  return [];
}

function emptyWriter({ number }: ProtoField): Write {
  return (_value, writer) => {
    writer.tag(number, WIRE.bytes);
    writer.uint32(0);
  };
}

/** Writes the field whatever the value is, defaults too. */
function singleWriter(type: ValueType, { number, type: target }: ProtoField): Write {
  const { wire, write } = elementWriter(type, target);
  return (value, writer) => {
    writer.tag(number, wire);
    write(value, writer);
  };
}

function elementWriter(type: ValueType, target: ProtoType): { readonly wire: number; readonly write: Write } {
  if (target.kind === "message") {
    // Made at the first value, because a message may be asked for while it is itself being made.
    let body: Write | undefined;
    return {
      wire: WIRE.bytes,
      write: (value, writer) => {
        const write = (body ??= bodyWriter(type, target.message));
        writer.part(() => write(value, writer));
      },
    };
  }
  if (target.kind === "enum") {
    const numbers = new Map(
      type.kind === "enum" ? type.cases.map((label, index) => [label, target.numbers[index]]) : [],
    );
    return { wire: WIRE.varint, write: (value, writer) => writer.int32(numbers.get(value as string) as number) };
  }
  const { wire, write } = SCALAR_WIRES[target.scalar];
  return { wire, write: (value, writer) => write(writer, value as never) };
}

function fieldWriter(type: ValueType, field: ProtoField): Write {
  switch (field.rule) {
    case "repeated":
      return repeatedWriter(type.kind === "list" ? type.element : type, field);
    case "map":
      return mapWriter(type, field);
    case "optional":
      return optionalWriter(type, field);
    default:
      return implicitWriter(type, field);
  }
}

function optionalWriter(type: ValueType, field: ProtoField): Write {
  if (type.kind !== "option") return singleWriter(type, field);
  const write = singleWriter(type.item, field);
  if (!isTaggedOption(type.item)) return (value, writer) => (value === undefined ? undefined : write(value, writer));
  return (value, writer) => {
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    if (tag === "some") write(val, writer);
  };
}

/** Defaults are left out, as proto3 does; -0 is not the default, though it compares equal. */
function implicitWriter(type: ValueType, field: ProtoField): Write {
  const write = singleWriter(type, field);
  if (field.type.kind === "message") return write;
  const isDefault = defaultTest(type, field.type);
  return (value, writer) => {
    if (!isDefault(value)) write(value, writer);
  };
}

function defaultTest(type: ValueType, target: ProtoType): (value: unknown) => boolean {
  if (target.kind === "enum") {
    const zero = type.kind === "enum" ? type.cases[target.numbers.indexOf(0)] : undefined;
    return (value) => zero !== undefined && value === zero;
  }
  if (target.kind === "scalar" && target.scalar === "bytes")
    return (value) => (value as ArrayLike<number>).length === 0;
  return (value) => value === false || Object.is(value, 0) || value === 0n || value === "" || value === undefined;
}

function repeatedWriter(element: ValueType, field: ProtoField): Write {
  const { wire, write } = elementWriter(element, field.type);
  const isPacked = wire !== WIRE.bytes && field.isPacked !== false;
  if (!isPacked) {
    return (value, writer) => {
      const list = value as ArrayLike<unknown>;
      for (let index = 0; index < list.length; index++) {
        writer.tag(field.number, wire);
        write(list[index], writer);
      }
    };
  }
  return (value, writer) => {
    const list = value as ArrayLike<unknown>;
    if (list.length === 0) return;
    writer.tag(field.number, WIRE.bytes);
    writer.part(() => {
      for (let index = 0; index < list.length; index++) write(list[index], writer);
    });
  };
}

function mapWriter(type: ValueType, field: ProtoField): Write {
  if (type.kind !== "map" || field.key === undefined) throw new TypeError("a map field stands for another type");
  const writeKey = singleWriter(type.key, { number: 1, rule: "optional", type: field.key });
  const writeValue = singleWriter(type.value, { number: 2, rule: "optional", type: field.type });
  return (value, writer) => {
    for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
      writer.tag(field.number, WIRE.bytes);
      writer.part(() => {
        writeKey(key, writer);
        writeValue(item, writer);
      });
    }
  };
}
