// The type sections of a component (component-model Binary.md, "Type Definitions").
import type { PrimitiveKind } from "@tenon/contract/core";
import { hex } from "../binary/reader.ts";
import type { BinaryReader } from "../binary/reader.ts";
import type { Case, Definition, ExternAst, Labelled, TypeAst, ValueRef } from "./ast.ts";
import { readCoreType } from "./decode-core-types.ts";
import { countDefinition, innerScope, noteAlias } from "./decoding.ts";
import type { Decoding } from "./decoding.ts";
import { readAlias, readExternName } from "./decode-names.ts";

const PRIMITIVES: Readonly<Record<number, PrimitiveKind>> = {
  0x7f: "bool",
  0x7e: "s8",
  0x7d: "u8",
  0x7c: "s16",
  0x7b: "u16",
  0x7a: "s32",
  0x79: "u32",
  0x78: "s64",
  0x77: "u64",
  0x76: "f32",
  0x75: "f64",
  0x74: "char",
  0x73: "string",
  0x64: "error-context",
};

/** A primitive or the index of a type. */
export function readValueRef(reader: BinaryReader): ValueRef {
  const at = reader.at;
  const code = reader.s33("a value type");
  if (code >= 0) return code;
  return PRIMITIVES[code + 0x80] ?? reader.fail(`expected a value type, found ${hex(code + 0x80)}`, at);
}

function readOptional(reader: BinaryReader): ValueRef | undefined {
  return reader.flag("whether a type follows") ? readValueRef(reader) : undefined;
}

function readLabelled(reader: BinaryReader): Labelled {
  return [reader.name("a label"), readValueRef(reader)];
}

function readCase(reader: BinaryReader): Case {
  const label = reader.name("a label");
  const type = readOptional(reader);
  reader.expect(0x00, "the end of a case");
  return [label, type];
}

/** `resultlist`: one unnamed type or none. */
export function readResult(reader: BinaryReader): ValueRef | undefined {
  const at = reader.at;
  const form = reader.u8("the form of a result");
  if (form === 0x00) return readValueRef(reader);
  if (form !== 0x01) reader.fail(`expected the form of a result, found ${hex(form)}`, at);
  reader.expect(0x00, "the end of a result");
  return undefined;
}

export function readType(decoding: Decoding): TypeAst {
  const { reader } = decoding;
  const at = reader.at;
  const code = reader.u8("a type");
  const primitive = PRIMITIVES[code];
  if (primitive !== undefined) return { kind: "primitive", primitive };
  switch (code) {
    case 0x41:
    case 0x42:
      return readDeclared(decoding, code === 0x41 ? "component" : "instance");
    case 0x40:
    case 0x43: {
      const params = reader.vec("parameters", () => readLabelled(reader));
      return { kind: "func", isAsync: code === 0x43, params, result: readResult(reader) };
    }
    case 0x3f: {
      const rep = reader.u8("the representation of a resource");
      if (rep !== 0x7f && rep !== 0x7e) reader.fail(`expected i32 as the representation, found ${hex(rep)}`, at + 1);
      const dtor = reader.flag("whether a destructor follows") ? reader.u32("a core function") : undefined;
      return { kind: "resource", rep: rep === 0x7f ? "i32" : "i64", dtor };
    }
    default:
      return readDefined(reader, code, at);
  }
}

function readDefined(reader: BinaryReader, code: number, at: number): TypeAst {
  switch (code) {
    case 0x72:
      return { kind: "record", fields: reader.vec("fields", () => readLabelled(reader)) };
    case 0x71:
      return { kind: "variant", cases: reader.vec("cases", () => readCase(reader)) };
    case 0x70:
      return { kind: "list", element: readValueRef(reader) };
    case 0x67: {
      const element = readValueRef(reader);
      return { kind: "list", element, length: reader.u32("the length of a list") };
    }
    case 0x6f:
      return { kind: "tuple", items: reader.vec("items", () => readValueRef(reader)) };
    case 0x6e:
    case 0x6d:
      return { kind: code === 0x6e ? "flags" : "enum", labels: reader.vec("labels", () => reader.name("a label")) };
    case 0x6b:
      return { kind: "option", item: readValueRef(reader) };
    case 0x6a:
      return { kind: "result", ok: readOptional(reader), err: readOptional(reader) };
    case 0x69:
    case 0x68:
      return { kind: code === 0x69 ? "own" : "borrow", resource: reader.u32("a resource type") };
    case 0x66:
    case 0x65:
      return { kind: code === 0x66 ? "stream" : "future", element: readOptional(reader) };
    case 0x63:
      return { kind: "map", key: readValueRef(reader), value: readValueRef(reader) };
    default:
      return reader.fail(`expected a type, found ${hex(code)}`, at);
  }
}

function readDeclared(outer: Decoding, kind: "component" | "instance"): TypeAst {
  const decoding = innerScope(outer);
  const { reader } = decoding;
  const decls = reader.vec("declarations", (): Definition => {
    countDefinition(decoding);
    const at = reader.at;
    const code = reader.u8("a declaration");
    if (code === 0x00) return { def: "core type", at, type: readCoreType(decoding) };
    if (code === 0x01) return { def: "type", at, type: readType(decoding) };
    if (code === 0x02) return noteAlias(decoding, readAlias(reader, at));
    if (code === 0x03 && kind === "component") {
      const name = readExternName(reader);
      return { def: "import", at, name, type: readExternType(reader) };
    }
    if (code !== 0x04) reader.fail(`expected a declaration, found ${hex(code)}`, at);
    const name = readExternName(reader);
    return { def: "export type", at, name, type: readExternType(reader) };
  });
  return { kind, decls };
}

export function readExternType(reader: BinaryReader): ExternAst {
  const at = reader.at;
  const code = reader.u8("the sort of an import or export");
  switch (code) {
    case 0x00:
      reader.expect(0x11, "a core module");
      return { kind: "core module", type: reader.u32("a core type") };
    case 0x01:
      return { kind: "func", type: reader.u32("a type") };
    case 0x02:
      if (reader.flag("the bound of a value")) return { kind: "value", type: readValueRef(reader) };
      return { kind: "value", same: reader.u32("a value") };
    case 0x03:
      if (reader.flag("the bound of a type")) return { kind: "type", bound: "resource" };
      return { kind: "type", bound: reader.u32("a type") };
    case 0x04:
      return { kind: "component", type: reader.u32("a type") };
    case 0x05:
      return { kind: "instance", type: reader.u32("a type") };
    default:
      return reader.fail(`expected the sort of an import or export, found ${hex(code)}`, at);
  }
}
