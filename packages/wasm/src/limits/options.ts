// What a caller may ask of the rewriter, and what it tells of its work.
import { DEFAULT_FEATURES } from "./features.ts";
import type { WasmFeature } from "./features.ts";
import type { Extent } from "./maxima.ts";
import type { FuelMode } from "./meter-body.ts";

/** How much of each thing a module may have. */
export interface ModuleCounts {
  /** Bytes of the module. Default 64 MiB: five times the largest guest known to us, a JavaScript engine. */
  readonly bytes: number;
  /** Default 200,000 each. */
  readonly types: number;
  readonly functions: number;
  /** Default 100,000 each. */
  readonly imports: number;
  readonly exports: number;
  readonly globals: number;
  readonly segments: number;
  /** Default 100 each: what they hold is bounded by `maxMemoryPages` and `maxTableElements` together. */
  readonly memories: number;
  readonly tables: number;
  /** Locals of one function. Default 50,000, as in V8. */
  readonly locals: number;
}

export interface RewriteOptions {
  /** Where to charge. Absent means no fuel: only maxima, features and counts. */
  readonly fuel?: FuelMode | undefined;
  /** Ticks until someone sets the counter, so for start functions. Default 100,000,000, which is about a second. */
  readonly startFuel?: number | undefined;
  /** Takes the start function out of instantiation and exports it, so that the caller decides when it runs. Default false. */
  readonly deferStart?: boolean | undefined;
  /** Pages of 64 KiB that the memories of the module may have together. Default 4,096, which is 256 MiB. */
  readonly maxMemoryPages?: number | undefined;
  /** Elements that the tables of the module may have together. Default 1,000,000. */
  readonly maxTableElements?: number | undefined;
  /** Default `DEFAULT_FEATURES`. */
  readonly features?: readonly WasmFeature[] | undefined;
  /**
   * The module is one of several that are linked together: it imports its counter (`FUEL_IMPORT`), which all of them
   * charge, in place of having one; and the maxima of what it imports stay as they are, because whoever defines a memory
   * or table has counted it. Default false.
   */
  readonly isLinked?: boolean | undefined;
  /**
   * Whether code is read where it need not be changed, so without fuel. Default true: features that only instructions
   * have are found nowhere else. False is for what the operator answers for, and saves most of the work.
   */
  readonly readsCode?: boolean | undefined;
  readonly counts?: Partial<ModuleCounts> | undefined;
}

/** Goes up by one with every change of what the rewriter makes of a module: what was kept of others is not used then. */
export const REWRITE_VERSION = 1;

/** Names of exports that the rewriter adds; a module that has them already is refused. */
export const ADDED_EXPORTS = {
  /** Mutable i64: the ticks that are left, below zero after the trap that ended the guest. */
  fuel: "tenon:fuel",
  /** `(f64) -> ()`: sets the ticks that are left, also in a counter that is imported. */
  fuelFill: "tenon:fuel-fill",
  start: "tenon:start",
} as const;

/** The import that the rewriter adds to linked modules: a mutable i64. A module that has it already is refused. */
export const FUEL_IMPORT = { module: "tenon:fuel", name: "left" } as const;

export interface RewriteReport {
  readonly fuel: FuelMode | undefined;
  /** Whether the start function waits under the export `tenon:start`. */
  readonly isStartDeferred: boolean;
  /** Whether the module has a start function. */
  readonly hasStart: boolean;
  readonly features: readonly WasmFeature[];
  /** Functions that the module defines. */
  readonly functions: number;
  /** Charges written into its code. */
  readonly sites: number;
  /** Of the memories and tables that it defines. */
  readonly memories: readonly Extent[];
  readonly tables: readonly Extent[];
}
export interface RewrittenModule {
  readonly bytes: Uint8Array;
  readonly report: RewriteReport;
}

export const DEFAULT_COUNTS: ModuleCounts = {
  bytes: 64 * 1024 * 1024,
  types: 200_000,
  functions: 200_000,
  imports: 100_000,
  exports: 100_000,
  globals: 100_000,
  segments: 100_000,
  memories: 100,
  tables: 100,
  locals: 50_000,
};

/** The options with every default in place. */
export interface SettledOptions {
  readonly fuel: FuelMode | undefined;
  readonly startFuel: number;
  readonly deferStart: boolean;
  readonly maxMemoryPages: number;
  readonly maxTableElements: number;
  readonly features: readonly WasmFeature[];
  readonly isLinked: boolean;
  readonly readsCode: boolean;
  readonly counts: ModuleCounts;
}

export function settleOptions(options: RewriteOptions): SettledOptions {
  return {
    fuel: options.fuel,
    startFuel: whole(options.startFuel ?? 100_000_000, Number.MAX_SAFE_INTEGER),
    deferStart: options.deferStart ?? false,
    maxMemoryPages: whole(options.maxMemoryPages ?? 4_096, 65_536),
    maxTableElements: whole(options.maxTableElements ?? 1_000_000, 2 ** 32 - 1),
    features: options.features ?? DEFAULT_FEATURES,
    isLinked: options.isLinked ?? false,
    readsCode: options.fuel !== undefined || (options.readsCode ?? true),
    counts: { ...DEFAULT_COUNTS, ...options.counts },
  };
}

/** A whole number from 0 to `ceiling`; what is no number is 0, the strictest. */
function whole(value: number, ceiling: number): number {
  return Math.floor(Math.min(Math.max(value || 0, 0), ceiling));
}
