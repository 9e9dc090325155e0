// The limits that a module declares for memories and tables -> the same limits with a maximum that the host allows.
import { TenonError } from "@tenon/contract/core";
import { hex } from "../binary/reader.ts";
import type { BinaryReader } from "../binary/reader.ts";
import { ByteSink } from "./byte-sink.ts";
import { featureBit } from "./features.ts";
import type { FeatureSet } from "./features.ts";

const HAS_MAX = 0x01;
const SHARED = 0x02;
const ADDRESS_64 = 0x04;

/** Limits as they stand in the binary; `start` and `end` are their place. */
export interface DeclaredLimits {
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly min: number;
  /** Infinity where none is declared. */
  readonly max: number;
  readonly is64: boolean;
}
/** What a memory (in pages of 64 KiB) or a table (in elements) may have at least and at most. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}
export type SpaceKind = "memory" | "table";

/** Largest minimum and maximum that the format allows (core spec, valid/types). */
const CEILINGS: Readonly<Record<SpaceKind, { readonly narrow: number; readonly wide: number }>> = {
  memory: { narrow: 65_536, wide: 2 ** 48 },
  table: { narrow: 2 ** 32 - 1, wide: 2 ** 64 },
};

/** Reads limits; throws `artifact-invalid` for what no valid module has, because a new maximum could hide it. */
export function readLimits(reader: BinaryReader, kind: SpaceKind, features: FeatureSet): DeclaredLimits {
  const start = reader.at;
  const flags = reader.u8("the form of limits");
  if (flags > (HAS_MAX | SHARED | ADDRESS_64)) reader.fail(`expected the form of limits, found ${hex(flags)}`, start);
  const is64 = (flags & ADDRESS_64) !== 0;
  if (is64) features.use(featureBit("memory64"), start);
  if ((flags & SHARED) !== 0) features.use(featureBit("threads"), start);
  const bound = (what: string): number => (is64 ? Number(reader.u64(what)) : reader.u32(what));
  const min = bound("a minimum");
  const max = (flags & HAS_MAX) !== 0 ? bound("a maximum") : Infinity;
  if ((flags & SHARED) !== 0 && max === Infinity) reader.fail(`a shared ${kind} needs a maximum`, start);
  const ceiling = is64 ? CEILINGS[kind].wide : CEILINGS[kind].narrow;
  if (min > max) reader.fail(`the ${kind} has a minimum of ${min} and a maximum of ${max}`, start);
  if (min > ceiling || (max > ceiling && max !== Infinity)) reader.fail(`a ${kind} of this size cannot be`, start);
  return { start, end: reader.at, flags, min, max, is64 };
}

/**
 * Shares `cap` among the memories or tables that a module defines: each gets what it needs at the start and an equal
 * part of the rest. Throws `resource-exhausted` where they start with more than `cap`.
 */
export function shareCap(defined: readonly DeclaredLimits[], cap: number, kind: SpaceKind): readonly Extent[] {
  const needed = defined.reduce((sum, { min }) => sum + min, 0);
  if (needed > cap) throw tooLarge(kind, needed, cap);
  const rest = Math.floor((cap - needed) / Math.max(1, defined.length));
  return defined.map(({ min, max }) => ({ min, max: Math.min(max, min + rest) }));
}

/** The extent of an imported memory or table: whoever defines it has counted it. */
export function capImport({ min, max }: DeclaredLimits, cap: number, kind: SpaceKind): Extent {
  if (min > cap) throw tooLarge(kind, min, cap);
  return { min, max: Math.min(max, cap) };
}

/** The encoded limits with the maximum of `extent`. */
export function writeLimits({ flags }: DeclaredLimits, { min, max }: Extent): Uint8Array {
  const sink = new ByteSink(24);
  sink.u8(flags | HAS_MAX);
  // Both fit 32 bits, whatever the width of the addresses: no cap is above the ceilings of 32-bit ones.
  sink.u32(min);
  sink.u32(max);
  return sink.bytes;
}

/** `resource-exhausted` for what starts with more than it may ever have. */
export function tooLarge(kind: SpaceKind, needed: number, cap: number): TenonError {
  const unit = kind === "memory" ? "pages of 64 KiB" : "elements";
  const option = kind === "memory" ? "maxMemoryPages" : "maxTableElements";
  return new TenonError(
    "resource-exhausted",
    `the module's ${kind} starts with ${needed} ${unit}, ${cap} are allowed`,
    {
      hint: `raise ${option} if the plugin should have that much`,
      sideEffects: "none",
      details: { limit: option, needed, allowed: cap },
    },
  );
}
