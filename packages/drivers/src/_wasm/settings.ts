// What an artifact of a sandboxed guest may say -> what the guest runs by, and what the rewriter is asked.
import type { CallLimits } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type { IsolationChoice, Limits } from "@tenon/host/driver";
import type { ClockAccess, NetworkOptions } from "@tenon/wasi";
import { readArtifactFile } from "../_process/artifact-file.ts";
import type { WatchedGrants } from "../_granted/guard.ts";
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

/** What a guest that imports WASI is granted; all of it is data, so that it can go to a thread. */
export interface WasiGrants {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** By the guest's path. */
  readonly folders?: Readonly<Record<string, WasiFolder>>;
  /**
   * What a component may reach (`allow`) and where it may listen (`listen`), by TCP, UDP and HTTP; see docs/wasi.md. Default
   * nothing. Sockets and open requests count as files: `budget.maxOpenFiles`. Core modules have no sockets.
   */
  readonly network?: NetworkOptions;
  /** `coarse` (a millisecond, the default), `precise`, or `none`: standing still. */
  readonly clocks?: ClockAccess;
  /** `secure` (default), or what repeats with the same seed. */
  readonly random?: "secure" | { readonly seed: number };
  /** @internal What policy granted, for the resolver to be asked about each file and place; set where policy has decided. */
  readonly watched?: WatchedGrants;
  /** @internal Where a guest on a thread of its own tells of them. */
  readonly reports?: string;
}

const CLOCKS: readonly unknown[] = ["none", "coarse", "precise"] satisfies ClockAccess[];

/** What `wasm` and `component` artifacts have in common. */
export interface SandboxArtifact {
  /** A file URL or an absolute path, or the bytes. */
  readonly module: string | URL | Uint8Array;
  /**
   * `inline` (default): on the host's own thread, ended by fuel. `worker`: on a thread of its own, ended with its
   * deadline. `process`: in a process of its own, for what the engine itself cannot contain. The driver says with
   * `isolations` which of them it has.
   */
  readonly isolation?: IsolationChoice;
  /**
   * Ticks per call, where one is a turn of a short loop. Default 1,000,000,000, which is some seconds. 0 turns metering
   * off, which `isolation: "inline"` allows only for artifacts that are `trusted`: nothing could end a loop then.
   */
  readonly fuel?: number;
  /** Ticks for start functions. Default as `fuel`. */
  readonly startFuel?: number;
  /**
   * The operator answers for this very file. Allows `fuel: 0` on the host's own thread; the code of a guest without fuel
   * is not read then, unless `features` are named, so that it opens about as fast as the engine compiles. Default false.
   */
  readonly trusted?: boolean;
  /** Elements that all tables may have together. Default 1,000,000. */
  readonly maxTableElements?: number;
  /** Default: all that have bounded memory and repeatable results. */
  readonly features?: readonly WasmFeature[];
  /** Default `long-lived`. */
  readonly instances?: InstancePolicy;
  /** Calls after which a long-lived instance is replaced. Default never. */
  readonly recycleAfter?: number;
  /** What one call may take of the host; `maxBytes` is by default `limits.maxMessageBytes`. */
  readonly budget?: Partial<CallLimits>;
  /** Milliseconds that the host functions of one call may take together: `budget.maxHostMs`. */
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
  readonly budget: Partial<CallLimits>;
  readonly wasi: WasiGrants;
}

export const DEFAULT_FUEL = 1_000_000_000;
const PAGES_PER_MIB = 16;
const POLICIES: readonly unknown[] = ["long-lived", "per-call", "pooled"] satisfies InstancePolicy[];

/** Throws config-invalid with the member that is wrong. */
export function settingsOf(artifact: SandboxArtifact, limits: Limits): GuestSettings {
  const fuel = ticks("fuel", artifact.fuel ?? DEFAULT_FUEL);
  const { instances = "long-lived", maxHostMs } = artifact;
  if (!POLICIES.includes(instances))
    throw invalid(`artifact.instances is ${String(instances)}`, `choose one of ${POLICIES.join(", ")}`);
  const recycleAfter = artifact.recycleAfter ?? Infinity;
  if (!(recycleAfter >= 1))
    throw invalid(`artifact.recycleAfter is ${String(recycleAfter)}`, "pass a number of calls, 1 or more");
  return {
    fuel,
    startFuel: ticks("startFuel", artifact.startFuel ?? (fuel || DEFAULT_FUEL)),
    instances,
    recycleAfter,
    budget: {
      maxBytes: limits.maxMessageBytes,
      ...(maxHostMs !== undefined && { maxHostMs }),
      ...checkedBudget(artifact.budget ?? {}),
    },
    wasi: checkedGrants(artifact.wasi ?? {}),
  };
}

/** What the rewriter is asked; equal artifacts give equal options, on which the cache of compiled modules relies. */
export function rewriteOptionsOf(artifact: SandboxArtifact, settings: GuestSettings, limits: Limits): RewriteOptions {
  return {
    ...(settings.fuel > 0 && { fuel: "loop" }),
    ...(limits.memoryMiB > 0 && { maxMemoryPages: limits.memoryMiB * PAGES_PER_MIB }),
    ...(artifact.maxTableElements !== undefined && { maxTableElements: artifact.maxTableElements }),
    ...(artifact.features !== undefined && { features: artifact.features }),
    ...(artifact.trusted === true && artifact.features === undefined && { readsCode: false }),
  };
}

/** Rejects with file-missing, config-invalid, artifact-invalid or resource-exhausted. */
export async function readModule(artifact: SandboxArtifact): Promise<Uint8Array> {
  const { module } = artifact ?? {};
  if (module instanceof Uint8Array) return module;
  if (typeof module !== "string" && !(module instanceof URL)) {
    throw invalid(`artifact.module must be a path, a URL or bytes, not ${typeof module}`, "name the .wasm file");
  }
  return readArtifactFile(module, "module");
}

/** Throws capability-unenforceable where nothing could end a guest that the host's own thread runs. */
export function checkInline(artifact: SandboxArtifact): void {
  if (artifact.fuel !== 0 || artifact.trusted === true) return;
  throw new TenonError("capability-unenforceable", "a guest without fuel on the host's thread could hold it for ever", {
    hint: 'leave artifact.fuel as it is, set artifact.isolation to "worker", or artifact.trusted for this very file',
    sideEffects: "none",
  });
}

/** The rest is checked by what it opens. */
function checkedGrants(grants: WasiGrants): WasiGrants {
  const { clocks = "coarse", random = "secure" } = grants;
  if (!CLOCKS.includes(clocks))
    throw invalid(`artifact.wasi.clocks is ${String(clocks)}`, `choose one of ${CLOCKS.join(", ")}`);
  if (random !== "secure" && !Number.isSafeInteger((random as { readonly seed?: unknown } | null)?.seed))
    throw invalid(
      `artifact.wasi.random is neither "secure" nor a seed`,
      'pass "secure" or { seed } with a whole number',
    );
  return grants;
}

/** Throws config-invalid where a core module is granted the sockets that preview1 does not have. */
export function checkNoNetwork({ wasi }: SandboxArtifact): void {
  if (wasi?.network === undefined) return;
  throw invalid("artifact.wasi.network is for components: preview1 has no sockets", "make the module a component");
}

function checkedBudget(budget: Partial<CallLimits>): Partial<CallLimits> {
  for (const [name, value] of Object.entries(budget)) {
    if (typeof value !== "number" || !(value >= 0))
      throw invalid(`artifact.budget.${name} is ${String(value)}`, "pass a number, 0 or more");
  }
  return budget;
}

function ticks(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`artifact.${name} is ${String(value)}`, "pass a whole number of ticks, 0 or more");
}

function invalid(what: string, hint: string): TenonError {
  return new TenonError("config-invalid", what, { hint, sideEffects: "none" });
}
