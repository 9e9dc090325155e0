// The sections of a module but its code -> index spaces, extents and what must be changed where.
import { hex } from "../binary/reader.ts";
import { TenonError } from "@tenon/contract/core";
import { featureBit } from "./features.ts";
import { InstructionReader } from "./instructions.ts";
import { readLimits } from "./maxima.ts";
import type { DeclaredLimits } from "./maxima.ts";
import type { ModuleShape } from "./module-shape.ts";
import { OP } from "./opcodes.ts";
import type { ModuleCounts } from "./options.ts";
import { SECTION } from "./sections.ts";
import type { Section } from "./sections.ts";

const EXPORT_KINDS = 5;
const NULLABLE_FUNCREF = 0x70;

/** The index of a global in the module's bytes. */
export interface GlobalSite {
  readonly section: number;
  readonly start: number;
  readonly end: number;
  readonly index: number;
}

/** Reads one section after the other, in their order; what it gathers is complete once the last one is read. */
export class ModuleSections {
  readonly shape: ModuleShape;
  readonly exportNames: Set<string> = new Set();
  readonly importedMemories: DeclaredLimits[] = [];
  readonly importedTables: DeclaredLimits[] = [];
  readonly memories: DeclaredLimits[] = [];
  readonly tables: DeclaredLimits[] = [];
  /** Every place outside of code that names a global which the module defines. */
  readonly globalSites: GlobalSite[] = [];
  readonly importedFrom: Set<string> = new Set();
  importedGlobals = 0;
  definedFunctions = 0;
  startFunction: number | undefined;
  readonly #counts: ModuleCounts;
  #section = 0;

  constructor(shape: ModuleShape, counts: ModuleCounts) {
    this.shape = shape;
    this.#counts = counts;
  }

  /** Reads a section other than code and custom ones. Throws `artifact-invalid` or `resource-exhausted`. */
  read(bytes: Uint8Array, { id, start, end }: Section): void {
    const reader = new InstructionReader(this.shape, bytes, start, end);
    this.#section = id;
    switch (id) {
      case SECTION.type:
        return this.#each(reader, "types", () => this.#type(reader));
      case SECTION.import:
        return this.#each(reader, "imports", () => this.#import(reader));
      case SECTION.function:
        return this.#each(reader, "functions", () => {
          this.shape.typeIndex(reader);
          this.shape.functions++;
          this.definedFunctions++;
        });
      case SECTION.table:
        return this.#each(reader, "tables", () => this.#table(reader));
      case SECTION.memory:
        return this.#each(reader, "memories", () => this.#memory(reader, this.memories));
      case SECTION.tag:
        return this.#each(reader, "globals", () => this.#tag(reader));
      case SECTION.global:
        return this.#each(reader, "globals", () => this.#global(reader));
      case SECTION.export:
        return this.#each(reader, "exports", () => this.#export(reader));
      case SECTION.start:
        this.startFunction = this.shape.functionIndex(reader);
        return atEnd(reader);
      case SECTION.elem:
        return this.#each(reader, "segments", () => this.#elem(reader));
      case SECTION.data:
        return this.#each(reader, "segments", () => this.#data(reader));
      case SECTION.dataCount:
        reader.u32("the number of data segments");
        return atEnd(reader);
      default:
    }
  }

  #each(reader: InstructionReader, what: keyof ModuleCounts, read: () => void): void {
    const count = reader.count(what);
    if (count > this.#counts[what]) throw tooMany(what, count, this.#counts[what]);
    for (let left = count; left > 0; left--) read();
    atEnd(reader);
  }

  #type(reader: InstructionReader): void {
    const isGroup = reader.peek() === 0x4e;
    if (isGroup) {
      this.shape.features.use(featureBit("gc"), reader.at);
      reader.at += 1;
    }
    const count = isGroup ? reader.count("types of a group") : 1;
    const { takesReference } = this.shape;
    const first = takesReference.length;
    if (first + count > this.#counts.types) throw tooMany("types", first + count, this.#counts.types);
    // Types of a group refer to each other, so all of them are there before the first is read.
    for (let left = count; left > 0; left--) takesReference.push(false);
    for (let index = first; index < first + count; index++) takesReference[index] = this.#subType(reader);
  }

  #subType(reader: InstructionReader): boolean {
    const form = reader.peek();
    if (form === 0x50 || form === 0x4f) {
      this.shape.features.use(featureBit("gc"), reader.at);
      reader.at += 1;
      for (let left = reader.count("supertypes"); left > 0; left--) this.shape.typeIndex(reader);
    }
    const at = reader.at;
    const composite = reader.u8("a type");
    if (composite === 0x60) return this.#function(reader);
    if (composite !== 0x5f && composite !== 0x5e) reader.fail(`expected a type, found ${hex(composite)}`, at);
    this.shape.features.use(featureBit("gc"), at);
    for (let left = composite === 0x5f ? reader.count("fields") : 1; left > 0; left--) {
      if (reader.peek() === 0x78 || reader.peek() === 0x77) reader.at += 1;
      else this.shape.valueType(reader);
      reader.flag("mutability");
    }
    return false;
  }

  #function(reader: InstructionReader): boolean {
    let takesReference = false;
    for (let left = reader.count("parameters"); left > 0; left--) {
      const type = this.shape.valueType(reader);
      if (type < 0x7b) takesReference = true;
    }
    const at = reader.at;
    const results = reader.count("results");
    if (results > 1) this.shape.features.use(featureBit("multi-value"), at);
    for (let left = results; left > 0; left--) this.shape.valueType(reader);
    return takesReference;
  }

  #import(reader: InstructionReader): void {
    this.importedFrom.add(reader.name("the module of an import"));
    reader.name("the name of an import");
    const at = reader.at;
    const kind = reader.u8("the kind of an import");
    if (kind === 0) {
      this.shape.typeIndex(reader);
      this.shape.functions++;
    } else if (kind === 1) this.importedTables.push(this.#tableType(reader));
    else if (kind === 2) this.#memory(reader, this.importedMemories);
    else if (kind === 3) this.#globalType(reader);
    else if (kind === 4) this.#tag(reader);
    else reader.fail(`expected the kind of an import, found ${hex(kind)}`, at);
  }

  #table(reader: InstructionReader): void {
    const hasInit = reader.peek() === 0x40;
    if (hasInit) {
      this.shape.features.use(featureBit("function-references"), reader.at);
      reader.at += 1;
      reader.expect(0, "a reserved byte");
    }
    this.tables.push(this.#tableType(reader));
    if (hasInit) this.#constant(reader);
  }

  #tableType(reader: InstructionReader): DeclaredLimits {
    const at = reader.at;
    // Tables of functions were always there; as a value their type belongs to `reference-types`.
    if (reader.peek() === NULLABLE_FUNCREF) reader.at += 1;
    else if (this.shape.valueType(reader) >= 0x7b) reader.fail("a table holds references only", at);
    const limits = readLimits(reader, "table", this.shape.features);
    this.shape.tables.push(limits.is64);
    if (this.shape.tables.length > 1) this.shape.features.use(featureBit("reference-types"), at);
    if (this.shape.tables.length > this.#counts.tables)
      throw tooMany("tables", this.shape.tables.length, this.#counts.tables);
    return limits;
  }

  #memory(reader: InstructionReader, to: DeclaredLimits[]): void {
    const at = reader.at;
    const limits = readLimits(reader, "memory", this.shape.features);
    to.push(limits);
    this.shape.memories.push(limits.is64);
    if (this.shape.memories.length > 1) this.shape.features.use(featureBit("multi-memory"), at);
    if (this.shape.memories.length > this.#counts.memories)
      throw tooMany("memories", this.shape.memories.length, this.#counts.memories);
  }

  #tag(reader: InstructionReader): void {
    const at = reader.at;
    reader.expect(0, "a tag's attribute");
    const type = this.shape.typeIndex(reader);
    this.shape.features.use(featureBit("exceptions"), at);
    // Exceptions that hold references form chains on V8's heap, as objects do.
    if (this.shape.takesReference[type] === true) this.shape.features.use(featureBit("gc"), at);
  }

  #globalType(reader: InstructionReader): void {
    this.shape.valueType(reader);
    reader.flag("mutability");
    this.importedGlobals++;
    this.shape.globals++;
  }

  #global(reader: InstructionReader): void {
    this.shape.valueType(reader);
    reader.flag("mutability");
    this.#constant(reader);
    // Only now, for its value may name the globals before it and not itself.
    this.shape.globals++;
  }

  #export(reader: InstructionReader): void {
    this.exportNames.add(reader.name("the name of an export"));
    const at = reader.at;
    const kind = reader.u8("the kind of an export");
    if (kind >= EXPORT_KINDS) reader.fail(`expected the kind of an export, found ${hex(kind)}`, at);
    if (kind === 0) this.shape.functionIndex(reader);
    else if (kind === 3) this.#globalSite(reader.at, this.shape.globalIndex(reader), reader);
    else reader.u32("the index of an export");
  }

  /** One element segment; the bits of its form say which parts it has (core spec, binary/modules). */
  #elem(reader: InstructionReader): void {
    const at = reader.at;
    const form = reader.u32("the form of an element segment");
    if (form > 7) reader.fail(`expected the form of an element segment, found ${form}`, at);
    const isPassive = (form & 1) !== 0;
    const isExplicit = (form & 2) !== 0;
    const hasExpressions = (form & 4) !== 0;
    if (isPassive) this.shape.features.use(featureBit("bulk-memory"), at);
    if (!isPassive) {
      if (isExplicit) this.shape.tableIndex(reader);
      this.#constant(reader);
    }
    if (isPassive || isExplicit) {
      if (!hasExpressions) reader.expect(0, "the kind of elements");
      else if (reader.peek() === NULLABLE_FUNCREF) reader.at += 1;
      else this.shape.valueType(reader);
    }
    for (let left = reader.count("elements"); left > 0; left--) {
      if (hasExpressions) this.#constant(reader);
      else this.shape.functionIndex(reader);
    }
  }

  #data(reader: InstructionReader): void {
    const at = reader.at;
    const form = reader.u32("the form of a data segment");
    if (form > 2) reader.fail(`expected the form of a data segment, found ${form}`, at);
    if (form === 1) this.shape.features.use(featureBit("bulk-memory"), at);
    if (form === 2) this.shape.memoryIndex(reader);
    if (form !== 1) this.#constant(reader);
    reader.slice(reader.u32("the size of a data segment"), "a data segment");
  }

  /** Notes an index that was read from `start`. */
  #globalSite(start: number, index: number, { at: end }: InstructionReader): void {
    if (index >= this.importedGlobals) this.globalSites.push({ section: this.#section, start, end, index });
  }

  /** Steps over a constant expression. It has no blocks, so its first `end` is its own. */
  #constant(reader: InstructionReader): void {
    for (;;) {
      const at = reader.at;
      const op = reader.next();
      if (op === OP.end) return;
      if (op === OP.globalGet) this.#globalSite(at + 1, reader.index, reader);
      const isArithmetic = (op >= 0x6a && op <= 0x6c) || (op >= OP.i64Add && op <= 0x7e);
      if (isArithmetic) this.shape.features.use(featureBit("extended-const"), at);
      else if (op < 0x41 ? op !== OP.globalGet : op > 0x44 && op < 0xd0)
        reader.fail("expected a constant expression", at);
    }
  }
}

function atEnd(reader: InstructionReader): void {
  if (!reader.isAtEnd) reader.fail("expected the end of the section");
}

/** `resource-exhausted` for a module that has more of something than a host takes. */
export function tooMany(what: keyof ModuleCounts, count: number, allowed: number): TenonError {
  return new TenonError("resource-exhausted", `the module has ${count} ${what}, ${allowed} are allowed`, {
    hint: `raise counts.${what} if the plugin should have that many`,
    sideEffects: "none",
    details: { limit: what, needed: count, allowed },
  });
}
