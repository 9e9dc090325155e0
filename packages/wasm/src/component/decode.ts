// A component's bytes -> its syntax tree (component-model Binary.md). Nothing is resolved here; see validate.ts.
import { BinaryReader, hex } from "../binary/reader.ts";
import { decodeCoreModule } from "../core/module.ts";
import type { CustomSection } from "../core/module.ts";
import { CoreTypeTable } from "../core/types.ts";
import type { ComponentAst, Definition } from "./ast.ts";
import { readCanon } from "./decode-canon.ts";
import { readCoreType } from "./decode-core-types.ts";
import { readAlias, readExternName, readSortIndex } from "./decode-names.ts";
import { readExternType, readType, readValueRef } from "./decode-types.ts";
import { countDefinition, innerScope, noteAlias } from "./decoding.ts";
import type { Decoding } from "./decoding.ts";

/** Whether the bytes start like a component (`\0asm`, layer 1). */
export function isComponent(bytes: Uint8Array): boolean {
  return [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00].every((byte, index) => bytes[index] === byte);
}

/** The syntax tree of the component in `bytes`. Throws `artifact-invalid` with the byte offset and what was expected. */
export function decodeComponent(bytes: Uint8Array, coreTypes: CoreTypeTable = new CoreTypeTable()): ComponentAst {
  return readComponent({ reader: new BinaryReader(bytes), coreTypes, total: { definitions: 0 }, scopes: [[]] });
}

function readComponent(decoding: Decoding): ComponentAst {
  const { reader } = decoding;
  const start = reader.at;
  for (const byte of [0x00, 0x61, 0x73, 0x6d]) reader.expect(byte, "the magic number \\0asm");
  for (const byte of [0x0d, 0x00]) reader.expect(byte, "the version of a component");
  for (const byte of [0x01, 0x00]) reader.expect(byte, "the layer of a component");
  const definitions: Definition[] = [];
  const customs: CustomSection[] = [];
  while (!reader.isAtEnd) {
    const at = reader.at;
    const id = reader.u8("a section");
    const body = reader.slice(reader.u32("the size of a section"), "a section");
    readSection(id, at, { ...decoding, reader: body }, definitions, customs);
    if (!body.isAtEnd) body.fail(`expected the end of section ${id}`);
  }
  return { start, end: reader.end, definitions, customs };
}

function readSection(
  id: number,
  at: number,
  decoding: Decoding,
  definitions: Definition[],
  customs: CustomSection[],
): void {
  const { reader } = decoding;
  const add = (definition: Definition): void => {
    countDefinition(decoding);
    definitions.push(definition);
  };
  const each = (what: string, read: (at: number) => Definition): void => {
    for (let left = reader.count(what); left > 0; left--) add(read(reader.at));
  };
  switch (id) {
    case 0:
      customs.push({ name: reader.name("the name of a custom section"), start: reader.at, end: reader.end });
      reader.at = reader.end;
      return;
    case 1: {
      const { at: start, end } = reader;
      const module = decodeCoreModule(reader.bytes, start, end, decoding.coreTypes);
      reader.at = end;
      return add({ def: "core module", at: start, module, start, end });
    }
    case 2:
      return each("core instances", (from) => readCoreInstance(decoding, from));
    case 3:
      return each("core types", (from) => ({ def: "core type", at: from, type: readCoreType(decoding) }));
    case 4: {
      const component = readComponent(innerScope(decoding));
      return add({ def: "component", at, component });
    }
    case 5:
      return each("instances", (from) => readInstance(decoding, from));
    case 6:
      return each("aliases", (from) => noteAlias(decoding, readAlias(reader, from)));
    case 7:
      return each("types", (from) => ({ def: "type", at: from, type: readType(decoding) }));
    case 8:
      return each("canonical definitions", (from) => ({ def: "canon", at: from, canon: readCanon(reader) }));
    case 9:
      return add(readStart(reader));
    case 10:
      return each("imports", (from) => {
        const name = readExternName(reader);
        return { def: "import", at: from, name, type: readExternType(reader) };
      });
    case 11:
      return each("exports", (from) => readExport(reader, from));
    case 12:
      return each("values", (from) => readValue(reader, from));
    default:
      return reader.fail(`expected a section, found the unknown id ${hex(id)}`, at);
  }
}

function readCoreInstance({ reader }: Decoding, at: number): Definition {
  const form = reader.u8("the form of a core instance");
  if (form === 0x00) {
    const module = reader.u32("a core module");
    const args = reader.vec("arguments", () => {
      const name = reader.name("the name of an argument");
      reader.expect(0x12, "an argument that is a core instance");
      return [name, reader.u32("a core instance")] as const;
    });
    return { def: "core instance", at, module, args };
  }
  if (form !== 0x01) reader.fail(`expected the form of a core instance, found ${hex(form)}`, at);
  const exports = reader.vec("exports", () => {
    const name = reader.name("the name of an export");
    return [name, readSortIndex(reader, "core")] as const;
  });
  return { def: "core bag", at, exports };
}

function readInstance({ reader }: Decoding, at: number): Definition {
  const form = reader.u8("the form of an instance");
  if (form === 0x00) {
    const component = reader.u32("a component");
    const args = reader.vec("arguments", () => {
      const name = reader.name("the name of an argument");
      return [name, readSortIndex(reader, "any")] as const;
    });
    return { def: "instance", at, component, args };
  }
  if (form !== 0x01) reader.fail(`expected the form of an instance, found ${hex(form)}`, at);
  const exports = reader.vec("exports", () => {
    const name = readExternName(reader);
    return [name, readSortIndex(reader, "any")] as const;
  });
  return { def: "bag", at, exports };
}

function readStart(reader: BinaryReader): Definition {
  const at = reader.at;
  const func = reader.u32("a start function");
  const args = reader.vec("arguments", () => reader.u32("a value"));
  return { def: "start", at, func, args, results: reader.u32("the number of results") };
}

function readExport(reader: BinaryReader, at: number): Definition {
  const name = readExternName(reader);
  const of = readSortIndex(reader, "any");
  const type = reader.flag("whether a type follows") ? readExternType(reader) : undefined;
  return { def: "export", at, name, of, type };
}

function readValue(reader: BinaryReader, at: number): Definition {
  const type = readValueRef(reader);
  const body = reader.slice(reader.u32("the size of a value"), "a value");
  return { def: "value", at, type, start: body.at, end: body.end };
}
