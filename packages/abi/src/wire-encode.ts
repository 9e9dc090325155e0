// A type -> a closure that writes its values in the wire form; the portable twin of generate-encode.ts.
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import type { HandleCodec } from "./handles.ts";
import { refuseStream } from "./handles.ts";
import { flagBytes, isFieldObject, isTaggedOption, numericArray, readerOf, recordKeys } from "./mapping.ts";
import type { NumericKind } from "./mapping.ts";
import { numericListWriter } from "./wire-lists.ts";
import type { Writer } from "./writer.ts";

/** Writes or throws `value-invalid` without a path: the codec asks the validator for it (function-codec.ts). */
export type Encode = (value: unknown, writer: Writer, handles: HandleCodec) => void;

/** Writes values that stand one after another. */
export type EncodeRow = (values: readonly unknown[], writer: Writer, handles: HandleCodec) => void;

/** The closure form of a row. */
export function rowEncoder(types: readonly ValueType[]): EncodeRow {
  const parts = types.map(encoderOf);
  return (values, writer, handles) => {
    for (let index = 0; index < parts.length; index++) (parts[index] as Encode)(values[index], writer, handles);
  };
}

const encoders = new WeakMap<ValueType, Encode>();

export function encoderOf(type: ValueType): Encode {
  const found = encoders.get(type);
  if (found !== undefined) return found;
  const made = makeEncoder(type);
  encoders.set(type, made);
  return made;
}

function makeEncoder(type: ValueType): Encode {
  switch (type.kind) {
    case "record":
      return encodeRecord(type.fields);
    case "tuple":
      return encodeTuple(type.items);
    case "list":
      return numericArray(type.element) === undefined
        ? encodeList(type.element, type.length ?? -1)
        : encodeNumbers(type.element, type.length ?? -1);
    case "map":
      return encodeMap(type.key, type.value);
    case "option":
      return encodeOption(type.item);
    case "result":
      return encodeResult(type.ok, type.err);
    case "variant":
      return encodeVariant(type.cases);
    case "enum":
      return encodeEnum(type.cases);
    case "flags":
      return encodeFlags(type.flags);
    case "own":
    case "borrow":
      return (value, writer, handles) => writer.handle(handles.lower(value, type));
    case "stream":
    case "future":
      return () => refuseStream(type.kind);
    case "error-context":
      return (value, writer) => writer.string(value);
    default: {
      const { kind } = type;
      return (value, writer) => writer[kind](value);
    }
  }
}

function encodeRecord(fields: readonly Field[]): Encode {
  const reads = recordKeys(fields).map(readerOf);
  const parts = fields.map((field) => encoderOf(field.type));
  return (value, writer, handles) => {
    if (!isFieldObject(value)) return writer.mismatch();
    for (let index = 0; index < parts.length; index++) {
      (parts[index] as Encode)((reads[index] as (typeof reads)[0])(value), writer, handles);
    }
  };
}

function encodeTuple(items: readonly ValueType[]): Encode {
  const parts = items.map(encoderOf);
  return (value, writer, handles) => {
    if (!Array.isArray(value) || value.length !== parts.length) return writer.mismatch();
    for (let index = 0; index < parts.length; index++) (parts[index] as Encode)(value[index], writer, handles);
  };
}

function encodeList(element: ValueType, length: number): Encode {
  const part = encoderOf(element);
  return (value, writer, handles) => {
    if (!Array.isArray(value)) return writer.mismatch();
    const count = value.length;
    if (length < 0) writer.varint(count);
    else if (count !== length) return writer.mismatch();
    for (let index = 0; index < count; index++) part(value[index], writer, handles);
  };
}

function encodeNumbers(element: ValueType, length: number): Encode {
  const write = numericListWriter(element.kind as NumericKind);
  return (value, writer) => write(value, writer, length);
}

function encodeMap(key: ValueType, item: ValueType): Encode {
  const writeKey = encoderOf(key);
  const writeItem = encoderOf(item);
  return (value, writer, handles) => {
    if (!(value instanceof Map)) return writer.mismatch();
    writer.varint(value.size);
    for (const [k, v] of value as Map<unknown, unknown>) {
      writeKey(k, writer, handles);
      writeItem(v, writer, handles);
    }
  };
}

function encodeOption(item: ValueType): Encode {
  if (isTaggedOption(item)) return encodeVariant([{ name: "none" }, { name: "some", type: item }]);
  const part = encoderOf(item);
  return (value, writer, handles) => {
    writer.byte(value === undefined ? 0 : 1);
    if (value !== undefined) part(value, writer, handles);
  };
}

function encodeResult(ok: ValueType | undefined, err: ValueType | undefined): Encode {
  const cases = [
    ok === undefined ? { name: "ok" } : { name: "ok", type: ok },
    err === undefined ? { name: "err" } : { name: "err", type: err },
  ];
  return encodeVariant(cases);
}

function encodeVariant(cases: readonly VariantCase[]): Encode {
  const known = new Map<unknown, { readonly index: number; readonly part: Encode | undefined }>();
  for (const [index, item] of cases.entries()) {
    known.set(item.name, { index, part: item.type === undefined ? undefined : encoderOf(item.type) });
  }
  return (value, writer, handles) => {
    if (!isFieldObject(value)) return writer.mismatch();
    const found = known.get(value["tag"]) ?? writer.mismatch();
    writer.varint(found.index);
    if (found.part !== undefined) found.part(value["val"], writer, handles);
    else if (value["val"] !== undefined) return writer.mismatch();
  };
}

function encodeEnum(labels: readonly string[]): Encode {
  const indexes = new Map<unknown, number>(labels.map((label, index) => [label, index]));
  return (value, writer) => writer.varint(indexes.get(value) ?? writer.mismatch());
}

function encodeFlags(labels: readonly string[]): Encode {
  const reads = recordKeys(labels.map((name) => ({ name }))).map(readerOf);
  const size = flagBytes(labels.length);
  return (value, writer) => {
    if (!isFieldObject(value)) return writer.mismatch();
    for (let byte = 0; byte < size; byte++) {
      let bits = 0;
      for (let bit = 0; bit < 8 && byte * 8 + bit < reads.length; bit++) {
        bits |= writer.flag((reads[byte * 8 + bit] as (typeof reads)[0])(value)) << bit;
      }
      writer.byte(bits);
    }
  };
}
