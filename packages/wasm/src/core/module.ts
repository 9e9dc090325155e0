// A core module's bytes -> what it imports and exports, with types. Code and data are left to the engine's validation.
import { BinaryReader, hex } from "../binary/reader.ts";
import { funcTypeAt, readExtern, readMemory, readTable } from "./externs.ts";
import type { CoreExtern, CoreImport, CoreModuleType } from "./externs.ts";
import { CoreTypeTable } from "./types.ts";
import type { CoreType } from "./types.ts";

export interface CustomSection {
  readonly name: string;
  /** Bounds of the content behind the name, in the whole file. */
  readonly start: number;
  readonly end: number;
}
export interface CoreModule extends CoreModuleType {
  readonly customs: readonly CustomSection[];
  readonly hasStart: boolean;
}

/** Section ids in the order in which they must stand (core spec, binary/modules). */
const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const EXPORT_KINDS = ["func", "table", "memory", "global", "tag"] as const;
const MAX_ITEMS = 1_000_000;

interface Spaces {
  readonly types: CoreType[];
  readonly func: CoreExtern[];
  readonly table: CoreExtern[];
  readonly memory: CoreExtern[];
  readonly global: CoreExtern[];
  readonly tag: CoreExtern[];
}

/** Whether the bytes start like a core module (`\0asm`, version 1). */
export function isCoreModule(bytes: Uint8Array): boolean {
  return [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00].every((byte, index) => bytes[index] === byte);
}

/**
 * Reads the module at `bytes[start..end)`. `table` gives equal types of several modules one identity.
 * Throws `artifact-invalid` with the byte offset; a module that passes may still be refused by `WebAssembly.compile`.
 */
export function decodeCoreModule(
  bytes: Uint8Array,
  start: number = 0,
  end: number = bytes.length,
  table: CoreTypeTable = new CoreTypeTable(),
): CoreModule {
  const reader = new BinaryReader(bytes, start, end);
  for (const byte of [0x00, 0x61, 0x73, 0x6d]) reader.expect(byte, "the magic number \\0asm");
  for (const byte of [0x01, 0x00, 0x00, 0x00]) reader.expect(byte, "the version of a core module");
  const spaces: Spaces = { types: [], func: [], table: [], memory: [], global: [], tag: [] };
  const imports: CoreImport[] = [];
  const exports = new Map<string, CoreExtern>();
  const customs: CustomSection[] = [];
  let last = -1;
  let hasStart = false;
  while (!reader.isAtEnd) {
    const at = reader.at;
    const id = reader.u8("a section");
    const body = reader.slice(reader.u32("the size of a section"), "a section");
    if (id === 0) {
      customs.push({ name: body.name("the name of a custom section"), start: body.at, end: body.end });
      continue;
    }
    const place = ORDER.indexOf(id);
    if (place < 0) reader.fail(`expected a section, found the unknown id ${hex(id)}`, at);
    if (place <= last) reader.fail(`section ${id} is out of order`, at);
    last = place;
    if (id === 8) hasStart = true;
    readSection(id, body, spaces, table, imports, exports);
  }
  return { imports, exports, customs, hasStart };
}

function readSection(
  id: number,
  body: BinaryReader,
  spaces: Spaces,
  table: CoreTypeTable,
  imports: CoreImport[],
  exports: Map<string, CoreExtern>,
): void {
  const each = (what: string, read: () => void): void => {
    for (let left = body.count(what, MAX_ITEMS); left > 0; left--) read();
    if (!body.isAtEnd) body.fail(`expected the end of the section of ${what}`);
  };
  if (id === 1) each("types", () => table.readGroup(body, spaces.types));
  if (id === 2) each("imports", () => readImport(body, spaces, table, imports));
  if (id === 3) each("functions", () => spaces.func.push({ kind: "func", type: funcTypeAt(body, spaces.types) }));
  if (id === 4) each("tables", () => spaces.table.push(readTableDefinition(body, spaces, table)));
  if (id === 5) each("memories", () => spaces.memory.push(readMemory(body)));
  if (id === 6) each("globals", () => readGlobal(body, spaces, table));
  if (id === 13) each("tags", () => spaces.tag.push(readTag(body, spaces)));
  if (id === 7) each("exports", () => readExport(body, spaces, exports));
}

function readImport(body: BinaryReader, spaces: Spaces, table: CoreTypeTable, imports: CoreImport[]): void {
  const module = body.name("the module of an import");
  const name = body.name("the name of an import");
  const type = readExtern(body, table, spaces.types);
  imports.push({ module, name, type });
  spaces[type.kind].push(type);
}

function readTag(body: BinaryReader, spaces: Spaces): CoreExtern {
  body.expect(0, "a tag's attribute");
  return { kind: "tag", type: funcTypeAt(body, spaces.types) };
}

function readTableDefinition(body: BinaryReader, spaces: Spaces, table: CoreTypeTable): CoreExtern {
  if (body.peek() !== 0x40) return readTable(body, table, spaces.types);
  body.u8("a table with a first value");
  body.expect(0, "a reserved byte");
  const type = readTable(body, table, spaces.types);
  skipConstant(body);
  return type;
}

function readGlobal(body: BinaryReader, spaces: Spaces, table: CoreTypeTable): void {
  const type = table.readValueType(body, spaces.types);
  spaces.global.push({ kind: "global", type, isMutable: body.flag("mutability") });
  skipConstant(body);
}

function readExport(body: BinaryReader, spaces: Spaces, exports: Map<string, CoreExtern>): void {
  const at = body.at;
  const name = body.name("the name of an export");
  const kind = EXPORT_KINDS[body.u8("the kind of an export")] ?? body.fail("expected the kind of an export", at);
  const index = body.u32("the index of an export");
  const type = spaces[kind][index] ?? body.fail(`${kind} ${index} is not there`, at);
  if (exports.has(name)) body.fail(`duplicate export name \`${name}\` already defined`, at);
  exports.set(name, type);
}

/** Steps over a constant expression; the engine checks it. */
function skipConstant(reader: BinaryReader): void {
  for (;;) {
    const at = reader.at;
    const op = reader.u8("an instruction");
    if (op === 0x0b) return;
    if (op === 0x41) reader.skipSigned("a constant", 5);
    else if (op === 0x42) reader.skipSigned("a constant", 10);
    else if (op === 0x43) reader.slice(4, "a constant");
    else if (op === 0x44) reader.slice(8, "a constant");
    else if (op === 0x23 || op === 0xd2) reader.u32("an index");
    else if (op === 0xd0) reader.s33("a heap type");
    else if (op === 0xfd) {
      reader.u32("an instruction");
      reader.slice(16, "a constant");
    } else if (op === 0xfb) skipGc(reader, at);
    else if (!(op >= 0x6a && op <= 0x6c) && !(op >= 0x7c && op <= 0x7e)) {
      reader.fail(`expected a constant expression, found the instruction ${hex(op)}`, at);
    }
  }
}

function skipGc(reader: BinaryReader, at: number): void {
  const op = reader.u32("an instruction");
  // struct.new, struct.new_default, array.new, array.new_default take a type; array.new_fixed a count as well.
  if (op === 0x00 || op === 0x01 || op === 0x06 || op === 0x07) reader.u32("a type");
  else if (op === 0x08) {
    reader.u32("a type");
    reader.u32("a count");
  } else if (op !== 0x1a && op !== 0x1b && op !== 0x1c) {
    reader.fail(`expected a constant expression, found the instruction 0xfb ${hex(op)}`, at);
  }
}
