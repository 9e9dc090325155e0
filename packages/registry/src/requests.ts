// What a manifest asks of a host -> checked requests: capabilities, programs that must be there, limits.
import type { Limits } from "@tenon/host";
import type { JsonValue, TextRule } from "./json.ts";

/** One request of a capability. */
export interface CapabilityRequest {
  /** The author's reason, shown to the person who grants it. */
  readonly why: string;
}
export interface FsRequest extends CapabilityRequest {
  /** A glob below a root that the host knows: `${project}/src/**`. */
  readonly path: string;
  readonly mode: "r" | "rw";
}
export interface ExecRequest extends CapabilityRequest {
  /** The bare name of a program, looked up in PATH. */
  readonly program: string;
}
export interface EnvRequest extends CapabilityRequest {
  readonly name: string;
}

/** What the plugin may ever ask for; nothing here is granted by being written. */
export interface CapabilityRequests {
  readonly fs: readonly FsRequest[];
  readonly exec: readonly ExecRequest[];
  readonly env: readonly EnvRequest[];
}

/** A program without which the plugin itself cannot start. */
export interface Requirement {
  readonly program: string;
  /** How to get it. */
  readonly hint: string;
  /** Arguments with which it exits with 0 in the plugin's folder where it will do, such as `["list", "-deps", "."]` for Go. */
  readonly probe: readonly string[] | undefined;
}

/** What a program's name looks like in capabilities, requirements and grants: no path, so that PATH decides. */
export const PROGRAM_NAME: TextRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/,
  what: "the bare name of a program",
};
const ROOTED: TextRule = {
  pattern: /^\$\{[a-z][a-z0-9-]{0,31}\}\/(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\\]+$/,
  what: "a pattern below a root, such as ${project}/src/**, without ..",
};
const VARIABLE: TextRule = { pattern: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/, what: "the name of a variable" };
const SOME_TEXT: TextRule = { pattern: /\S/, what: "a text that says something" };

export function readCapabilities(at: JsonValue): CapabilityRequests {
  if (at.isMissing) return { fs: [], exec: [], env: [] };
  const why = (request: JsonValue): string => request.get("why").text(SOME_TEXT);
  return {
    fs: at
      .get("fs")
      .list()
      .map((one) => ({ path: one.get("path").text(ROOTED), mode: one.get("mode").oneOf(["r", "rw"]), why: why(one) })),
    exec: at
      .get("exec")
      .list()
      .map((one) => ({ program: one.get("program").text(PROGRAM_NAME), why: why(one) })),
    env: at
      .get("env")
      .list()
      .map((one) => ({ name: one.get("name").text(VARIABLE), why: why(one) })),
  };
}

export function readRequirements(at: JsonValue): readonly Requirement[] {
  return at.list().map((one) => ({
    program: one.get("program").text(PROGRAM_NAME),
    hint: one.get("hint").text(SOME_TEXT),
    probe: one.get("probe").optional((probe) => probe.list().map((argument) => argument.text())),
  }));
}

/**
 * What a plugin may set, from and to. A day's work fits in an hour; a plugin cannot take its own deadline away, nor the runtime's
 * own cap of memory, so 0 is only for times to wait.
 */
const LIMIT_RANGES: Readonly<Record<keyof Limits, readonly [min: number, max: number]>> = {
  startMs: [1, 600_000],
  callMs: [1, 3_600_000],
  cancelGraceMs: [0, 60_000],
  closeGraceMs: [0, 60_000],
  maxMessageBytes: [1024, 1024 ** 3],
  maxPendingCalls: [1, 1_000_000],
  maxLogLineBytes: [64, 1024 ** 2],
  maxLogLinesPerSecond: [1, 1_000_000],
  memoryMiB: [1, 1024 ** 2],
};

export function readLimits(at: JsonValue): Partial<Limits> {
  if (at.isMissing) return {};
  const names = Object.keys(LIMIT_RANGES) as (keyof Limits)[];
  const given = names.filter((name) => !at.get(name).isMissing);
  return Object.fromEntries(given.map((name) => [name, at.get(name).integer(...LIMIT_RANGES[name])]));
}
