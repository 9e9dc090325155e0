// One scalar or enum of protobuf -> a value of the contract, held against its range.
import type { ProtoScalar, ValueType } from "@tenon/contract/core";
import { charCode } from "../validate-primitives.ts";
import type { ProtoReader } from "./proto-reader.ts";
import { SCALAR_WIRES } from "./encode.ts";
import type { ProtoType } from "./shape.ts";

export interface ScalarReader {
  readonly wire: number;
  readonly read: (reader: ProtoReader) => unknown;
  /** The value of an absent implicit field. Throws where the type has no such value. */
  readonly absent: (reader: ProtoReader) => unknown;
}

const READS: Readonly<Record<ProtoScalar, (reader: ProtoReader) => unknown>> = {
  double: (r) => r.double(),
  float: (r) => r.float(),
  int32: (r) => r.int32(),
  uint32: (r) => r.uint32(),
  sint32: (r) => r.sint32(),
  int64: (r) => r.int64(),
  uint64: (r) => r.uint64(),
  sint64: (r) => r.sint64(),
  fixed32: (r) => r.fixed32(),
  sfixed32: (r) => r.sfixed32(),
  fixed64: (r) => r.fixed64(),
  sfixed64: (r) => r.sfixed64(),
  bool: (r) => r.bool(),
  string: (r) => r.string(),
  bytes: (r) => r.bytes(),
};

const RANGES: Readonly<Partial<Record<ValueType["kind"], readonly [number, number]>>> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  s8: [-0x80, 0x7f],
  s16: [-0x8000, 0x7fff],
};

/** The reader of a type whose protobuf form is no message. */
export function scalarReader(type: ValueType, target: Exclude<ProtoType, { kind: "message" }>): ScalarReader {
  return target.kind === "enum" ? enumReader(type, target.numbers) : plainReader(type, target.scalar);
}

function enumReader(type: ValueType, numbers: readonly number[]): ScalarReader {
  const cases = type.kind === "enum" ? type.cases : [];
  const labels = new Map<number, string>();
  // Where two names share a number, the first one is its name, as in protobuf's JSON mapping.
  for (const [index, number] of numbers.entries()) if (!labels.has(number)) labels.set(number, cases[index] as string);
  const find = (reader: ProtoReader, number: number): string => {
    const label = labels.get(number);
    return label ?? reader.fail(number === 0 ? "the enum value is missing" : `there is no enum value ${number}`);
  };
  return {
    wire: SCALAR_WIRES.int32.wire,
    read: (reader) => find(reader, reader.int32()),
    absent: (reader) => find(reader, 0),
  };
}

function plainReader(type: ValueType, scalar: ProtoScalar): ScalarReader {
  const { wire } = SCALAR_WIRES[scalar];
  const read = READS[scalar];
  if (type.kind === "char") {
    const check = (reader: ProtoReader, value: unknown): unknown =>
      charCode(value) < 0 ? reader.fail("a char must be exactly one character") : value;
    return { wire, read: (reader) => check(reader, read(reader)), absent: (reader) => check(reader, "") };
  }
  const absent = absentOf(scalar);
  const range = RANGES[type.kind];
  if (type.kind === "list" && type.length !== undefined) {
    const { length } = type;
    const check = (reader: ProtoReader, value: Uint8Array): Uint8Array =>
      value.length === length ? value : reader.fail(`expected ${length} bytes, got ${value.length}`);
    return {
      wire,
      read: (reader) => check(reader, reader.bytes()),
      absent: (reader) => check(reader, new Uint8Array(0)),
    };
  }
  if (range === undefined) return { wire, read, absent };
  const [low, high] = range;
  return {
    wire,
    absent,
    read: (reader) => {
      const value = read(reader) as number;
      return value >= low && value <= high ? value : reader.fail(`${value} is outside of ${type.kind}`);
    },
  };
}

function absentOf(scalar: ProtoScalar): () => unknown {
  switch (scalar) {
    case "bool":
      return () => false;
    case "string":
      return () => "";
    case "bytes":
      return () => new Uint8Array(0);
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return () => 0n;
    default:
      return () => 0;
  }
}
