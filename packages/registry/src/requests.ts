// What a manifest asks of a host -> checked requests: capabilities, programs that must be there, limits.
import type { Limits } from "@tenon/host";
import { CLOCKS, NO_REQUESTS, RANDOMS, type CapabilityRequests } from "@tenon/policy";
import { FUNCTION, HOST, PROGRAM_NAME, readExecAccess, readFsAccess, readNetAccess, VARIABLE } from "./access.ts";
import type { JsonValue, TextRule } from "./json.ts";

/** A program without which the plugin itself cannot start. */
export interface Requirement {
  readonly program: string;
  /** How to get it. */
  readonly hint: string;
  /** Arguments with which it exits with 0 in the plugin's folder where it will do, such as `["list", "-deps", "."]` for Go. */
  readonly probe: readonly string[] | undefined;
}

const SOME_TEXT: TextRule = { pattern: /\S/, what: "a text that says something" };

export function readCapabilities(at: JsonValue): CapabilityRequests {
  if (at.isMissing) return NO_REQUESTS;
  const why = (request: JsonValue): { readonly why: string } => ({ why: request.get("why").text(SOME_TEXT) });
  const all = <T>(key: string, read: (request: JsonValue) => T) =>
    at
      .get(key)
      .list()
      .map((one) => ({ ...read(one), ...why(one) }));
  return {
    fs: all("fs", readFsAccess),
    net: all("net", (one) => readNetAccess(one, HOST)),
    env: all("env", (one) => ({ name: one.get("name").text(VARIABLE) })),
    exec: all("exec", readExecAccess),
    hostFunctions: at
      .get("host-functions")
      .optional(() => all("host-functions", (one) => ({ function: one.get("function").text(FUNCTION) }))),
    clock: at.get("clock").optional((one) => ({ access: one.get("access").oneOf(CLOCKS), ...why(one) })),
    random: at.get("random").optional((one) => ({ access: one.get("access").oneOf(RANDOMS), ...why(one) })),
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
export const LIMIT_RANGES: Readonly<Record<keyof Limits, readonly [min: number, max: number]>> = {
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

/** The author's reason for the limits, shown to the person who may cap them. */
export function readLimitsWhy(at: JsonValue): string | undefined {
  return at.optional((limits) => limits.get("why").optional((why) => why.text(SOME_TEXT)));
}

export function readLimits(at: JsonValue): Partial<Limits> {
  if (at.isMissing) return {};
  const names = Object.keys(LIMIT_RANGES) as (keyof Limits)[];
  const given = names.filter((name) => !at.get(name).isMissing);
  return Object.fromEntries(given.map((name) => [name, at.get(name).integer(...LIMIT_RANGES[name])]));
}
