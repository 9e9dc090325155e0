// What core modules import and export -> descriptions, and whether one fits where another is asked for.
import { hex } from "../binary/reader.ts";
import type { BinaryReader } from "../binary/reader.ts";
import { funcKey } from "./types.ts";
import type { CoreType, CoreTypeTable, CoreValueType } from "./types.ts";

export interface Limits {
  readonly min: number;
  readonly max?: number;
  readonly isShared: boolean;
  /** 64-bit addresses. */
  readonly is64: boolean;
}
export type CoreExtern =
  | { readonly kind: "func" | "tag"; readonly type: CoreType }
  | { readonly kind: "table"; readonly element: CoreValueType; readonly limits: Limits }
  /** `pageBits` is set where a page is not 64 KiB: the base-2 logarithm of its size. */
  | { readonly kind: "memory"; readonly limits: Limits; readonly pageBits?: number }
  | { readonly kind: "global"; readonly type: CoreValueType; readonly isMutable: boolean };
export type CoreExternKind = CoreExtern["kind"];

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly type: CoreExtern;
}
/** What a module needs and gives. */
export interface CoreModuleType {
  readonly imports: readonly CoreImport[];
  readonly exports: ReadonlyMap<string, CoreExtern>;
}

/** Pages of memory have 64 KiB unless they say otherwise. */
const PAGE_BITS = 16;

/** Reads an `externtype` (core spec, binary/types); `space` is the type index space it refers to. */
export function readExtern(reader: BinaryReader, table: CoreTypeTable, space: readonly CoreType[]): CoreExtern {
  const at = reader.at;
  const code = reader.u8("the kind of an import or export");
  switch (code) {
    case 0:
      return { kind: "func", type: funcTypeAt(reader, space) };
    case 1:
      return readTable(reader, table, space);
    case 2:
      return readMemory(reader);
    case 3:
      return { kind: "global", type: table.readValueType(reader, space), isMutable: reader.flag("mutability") };
    case 4:
      reader.expect(0, "a tag's attribute");
      return { kind: "tag", type: funcTypeAt(reader, space) };
    default:
      return reader.fail(`expected the kind of an import or export, found ${hex(code)}`, at);
  }
}

/** Reads the index of a function type. */
export function funcTypeAt(reader: BinaryReader, space: readonly CoreType[]): CoreType {
  const at = reader.at;
  const index = reader.u32("a type index");
  const type = space[index];
  if (type === undefined) reader.fail(`type ${index} is not there`, at);
  if (type.kind !== "func") reader.fail(`type ${index} is no function type`, at);
  return type;
}

export function readTable(reader: BinaryReader, table: CoreTypeTable, space: readonly CoreType[]): CoreExtern {
  const at = reader.at;
  const element = table.readValueType(reader, space);
  if (!element.startsWith("(ref")) reader.fail(`a table cannot hold ${element}`, at);
  return { kind: "table", element, limits: readLimits(reader, 0x07).limits };
}

export function readMemory(reader: BinaryReader): CoreExtern {
  const at = reader.at;
  const { limits, flags } = readLimits(reader, 0x0f);
  const pageBits = (flags & 0x08) !== 0 ? reader.u32("the size of a page") : undefined;
  const maxPages = 2 ** ((limits.is64 ? 64 : 32) - (pageBits ?? PAGE_BITS));
  if (Math.max(limits.min, limits.max ?? 0) > maxPages)
    reader.fail(`memory size must be at most ${maxPages} pages`, at);
  return { kind: "memory", limits, ...(pageBits !== undefined && pageBits !== PAGE_BITS && { pageBits }) };
}

function readLimits(reader: BinaryReader, known: number): { limits: Limits; flags: number } {
  const at = reader.at;
  const flags = reader.u8("the form of limits");
  if ((flags & ~known) !== 0) reader.fail(`expected the form of limits, found ${hex(flags)}`, at);
  const is64 = (flags & 0x04) !== 0;
  const bound = (what: string): number => (is64 ? Number(reader.u64(what)) : reader.u32(what));
  const min = bound("a minimum");
  const max = (flags & 0x01) !== 0 ? bound("a maximum") : undefined;
  return { limits: { min, ...(max !== undefined && { max }), isShared: (flags & 0x02) !== 0, is64 }, flags };
}

/** Why `actual` cannot stand where `wanted` is asked for; undefined when it can (core spec, valid/matching). */
export function coreMisfit(actual: CoreExtern, wanted: CoreExtern): string | undefined {
  if (actual.kind !== wanted.kind) return `expected a ${wanted.kind}, found a ${actual.kind}`;
  switch (wanted.kind) {
    case "func":
    case "tag": {
      const { type } = actual as { type: CoreType };
      const fits = type === wanted.type || (wanted.kind === "func" && type.supers.includes(wanted.type.id));
      return fits ? undefined : `expected ${showFunc(wanted.type)}, found ${showFunc(type)}`;
    }
    case "table": {
      const table = actual as Extract<CoreExtern, { kind: "table" }>;
      if (table.element !== wanted.element)
        return `expected a table of ${wanted.element}, found one of ${table.element}`;
      return limitsMisfit(table.limits, wanted.limits, "table");
    }
    case "memory": {
      const memory = actual as Extract<CoreExtern, { kind: "memory" }>;
      if (memory.pageBits !== wanted.pageBits) return "the sizes of memory pages differ";
      return limitsMisfit(memory.limits, wanted.limits, "memory");
    }
    case "global": {
      const { type, isMutable } = actual as Extract<CoreExtern, { kind: "global" }>;
      if (isMutable !== wanted.isMutable) return "one global is mutable, the other is not";
      return type === wanted.type ? undefined : `expected a global of ${wanted.type}, found one of ${type}`;
    }
  }
}

function limitsMisfit(actual: Limits, wanted: Limits, what: string): string | undefined {
  if (actual.is64 !== wanted.is64) return `one ${what} has 64-bit addresses, the other has not`;
  if (actual.isShared !== wanted.isShared) return `one ${what} is shared, the other is not`;
  if (actual.min < wanted.min) return `expected a ${what} of at least ${wanted.min}, found ${actual.min}`;
  if (wanted.max !== undefined && (actual.max === undefined || actual.max > wanted.max)) {
    return `expected a ${what} of at most ${wanted.max}, found ${actual.max ?? "no limit"}`;
  }
  return undefined;
}

/** Why a module of type `actual` cannot stand where `wanted` is asked for; it may import less and export more. */
export function moduleMisfit(actual: CoreModuleType, wanted: CoreModuleType): string | undefined {
  for (const { module, name, type } of actual.imports) {
    const offered = wanted.imports.find((one) => one.module === module && one.name === name);
    const why = offered === undefined ? "is not expected" : coreMisfit(offered.type, type);
    if (why !== undefined) return `import \`${module}::${name}\`: ${why}`;
  }
  for (const [name, type] of wanted.exports) {
    const given = actual.exports.get(name);
    const why = given === undefined ? "is missing" : coreMisfit(given, type);
    if (why !== undefined) return `export \`${name}\`: ${why}`;
  }
  return undefined;
}

/** `(i32) -> (i32)` */
export function showFunc(type: CoreType): string {
  return funcKey(type.params, type.results);
}
