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
import { ADDED_EXPORTS, settleOptions } from "./options.ts";
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
 * space. The result is the same on every engine, and so is the number of ticks that a run takes.
 * A valid module stays valid and does the same, until it runs out of fuel (see fuel.ts) or grows beyond its maximum.
 * Throws `artifact-invalid` with `details.offset` for bytes that are no module, or one with features that are not
 * allowed; `resource-exhausted` for one that is too large. What it lets through may still be invalid for the engine.
 * Time and memory are linear in the module's size.
 */
export function rewriteModule(bytes: Uint8Array, options: RewriteOptions = {}): RewrittenModule {
  return new ModuleRewriter(bytes, settleOptions(options)).run();
}

class ModuleRewriter {
  readonly #bytes: Uint8Array;
  readonly #options: SettledOptions;
  readonly #features: FeatureSet;
  readonly #module: ModuleSections;
  readonly #changed = new Map<number, Uint8Array>();
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
      if (section.id === SECTION.code) this.#code(section);
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
  #code({ start, end }: Section): void {
    const { shape, definedFunctions } = this.#module;
    const reader = new BinaryReader(this.#bytes, start, end);
    const count = reader.u32("the number of bodies");
    if (count !== definedFunctions) reader.fail(`${definedFunctions} functions have ${count} bodies`, start);
    const sink = new ByteSink(this.#options.fuel === undefined ? 0 : (end - start) * 1.25 + 64);
    const body = new ByteSink();
    const fuel = this.#startFuelCode();
    const meter = new BodyMeter(body, fuel, this.#options.fuel ?? "loop");
    for (let left = count; left > 0; left--) {
      const part = reader.slice(reader.u32("the size of a body"), "a body");
      const instructions = new InstructionReader(shape, this.#bytes, part.at, part.end);
      this.#locals(instructions);
      body.clear();
      if (fuel !== undefined) body.copy(this.#bytes, part.at, instructions.at);
      meter.body(instructions);
      if (fuel === undefined) continue;
      sink.u32(body.length);
      sink.copy(body.bytes);
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
    this.#fuel = new FuelCode(globals, functions);
    this.#fuel.swapFunction();
    this.#fuel.refillFunction();
    return this.#fuel;
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
    const { maxMemoryPages, maxTableElements } = this.#options;
    const { importedMemories, importedTables, memories: ownMemories, tables: ownTables } = this.#module;
    const memories = shareCap(ownMemories, maxMemoryPages, "memory");
    const tables = shareCap(ownTables, maxTableElements, "table");
    this.#limits(SECTION.memory, ownMemories, memories);
    this.#limits(SECTION.table, ownTables, tables);
    const imported = [
      ...importedMemories.map((limits) => ({ limits, extent: capImport(limits, maxMemoryPages, "memory") })),
      ...importedTables.map((limits) => ({ limits, extent: capImport(limits, maxTableElements, "table") })),
    ].sort((a, b) => a.limits.start - b.limits.start);
    this.#limits(
      SECTION.import,
      imported.map(({ limits }) => limits),
      imported.map(({ extent }) => extent),
    );
    return { memories, tables };
  }

  /** Writes the section anew with other limits. */
  #limits(id: number, declared: readonly DeclaredLimits[], extents: readonly Extent[]): void {
    const section = this.#find(id);
    if (section === undefined || declared.length === 0) return;
    const sink = new ByteSink(section.end - section.start + 16 * declared.length);
    let from = section.start;
    for (const [index, limits] of declared.entries()) {
      sink.copy(this.#bytes, from, limits.start);
      sink.copy(writeLimits(limits, extents[index] as Extent));
      from = limits.end;
    }
    sink.copy(this.#bytes, from, section.end);
    this.#changed.set(id, sink.bytes);
  }

  /** Everything that is added but code: types and functions, the counter and the exports. */
  #additions(): void {
    const fuel = this.#fuel;
    const { startFunction, shape } = this.#module;
    const exports = new ByteSink();
    let count = 0;
    const add = (name: string, kind: number, index: number): void => {
      if (this.#module.exportNames.has(name)) throw reserved(name);
      exports.name(name);
      exports.u8(kind);
      exports.u32(index);
      count++;
    };
    if (startFunction !== undefined && this.#options.deferStart) {
      add(ADDED_EXPORTS.start, FUNCTION_EXPORT, startFunction);
      this.#changed.set(SECTION.start, new Uint8Array());
    }
    if (fuel !== undefined) {
      add(ADDED_EXPORTS.fuel, GLOBAL_EXPORT, shape.globals);
      add(ADDED_EXPORTS.fuelSwap, FUNCTION_EXPORT, fuel.swapFunction());
      add(ADDED_EXPORTS.fuelRefill, FUNCTION_EXPORT, fuel.refillFunction());
      const types = new ByteSink();
      for (let index = 0; index < fuel.added.length; index++) types.u32(shape.takesReference.length + index);
      this.#append(SECTION.type, fuel.added.length, undefined, fuel.typesOfAdded());
      this.#append(SECTION.function, fuel.added.length, undefined, types.bytes);
      this.#append(SECTION.global, 2, undefined, countersOf(this.#options.startFuel));
    }
    if (count > 0) this.#append(SECTION.export, count, undefined, exports.bytes);
  }

  /** Puts `count` encoded items behind those of a section, or of what stands in their place (`items`). */
  #append(id: number, count: number, items: Uint8Array | undefined, added: Uint8Array): void {
    const section = this.#find(id);
    const reader = new BinaryReader(this.#bytes, section?.start ?? 0, section?.end ?? 0);
    const had = section === undefined ? 0 : reader.u32("a count");
    const sink = new ByteSink((items?.length ?? reader.end - reader.at) + added.length + 5);
    // Groups of types count as one item each, so the section's own number goes on and not that of the index space.
    sink.u32(had + count);
    if (items !== undefined) sink.copy(items);
    else if (section !== undefined) sink.copy(this.#bytes, reader.at, section.end);
    sink.copy(added);
    this.#changed.set(id, sink.bytes);
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

/** Counter and allowance: set in their own first values, so that the start function is charged before anyone can set them. */
function countersOf(ticks: number): Uint8Array {
  const sink = new ByteSink();
  for (let left = 2; left > 0; left--) {
    sink.u8(I64);
    sink.u8(MUTABLE);
    sink.u8(OP.i64Const);
    sink.signed(BigInt(ticks));
    sink.u8(OP.end);
  }
  return sink.bytes;
}

function reserved(name: string): TenonError {
  return new TenonError("artifact-invalid", `the module exports \`${name}\`, a name that the host adds itself`, {
    hint: "give the export another name",
    sideEffects: "none",
  });
}
