// The bytes of a .wasm file -> its sections and the names that cross its border (core module or component).
import { TenonError } from "@tenon/contract";
import { ByteReader } from "./byte-reader.ts";
import type { KindFacts, NameFacts, SectionFacts } from "./report.ts";
import { readComponentNames } from "./wasm-component.ts";

// WebAssembly core specification 5.5.2, and component-model Binary.md.
const MODULE_SECTIONS =
  "custom type import function table memory global export start element code data data-count tag".split(" ");
const COMPONENT_SECTIONS =
  "custom core-module core-instance core-type component instance alias type canon start import export value".split(" ");
const EXTERNAL_KINDS = ["func", "table", "memory", "global", "tag"];

export interface WasmFacts extends KindFacts {
  readonly layer: "module" | "component";
  readonly version: number;
}

/** Throws artifact-invalid with the byte offset of the first thing that is damaged. `name` is for the message. */
export function readWasm(bytes: Uint8Array, name: string): WasmFacts {
  const start = new ByteReader(bytes, `${name} starts like WebAssembly`);
  start.bytes(4, "the magic number");
  const preamble = start.bytes(4, "the version");
  const [version, layer] = [preamble[0]! | (preamble[1]! << 8), preamble[2]! | (preamble[3]! << 8)];
  if (layer > 1) start.fail(`has layer ${layer}, which is neither a module nor a component`);
  const isComponent = layer === 1;
  const words = isComponent ? COMPONENT_SECTIONS : MODULE_SECTIONS;
  const what = `${name} is a WebAssembly ${isComponent ? "component" : "module"}`;
  const reader = new ByteReader(bytes, what, start.offset);
  const sections: SectionFacts[] = [];
  const imports: NameFacts[] = [];
  const exports: NameFacts[] = [];
  const notes: string[] = [];
  while (!reader.isAtEnd) {
    const offset = reader.offset;
    const id = reader.u8("a section");
    const word = words[id] ?? reader.fail(`has a section of the unknown kind ${id}`);
    const size = reader.u32(`the size of a section (${word})`);
    const body = reader.part(size, `section ${sections.length} (${word})`);
    if (id === 0) {
      sections.push({ id, name: word, offset, size, custom: body.name("the name of a custom section") });
      continue;
    }
    sections.push({ id, name: word, offset, size });
    if (isComponent) noteFailure(notes, () => readComponentNames(word, body, imports, exports));
    else if (word === "import") readImports(body, imports);
    else if (word === "export") readExports(body, exports);
  }
  return { layer: isComponent ? "component" : "module", version, sections, imports, exports, notes };
}

/** The component format is still growing: a name of a newer form must not make a sound file look damaged. */
function noteFailure(notes: string[], read: () => void): void {
  try {
    read();
  } catch (thrown) {
    notes.push(`some names were not understood: ${TenonError.from(thrown).what}`);
  }
}

function readImports(body: ByteReader, imports: NameFacts[]): void {
  for (let left = body.count("imports"); left > 0; left--) {
    const name = `${body.name("an import")}.${body.name("an import")}`;
    const kind = kindOf(body);
    skipImportType(kind, body);
    imports.push({ name, kind });
  }
}

function readExports(body: ByteReader, exports: NameFacts[]): void {
  for (let left = body.count("exports"); left > 0; left--) {
    const name = body.name("an export");
    const kind = kindOf(body);
    body.u32("the index of an export");
    exports.push({ name, kind });
  }
}

function kindOf(body: ByteReader): string {
  const kind = body.u8("the kind of an import or export");
  return EXTERNAL_KINDS[kind] ?? body.fail(`imports or exports something of the unknown kind ${kind}`);
}

/** Core specification 5.3: what stands between one import and the next. */
function skipImportType(kind: string, body: ByteReader): void {
  if (kind === "func") body.u32("a type index");
  else if (kind === "tag") {
    body.u8("a tag");
    body.u32("a type index");
  } else if (kind === "global") {
    skipValueType(body);
    body.u8("the mutability of a global");
  } else {
    if (kind === "table") skipValueType(body);
    skipLimits(body);
  }
}

function skipValueType(body: ByteReader): void {
  const code = body.u8("a value type");
  // `ref null ht` and `ref ht` name a heap type; every other type is one byte.
  if (code === 0x63 || code === 0x64) skipLeb(body, "a heap type");
}

/** Bit 0: there is a maximum; bit 2: 64-bit addresses; bit 3 (custom page sizes): a page size follows. */
function skipLimits(body: ByteReader): void {
  const flags = body.u8("limits");
  skipLeb(body, "a limit");
  if ((flags & 1) !== 0) skipLeb(body, "a limit");
  if ((flags & 8) !== 0) skipLeb(body, "a page size");
}

/** A LEB128 number of any width up to 64 bits, signed or not. */
function skipLeb(body: ByteReader, what: string): void {
  for (let length = 0; length < 10; length++) if (body.u8(what) < 0x80) return;
  body.fail(`has an endless number in ${what}`);
}
