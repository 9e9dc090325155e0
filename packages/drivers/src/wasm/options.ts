// What a `wasm` artifact may be -> its bytes, and what its guest is given.
import { readFile } from "node:fs/promises";
import { TenonError } from "@tenon/contract/core";
import type { Limits } from "@tenon/host/driver";
import type { RewriteOptions, WasmFeature } from "@tenon/wasm/limits";

/**
 * How long an instance lives. `long-lived`: until it traps. `per-call`: one call, made when it is needed. `pooled`: one
 * call as well, but some are ready beforehand. Memory of the last two is fresh because nothing has ever run in it.
 */
export type InstancePolicy = "long-lived" | "per-call" | "pooled";

/** A folder of the host that the guest may see; nothing outside of it. */
export interface WasiFolder {
  readonly path: string;
  /** Default true. */
  readonly readOnly?: boolean;
}

/** What a module that imports `wasi_snapshot_preview1` is granted; all of it is data, so that it can go to a thread. */
export interface WasiGrants {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** By the guest's path. */
  readonly folders?: Readonly<Record<string, WasiFolder>>;
}

/** A core module that exports the contract's functions under their canonical names; see docs/boundaries/wasm.md. */
export interface WasmArtifact {
  /** A file URL or an absolute path, or the module's bytes. */
  readonly module: string | URL | Uint8Array;
  /**
   * Ticks per call, where one is a turn of a short loop. Default 1,000,000,000, which is some seconds. 0 turns metering
   * off, which `isolation: "inline"` allows only for artifacts that are `trusted`: nothing could end a loop then.
   */
  readonly fuel?: number;
  /** Ticks for start functions. Default as `fuel`. */
  readonly startFuel?: number;
  readonly trusted?: boolean;
  readonly maxTableElements?: number;
  /** Default: all that have bounded memory and repeatable results. */
  readonly features?: readonly WasmFeature[];
  /** Default `long-lived`. */
  readonly instances?: InstancePolicy;
  /** Calls after which a long-lived instance is replaced. Default never. */
  readonly recycleAfter?: number;
  /** Milliseconds that the host functions of one call may take together. Default no limit but the call's deadline. */
  readonly maxHostMs?: number;
  /** Default nothing at all. */
  readonly wasi?: WasiGrants;
}

/** The part of an artifact that a guest runs by, with every default in place. */
export interface GuestSettings {
  readonly fuel: number;
  readonly startFuel: number;
  readonly instances: InstancePolicy;
  readonly recycleAfter: number;
  readonly maxHostMs: number;
  readonly wasi: WasiGrants;
  /** Bytes that one call's values may take in the host. */
  readonly maxLiftBytes: number;
}

export const DEFAULT_FUEL = 1_000_000_000;
const PAGES_PER_MIB = 16;
const POLICIES: readonly unknown[] = ["long-lived", "per-call", "pooled"] satisfies InstancePolicy[];

/** Throws config-invalid with the member that is wrong. */
export function settingsOf(artifact: WasmArtifact, limits: Limits): GuestSettings {
  const fuel = ticks("fuel", artifact.fuel ?? DEFAULT_FUEL);
  const { instances = "long-lived" } = artifact;
  if (!POLICIES.includes(instances))
    throw invalid(`artifact.instances is ${String(instances)}`, `choose one of ${POLICIES.join(", ")}`);
  return {
    fuel,
    startFuel: ticks("startFuel", artifact.startFuel ?? (fuel || DEFAULT_FUEL)),
    instances,
    recycleAfter: artifact.recycleAfter ?? Infinity,
    maxHostMs: artifact.maxHostMs ?? Infinity,
    wasi: artifact.wasi ?? {},
    maxLiftBytes: limits.maxMessageBytes,
  };
}

/** What the rewriter is asked; equal artifacts give equal options, on which the cache of compiled modules relies. */
export function rewriteOptionsOf(artifact: WasmArtifact, settings: GuestSettings, limits: Limits): RewriteOptions {
  return {
    ...(settings.fuel > 0 && { fuel: "loop" }),
    startFuel: settings.startFuel,
    deferStart: true,
    ...(limits.memoryMiB > 0 && { maxMemoryPages: limits.memoryMiB * PAGES_PER_MIB }),
    ...(artifact.maxTableElements !== undefined && { maxTableElements: artifact.maxTableElements }),
    ...(artifact.features !== undefined && { features: artifact.features }),
  };
}

/** Rejects with file-missing or config-invalid. */
export async function readModule(artifact: WasmArtifact): Promise<Uint8Array> {
  const { module } = artifact ?? {};
  if (module instanceof Uint8Array) return module;
  if (typeof module !== "string" && !(module instanceof URL)) {
    throw invalid(`artifact.module must be a path, a URL or bytes, not ${typeof module}`, "name the .wasm file");
  }
  try {
    return await readFile(typeof module === "string" && module.startsWith("file:") ? new URL(module) : module);
  } catch (thrown) {
    throw TenonError.from(thrown, "file-missing", { sideEffects: "none" });
  }
}

function ticks(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`artifact.${name} is ${String(value)}`, "pass a whole number of ticks, 0 or more");
}

function invalid(what: string, hint: string): TenonError {
  return new TenonError("config-invalid", what, { hint, sideEffects: "none" });
}
