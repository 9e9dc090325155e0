// Protobuf messages -> values of the contract. Total: any bytes give a value of the declared type or a typed error with its path.
import type { ValueType } from "@tenon/contract/core";
import { camelCase } from "@tenon/contract/core";
import { isTaggedOption, numericArray, setField } from "../mapping.ts";
import { slotCost, typeFacts } from "../type-facts.ts";
import { scalarReader } from "./decode-scalar.ts";
import { casesOf } from "./encode.ts";
import { partAt } from "./parts.ts";
import type { ProtoReader } from "./proto-reader.ts";
import { WIRE } from "./proto-writer.ts";
import type { ProtoField, ProtoMember, ProtoMessage, ProtoType } from "./shape.ts";

/** Reads the fields up to the reader's end. The value's own fixed cost has been charged by whoever calls. */
type ReadBody = (reader: ProtoReader) => unknown;

/** One field number: takes what came before (undefined at first) and gives what stands now. */
type ReadField = (reader: ProtoReader, wire: number, before: unknown) => unknown;

interface MemberReader {
  readonly fields: readonly { readonly number: number; readonly read: ReadField }[];
  /** What was read -> the value; undefined stands for a member that never came. */
  readonly finish: (reader: ProtoReader, read: unknown) => unknown;
}

const bodies = new WeakMap<ProtoMessage, ReadBody>();

export function bodyReader(type: ValueType, message: ProtoMessage): ReadBody {
  const found = bodies.get(message);
  if (found !== undefined) return found;
  const made = makeBody(type, message);
  bodies.set(message, made);
  return made;
}

function makeBody(type: ValueType, message: ProtoMessage): ReadBody {
  const members = message.members.map((member, index) => memberReader(partAt(type, message, index), member));
  const byNumber = new Map<number, { readonly index: number; readonly read: ReadField }>();
  for (const [index, member] of members.entries())
    for (const { number, read } of member.fields) byNumber.set(number, { index, read });
  const segments = segmentsOf(type, message);
  const assemble = assembler(type, message);
  return (reader) => {
    const read: unknown[] = [];
    let index = -1;
    try {
      while (reader.at < reader.end) {
        index = -1;
        const tag = reader.uint32();
        const wire = tag & 7;
        if (tag < 8) reader.fail("a field has the number 0");
        const field = byNumber.get(tag >>> 3);
        if (field === undefined) {
          reader.skip(wire);
          continue;
        }
        index = field.index;
        read[index] = field.read(reader, wire, read[index]);
      }
      for (index = 0; index < members.length; index++)
        read[index] = (members[index] as MemberReader).finish(reader, read[index]);
    } catch (thrown) {
      const segment = segments[index];
      if (segment !== undefined) reader.via(segment);
      throw thrown;
    }
    return assemble(read);
  };
}

function segmentsOf(type: ValueType, message: ProtoMessage): readonly string[] {
  if (message.as === "only") return [];
  if (type.kind === "record") return type.fields.map(({ name }) => `.${camelCase(name)}`);
  if (type.kind === "flags") return type.flags.map((name) => `.${camelCase(name)}`);
  return message.members.map((_, index) => `[${index}]`);
}

function assembler(type: ValueType, message: ProtoMessage): (read: readonly unknown[]) => unknown {
  if (message.as === "only") return (read) => read[0];
  if (message.as === "tuple") return (read) => read;
  const labels = type.kind === "record" ? type.fields.map(({ name }) => name) : type.kind === "flags" ? type.flags : [];
  const keys = labels.map(camelCase);
  return (read) => {
    const value: Record<string, unknown> = {};
    for (let index = 0; index < keys.length; index++) setField(value, keys[index] as string, read[index]);
    return value;
  };
}

function memberReader(type: ValueType, member: ProtoMember): MemberReader {
  if (member.kind === "oneof") return oneofReader(type, member);
  switch (member.rule) {
    case "repeated":
      return repeatedReader(type, member);
    case "map":
      return mapReader(type, member);
    case "optional":
      return optionalReader(type, member);
    default:
      return implicitReader(type, member);
  }
}

interface SingleReader {
  readonly wire: number;
  readonly read: (reader: ProtoReader) => unknown;
  readonly absent: (reader: ProtoReader) => unknown;
}

function single(type: ValueType, target: ProtoType): SingleReader {
  if (target.kind !== "message") return scalarReader(type, target);
  // Made at the first value, because a message may be asked for while it is itself being made.
  let body: ReadBody | undefined;
  const get = (): ReadBody => (body ??= bodyReader(type, target.message));
  return {
    wire: WIRE.bytes,
    read: (reader) => reader.part(() => get()(reader)),
    // What never came is what an empty message says: its parts have their defaults, or an error names the one that has none.
    absent: (reader) => {
      const { end } = reader;
      reader.end = reader.at;
      const value = get()(reader);
      reader.end = end;
      return value;
    },
  };
}

function expectWire(reader: ProtoReader, wire: number, wanted: number): void {
  if (wire !== wanted) reader.fail(`wire type ${wire} came where the contract has ${wanted}`);
}

function implicitReader(type: ValueType, { number, type: target }: ProtoField): MemberReader {
  const { wire: wanted, read, absent } = single(type, target);
  const field: ReadField = (reader, wire) => {
    expectWire(reader, wire, wanted);
    return read(reader);
  };
  return { fields: [{ number, read: field }], finish: (reader, value) => value ?? absent(reader) };
}

function optionalReader(type: ValueType, { number, type: target }: ProtoField): MemberReader {
  const item = type.kind === "option" ? type.item : type;
  const { wire: wanted, read } = single(item, target);
  const cost = typeFacts(item).fixedCost;
  const isTagged = isTaggedOption(item);
  const field: ReadField = (reader, wire) => {
    expectWire(reader, wire, wanted);
    reader.budget.charge(cost);
    return isTagged ? { tag: "some", val: read(reader) } : read(reader);
  };
  return { fields: [{ number, read: field }], finish: (_, value) => value ?? (isTagged ? { tag: "none" } : undefined) };
}

function oneofReader(type: ValueType, member: Extract<ProtoMember, { kind: "oneof" }>): MemberReader {
  const inner = member.isOptional && type.kind === "option" ? type.item : type;
  const cases = casesOf(inner);
  const fields = member.cases.map(({ number, type: target }, index) => {
    const { name, type: payload } = cases[index] as (typeof cases)[0];
    const part = payload && single(payload, target);
    const cost = payload ? typeFacts(payload).fixedCost : 0;
    const read: ReadField = (reader, wire) => {
      expectWire(reader, wire, part?.wire ?? WIRE.bytes);
      reader.budget.charge(cost);
      if (part === undefined) {
        reader.skip(wire);
        return { tag: name };
      }
      try {
        return { tag: name, val: part.read(reader) };
      } catch (thrown) {
        reader.via(".val");
        throw thrown;
      }
    };
    return { number, read };
  });
  // An optional oneof that never came is none; a required one is a fault of the sender, or a case that is newer than we are.
  const finish = (reader: ProtoReader, value: unknown): unknown =>
    value ??
    (member.isOptional
      ? undefined
      : reader.fail(`none of the cases ${cases.map(({ name }) => name).join(", ")} is set`));
  return { fields, finish };
}

function repeatedReader(type: ValueType, { number, type: target }: ProtoField): MemberReader {
  if (type.kind !== "list") throw new TypeError("a repeated field stands for another type");
  const { element, length } = type;
  const { wire: wanted, read } = single(element, target);
  const array = numericArray(element);
  const cost = array?.width ?? slotCost(element);
  const add = (reader: ProtoReader, list: unknown[]): void => {
    reader.budget.chargeList(1, cost);
    if (list.length >= reader.budget.limits.maxListLength) reader.budget.chargeList(list.length + 1, 0);
    try {
      list.push(read(reader));
    } catch (thrown) {
      reader.via(`[${list.length}]`);
      throw thrown;
    }
  };
  const field: ReadField = (reader, wire, before) => {
    const list = (before ?? []) as unknown[];
    if (wire === WIRE.bytes && wanted !== WIRE.bytes) {
      reader.part(() => {
        while (reader.at < reader.end) add(reader, list);
      });
      return list;
    }
    expectWire(reader, wire, wanted);
    add(reader, list);
    return list;
  };
  const finish = (reader: ProtoReader, value: unknown): unknown => {
    const list = (value ?? []) as unknown[];
    if (length !== undefined && list.length !== length) reader.fail(`expected ${length} elements, got ${list.length}`);
    if (array === undefined) return list;
    const numbers = array.create(list.length);
    for (let index = 0; index < list.length; index++) numbers[index] = list[index] as number;
    return numbers;
  };
  return { fields: [{ number, read: field }], finish };
}

/** Heap bytes of one map entry beyond its key and value. */
const MAP_ENTRY_COST = 32;

function mapReader(type: ValueType, { number, type: target, key: keyTarget }: ProtoField): MemberReader {
  if (type.kind !== "map" || keyTarget === undefined) throw new TypeError("a map field stands for another type");
  const cost = slotCost(type.key) + slotCost(type.value) + MAP_ENTRY_COST;
  const entryType: ValueType = { kind: "tuple", items: [type.key, type.value] };
  const entry = bodyReader(entryType, {
    as: "tuple",
    members: [
      { kind: "field", number: 1, rule: "implicit", type: keyTarget },
      { kind: "field", number: 2, rule: "implicit", type: target },
    ],
  });
  const field: ReadField = (reader, wire, before) => {
    expectWire(reader, wire, WIRE.bytes);
    const map = (before ?? new Map()) as Map<unknown, unknown>;
    reader.budget.chargeList(1, cost);
    if (map.size >= reader.budget.limits.maxListLength) reader.budget.chargeList(map.size + 1, 0);
    try {
      const [key, value] = reader.part(() => entry(reader)) as readonly [unknown, unknown];
      return map.set(key, value);
    } catch (thrown) {
      reader.via(`[${map.size}]`);
      throw thrown;
    }
  };
  return { fields: [{ number, read: field }], finish: (_, value) => value ?? new Map() };
}
