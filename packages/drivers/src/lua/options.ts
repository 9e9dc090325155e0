// What a `lua` artifact may be -> its text, and what its script is given.
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract/core";
import type { IsolationChoice, Limits } from "@tenon/host/driver";
import { readArtifactFile } from "../_process/artifact-file.ts";

/** A script that returns a table of functions; see docs/boundaries/lua.md. JSON-like but for `URL`. */
export interface LuaArtifact {
  /** A file URL or an absolute path. */
  readonly script?: string | URL;
  /** The text itself, in place of `script`. */
  readonly source?: string;
  /** @internal The bytes of the script, in the child of `isolation: "process"`; they go before `script` and `source`. */
  readonly module?: Uint8Array;
  /** What errors call the script. Default the file's name, or `plugin.lua`. */
  readonly name?: string;
  /**
   * `inline` (default): on the host's own thread, ended by fuel. `worker`: on a thread of its own, ended with its
   * deadline. `process`: in a process of its own, for what the engine itself cannot contain. The driver says with `isolations` which of them it has.
   */
  readonly isolation?: IsolationChoice;
  /**
   * Ticks per call, where one is about a turn of a short loop in C; a simple Lua instruction takes some five. Default
   * 1,000,000,000, which is some seconds. 0 turns metering off, which `isolation: "inline"` allows only for scripts that are
   * `trusted`.
   */
  readonly fuel?: number;
  /** Ticks for the script itself, which runs once per state. Default as `fuel`. */
  readonly startFuel?: number;
  readonly trusted?: boolean;
  /** Whether `os.time` and `os.clock` are there. Default false. */
  readonly clock?: boolean;
  /** Whether `math.random` starts from a seed of the host's. Default false: every state has the same numbers. */
  readonly random?: boolean;
  /** Loads the script anew when its file changes, for development. Default false. */
  readonly watch?: boolean;
}

/** What a state runs by, with every default in place. */
export interface LuaSettings {
  readonly fuel: number;
  readonly startFuel: number;
  readonly memoryMiB: number;
  readonly hasClock: boolean;
  readonly hasRandom: boolean;
  /** Bytes that one call's values may take in the host. */
  readonly maxLiftBytes: number;
  readonly callMs: number;
}

/** A script with its name, ready to be run. */
export interface Script {
  readonly name: string;
  readonly text: string;
  /** Of the file that it came from. */
  readonly path: string | undefined;
}

export const DEFAULT_FUEL = 1_000_000_000;
/** MiB of Lua's heap where `limits.memoryMiB` says nothing. */
export const DEFAULT_MEMORY_MIB = 64;
const MAX_MEMORY_MIB = 960;
const MAX_SCRIPT_BYTES = 16 * 1024 * 1024;

/** Throws config-invalid with the member that is wrong. */
export function settingsOf(artifact: LuaArtifact, limits: Limits): LuaSettings {
  const fuel = ticks("fuel", artifact.fuel ?? DEFAULT_FUEL);
  const memoryMiB = limits.memoryMiB || DEFAULT_MEMORY_MIB;
  if (memoryMiB > MAX_MEMORY_MIB) throw invalid(`limits.memoryMiB is ${memoryMiB}`, `give at most ${MAX_MEMORY_MIB}`);
  return {
    fuel,
    startFuel: ticks("startFuel", artifact.startFuel ?? (fuel || DEFAULT_FUEL)),
    memoryMiB,
    hasClock: artifact.clock ?? false,
    hasRandom: artifact.random ?? false,
    maxLiftBytes: limits.maxMessageBytes,
    callMs: limits.callMs || Infinity,
  };
}

/** Rejects with file-missing, config-invalid, artifact-invalid or resource-exhausted. */
export async function readScript(artifact: LuaArtifact): Promise<Script> {
  const { script, source, name, module } = artifact ?? {};
  if (module instanceof Uint8Array)
    return { name: nameOf(artifact), text: new TextDecoder().decode(module), path: undefined };
  if (typeof source === "string" && script === undefined)
    return { name: name ?? "plugin.lua", text: source, path: undefined };
  if ((typeof script !== "string" && !(script instanceof URL)) || source !== undefined) {
    throw invalid("the artifact needs either `script` or `source`", "name the .lua file, or pass its text");
  }
  const bytes = await readArtifactFile(script, "script");
  const path = script instanceof URL || script.startsWith("file:") ? fileURLToPath(script) : script;
  if (bytes.length > MAX_SCRIPT_BYTES) throw unfit(`${path} has ${bytes.length} bytes`, "make it smaller than 16 MiB");
  try {
    return { name: name ?? basename(path), text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), path };
  } catch {
    // Bytecode is no text either; Lua itself is told to take none.
    throw unfit(`${path} is not UTF-8 text`, "pass the script's source, not what a compiler made of it");
  }
}

function nameOf({ name, script }: LuaArtifact): string {
  return name ?? (script === undefined ? "plugin.lua" : basename(String(script)));
}

function ticks(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`artifact.${name} is ${String(value)}`, "pass a whole number of ticks, 0 or more");
}

function invalid(what: string, hint: string): TenonError {
  return new TenonError("config-invalid", what, { hint, sideEffects: "none" });
}

function unfit(what: string, hint: string): TenonError {
  return new TenonError("artifact-invalid", what, { hint, sideEffects: "none" });
}
