// Any core module -> the same module with bounded memories and tables, allowed features only, and code that counts its work.
import { BinaryReader } from "../binary/reader.ts";
import { TenonError } from "@tenon/contract/core";
import { ByteSink } from "./byte-sink.ts";
import { FeatureSet } from "./features.ts";
import { FuelCode } from "./fuel-code.ts";
import { InstructionReader } from "./instructions.ts";
import { capImport, shareCap, writeLimits } from "./maxima.ts";
import type { DeclaredLimits, Extent } from "./maxima.ts";
import { BodyMeter } from "./meter-body.ts";
import { ModuleShape } from "./module-shape.ts";
import { OP } from "./opcodes.ts";
import { ADDED_EXPORTS, FUEL_IMPORT, settleOptions } from "./options.ts";
import type { RewriteOptions, RewrittenModule, SettledOptions } from "./options.ts";
import { ModuleSections, tooMany } from "./read-module.ts";
import { readSections, SECTION, writeSections } from "./sections.ts";
import type { Section } from "./sections.ts";

const I64 = 0x7e;
const MUTABLE = 1;
const FUNCTION_EXPORT = 0;
const GLOBAL_EXPORT = 3;

/**
 * Rewrites a core module before it is compiled. Indices stay as they are: what is added lies behind the last of each
 * space, but for the counter that a linked module imports, which moves the module's own globals up by one. The result is the same on every engine, and so is the number of ticks that a run takes.
 * A valid module stays valid and does the same, until it runs out of fuel (see fuel.ts) or grows beyond its maximum.
 * Throws `artifact-invalid` with `details.offset` for bytes that are no module, or one with features that are not
 * allowed; `resource-exhausted` for one that is too large. What it lets through may still be invalid for the engine.
 * Time and memory are linear in the module's size.
 */
export function rewriteModule(bytes: Uint8Array, options: RewriteOptions = {}): RewrittenModule {
  return new ModuleRewriter(bytes, settleOptions(options)).run();
}

/** Other bytes in place of some of the module's. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

class ModuleRewriter {
  readonly #bytes: Uint8Array;
  readonly #options: SettledOptions;
  readonly #features: FeatureSet;
  readonly #module: ModuleSections;
  /** Pieces of what stands in place of a section. */
  readonly #changed = new Map<number, readonly Uint8Array[]>();
  #sections: readonly Section[] = [];
  #fuel: FuelCode | undefined;
  #sites = 0;

  constructor(bytes: Uint8Array, options: SettledOptions) {
    this.#bytes = bytes;
    this.#options = options;
    this.#features = new FeatureSet(options.features);
    this.#module = new ModuleSections(new ModuleShape(this.#features), options.counts);
  }

  run(): RewrittenModule {
    const { counts, fuel, deferStart } = this.#options;
    if (this.#bytes.length > counts.bytes) throw tooMany("bytes", this.#bytes.length, counts.bytes);
    this.#sections = readSections(this.#bytes);
    const code = this.#find(SECTION.code);
    for (const section of this.#sections) {
      if (section.id === SECTION.code) this.#code(section, this.#options.readsCode);
      else this.#module.read(this.#bytes, section);
    }
    if (code === undefined) this.#noCode();
    const { memories, tables } = this.#maxima();
    this.#additions();
    return {
      bytes: writeSections(this.#bytes, this.#sections, this.#changed, (section) => this.#isStillTrue(section)),
      report: {
        fuel,
        isStartDeferred: deferStart && this.#module.startFunction !== undefined,
        hasStart: this.#module.startFunction !== undefined,
        features: this.#features.used,
        functions: this.#module.definedFunctions,
        sites: this.#sites,
        memories,
        tables,
      },
    };
  }

  #find(id: number): Section | undefined {
    return this.#sections.find((section) => section.id === id);
  }

  /** Code comes after all index spaces are known, so what is added to them has its place by now. */
  #code({ start, end }: Section, isRead: boolean): void {
    const { shape, definedFunctions } = this.#module;
    const reader = new BinaryReader(this.#bytes, start, end);
    const count = reader.u32("the number of bodies");
    if (count !== definedFunctions) reader.fail(`${definedFunctions} functions have ${count} bodies`, start);
    if (!isRead) return;
    const sink = new ByteSink(this.#options.fuel === undefined ? 0 : (end - start) * 1.25 + 64);
    const fuel = this.#startFuelCode();
    const meter = new BodyMeter(sink, fuel, this.#options.fuel ?? "loop", this.#movedFrom);
    const body = new InstructionReader(shape, this.#bytes, start, end);
    for (let left = count; left > 0; left--) {
      const { at, end: bodyEnd } = reader.slice(reader.u32("the size of a body"), "a body");
      body.moveTo(at, bodyEnd);
      this.#locals(body);
      if (fuel === undefined) {
        meter.body(body);
        continue;
      }
      const mark = sink.beginSized(bodyEnd - at);
      sink.copy(this.#bytes, at, body.at);
      meter.body(body);
      sink.endSized(mark, bodyEnd - at);
    }
    if (!reader.isAtEnd) reader.fail("expected the end of the section");
    this.#sites = meter.sites;
    if (fuel !== undefined) this.#append(SECTION.code, fuel.added.length, sink.bytes, bodiesOf(fuel));
  }

  #noCode(): void {
    const { definedFunctions } = this.#module;
    const end = this.#bytes.length;
    if (definedFunctions > 0) new BinaryReader(this.#bytes, end).fail(`${definedFunctions} functions have no bodies`);
    const fuel = this.#startFuelCode();
    if (fuel !== undefined) this.#append(SECTION.code, fuel.added.length, undefined, bodiesOf(fuel));
  }

  #startFuelCode(): FuelCode | undefined {
    if (this.#options.fuel === undefined) return undefined;
    const { globals, functions } = this.#module.shape;
    this.#fuel = new FuelCode(this.#options.isLinked ? this.#module.importedGlobals : globals, functions);
    this.#fuel.fillFunction();
    return this.#fuel;
  }

  /** An imported counter comes behind the other imports, and so before every global that is defined. */
  get #movedFrom(): number {
    const { fuel, isLinked } = this.#options;
    return fuel !== undefined && isLinked ? this.#module.importedGlobals : Infinity;
  }

  #locals(reader: InstructionReader): void {
    const { locals } = this.#options.counts;
    let total = 0;
    for (let left = reader.count("groups of locals"); left > 0; left--) {
      total += reader.u32("the number of locals");
      if (total > locals) throw tooMany("locals", total, locals);
      this.#module.shape.valueType(reader);
    }
  }

  #maxima(): { readonly memories: readonly Extent[]; readonly tables: readonly Extent[] } {
    const { maxMemoryPages, maxTableElements, isLinked } = this.#options;
    const { importedMemories, importedTables, memories: ownMemories, tables: ownTables } = this.#module;
    const memories = shareCap(ownMemories, maxMemoryPages, "memory");
    const tables = shareCap(ownTables, maxTableElements, "table");
    this.#edit(SECTION.memory, limitsEdits(ownMemories, memories));
    this.#edit(SECTION.table, [...limitsEdits(ownTables, tables), ...this.#movedIn(SECTION.table)]);
    for (const id of [SECTION.global, SECTION.export, SECTION.elem, SECTION.data]) this.#edit(id, this.#movedIn(id));
    if (!isLinked) {
      this.#edit(SECTION.import, [
        ...limitsEdits(
          importedMemories,
          importedMemories.map((limits) => capImport(limits, maxMemoryPages, "memory")),
        ),
        ...limitsEdits(
          importedTables,
          importedTables.map((limits) => capImport(limits, maxTableElements, "table")),
        ),
      ]);
    }
    return { memories, tables };
  }

  /** The new indices of globals outside of code. */
  #movedIn(id: number): Edit[] {
    if (this.#movedFrom === Infinity) return [];
    return this.#module.globalSites
      .filter(({ section }) => section === id)
      .map(({ start, end, index }) => ({ start, end, bytes: encoded(index + 1) }));
  }

  /** Writes the section anew with other bytes in some places. */
  #edit(id: number, edits: readonly Edit[]): void {
    const section = this.#find(id);
    if (section === undefined || edits.length === 0) return;
    const sink = new ByteSink(section.end - section.start + 16 * edits.length);
    let from = section.start;
    for (const { start, end, bytes } of [...edits].sort((a, b) => a.start - b.start)) {
      sink.copy(this.#bytes, from, start);
      sink.copy(bytes);
      from = end;
    }
    sink.copy(this.#bytes, from, section.end);
    this.#changed.set(id, [sink.bytes]);
  }

  /** Everything that is added but code: types and functions, the counter and the exports. */
  #additions(): void {
    const fuel = this.#fuel;
    const { startFunction, shape } = this.#module;
    const exports = new ByteSink();
    let count = 0;
    const add = (name: string, kind: number, index: number): void => {
      if (this.#module.exportNames.has(name)) throw reserved("export", name);
      exports.name(name);
      exports.u8(kind);
      exports.u32(index);
      count++;
    };
    if (startFunction !== undefined && this.#options.deferStart) {
      add(ADDED_EXPORTS.start, FUNCTION_EXPORT, startFunction);
      this.#changed.set(SECTION.start, []);
    }
    if (fuel !== undefined) {
      add(ADDED_EXPORTS.fuelFill, FUNCTION_EXPORT, fuel.fillFunction());
      if (this.#options.isLinked) this.#importCounter();
      else {
        add(ADDED_EXPORTS.fuel, GLOBAL_EXPORT, shape.globals);
        this.#append(SECTION.global, 1, undefined, counterOf(this.#options.startFuel));
      }
      const types = new ByteSink();
      for (let index = 0; index < fuel.added.length; index++) types.u32(shape.takesReference.length + index);
      this.#append(SECTION.type, fuel.added.length, undefined, fuel.typesOfAdded());
      this.#append(SECTION.function, fuel.added.length, undefined, types.bytes);
    }
    if (count > 0) this.#append(SECTION.export, count, undefined, exports.bytes);
  }

  #importCounter(): void {
    const { module, name } = FUEL_IMPORT;
    if (this.#module.importedFrom.has(module)) throw reserved("import", module);
    const sink = new ByteSink(64);
    sink.name(module);
    sink.name(name);
    for (const byte of [GLOBAL_EXPORT, I64, MUTABLE]) sink.u8(byte);
    this.#append(SECTION.import, 1, undefined, sink.bytes);
  }

  /** Puts `count` encoded items behind those of a section, or of what stands in their place (`items`). */
  #append(id: number, count: number, items: Uint8Array | undefined, added: Uint8Array): void {
    if (count === 0 && items === undefined) return;
    const section = this.#find(id);
    const edited = items === undefined ? this.#changed.get(id)?.[0] : undefined;
    const base = edited ?? this.#bytes;
    const reader = new BinaryReader(
      base,
      edited === undefined ? (section?.start ?? 0) : 0,
      edited?.length ?? section?.end ?? 0,
    );
    const had = section === undefined ? 0 : reader.u32("a count");
    // Groups of types count as one item each, so the section's own number goes on and not that of the index space.
    const head = encoded(had + count);
    const kept = items ?? (section === undefined ? new Uint8Array() : base.subarray(reader.at, reader.end));
    this.#changed.set(id, [head, kept, added]);
  }

  /** Whether a custom section still tells the truth: places in the code have moved. */
  #isStillTrue({ start, end }: Section): boolean {
    if (this.#options.fuel === undefined) return true;
    const name = new BinaryReader(this.#bytes, start, end).name("the name of a custom section");
    return !/^(\.debug_|metadata\.code\.|sourceMappingURL$|reloc\.)/.test(name);
  }
}

function bodiesOf(fuel: FuelCode): Uint8Array {
  const sink = new ByteSink();
  for (const { body } of fuel.added) {
    sink.u32(body.length);
    sink.copy(body);
  }
  return sink.bytes;
}

/** Set in its own first value, so that the start function is charged before anyone can set it. */
function counterOf(ticks: number): Uint8Array {
  const sink = new ByteSink(16);
  for (const byte of [I64, MUTABLE, OP.i64Const]) sink.u8(byte);
  sink.signed(BigInt(ticks));
  sink.u8(OP.end);
  return sink.bytes;
}

function limitsEdits(declared: readonly DeclaredLimits[], extents: readonly Extent[]): Edit[] {
  return declared.map((limits, index) => ({
    start: limits.start,
    end: limits.end,
    bytes: writeLimits(limits, extents[index] as Extent),
  }));
}

function encoded(index: number): Uint8Array {
  const sink = new ByteSink(5);
  sink.u32(index);
  return sink.bytes;
}

function reserved(what: "import" | "export", name: string): TenonError {
  return new TenonError("artifact-invalid", `the module ${what}s \`${name}\`, a name that the host adds itself`, {
    hint: `give the ${what} another name`,
    sideEffects: "none",
  });
}
