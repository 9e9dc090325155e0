// The index spaces of a module as its sections are read -> bounds and types that its code is held against.
import type { BinaryReader } from "../binary/reader.ts";
import { hex } from "../binary/reader.ts";
import { featureBit } from "./features.ts";
import type { FeatureSet } from "./features.ts";

const GC_HEAPS: ReadonlySet<number> = new Set([0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x71, 0x72, 0x73, 0x74]);

/**
 * What the rewriter must know of a module. What it appends (a global, functions, types) lies behind the last index of
 * each space, so every index of the module's own is held against these bounds: else an invalid module could reach the
 * additions, and become valid by them.
 */
export class ModuleShape {
  readonly features: FeatureSet;
  /** For each type, whether it is a function that takes a reference. */
  readonly takesReference: boolean[] = [];
  functions = 0;
  globals = 0;
  /** For each table and memory, whether its addresses have 64 bits. */
  readonly tables: boolean[] = [];
  readonly memories: boolean[] = [];

  constructor(features: FeatureSet) {
    this.features = features;
  }

  typeIndex(reader: BinaryReader): number {
    return within(reader, this.takesReference.length, "type");
  }

  functionIndex(reader: BinaryReader): number {
    return within(reader, this.functions, "function");
  }

  globalIndex(reader: BinaryReader): number {
    return within(reader, this.globals, "global");
  }

  tableIndex(reader: BinaryReader): number {
    return within(reader, this.tables.length, "table");
  }

  memoryIndex(reader: BinaryReader): number {
    const at = reader.at;
    const index = within(reader, this.memories.length, "memory");
    if (index > 0) this.features.use(featureBit("multi-memory"), at);
    return index;
  }

  /** Steps over a value type; returns its first byte. */
  valueType(reader: BinaryReader): number {
    const at = reader.at;
    const code = reader.u8("a value type");
    if (code >= 0x7c && code <= 0x7f) return code;
    if (code === 0x7b) this.features.use(featureBit("simd"), at);
    else if (code === 0x63 || code === 0x64) {
      this.features.use(featureBit("function-references"), at);
      this.heapType(reader);
    } else this.#abstract(reader, code, at);
    return code;
  }

  /** Steps over a heap type: an abstract one, or the index of a type. */
  heapType(reader: BinaryReader): void {
    const at = reader.at;
    const code = reader.s33("a heap type");
    if (code < 0) this.#abstract(reader, code + 0x80, at);
    else if (code >= this.takesReference.length) reader.fail(`type ${code} is not there`, at);
  }

  /** Steps over the type of a block. */
  blockType(reader: BinaryReader): void {
    const next = reader.peek();
    if (next === 0x40) {
      reader.at += 1;
      return;
    }
    if (next >= 0x40 && next < 0x80) {
      this.valueType(reader);
      return;
    }
    const at = reader.at;
    const index = reader.s33("a block type");
    if (index < 0 || index >= this.takesReference.length) reader.fail(`expected a block type, found ${index}`, at);
    this.features.use(featureBit("multi-value"), at);
  }

  #abstract(reader: BinaryReader, code: number, at: number): void {
    if (code === 0x70 || code === 0x6f) this.features.use(featureBit("reference-types"), at);
    else if (code === 0x69) this.features.use(featureBit("exceptions"), at);
    else if (GC_HEAPS.has(code)) this.features.use(featureBit("gc"), at);
    else reader.fail(`expected a type, found ${hex(code & 0xff)}`, at);
  }
}

/** Reads an index that must be below `count`. */
function within(reader: BinaryReader, count: number, what: string): number {
  const at = reader.at;
  const index = reader.u32("an index");
  if (index >= count) reader.fail(`${what} ${index} is not there`, at);
  return index;
}
