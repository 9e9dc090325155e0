// What a command line gives to a WASI program, under the policy files: they may take away, and what they take is refused.
import { closeSync, readSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { TenonError } from "@tenon/contract";
import { decide, type CapabilityRequests, type Kind, type Policy } from "@tenon/policy";
import { openForeign } from "../foreign-file.ts";
import type { RunRequest } from "../run/request.ts";
import { readPolicies, type PolicySources } from "./decide-artifact.ts";

/** Whoever types the grants is their author and their operator. */
const COMMAND_LINE: Policy = {
  file: "the command line",
  scope: "user",
  plugins: [],
  trustedDigests: [],
  rules: [{ at: "the command line", grant: "requested" }],
};
const why = "on the command line";
/** What options give; a clock and randomness every program has as far as it is let. */
const GIVEN: ReadonlySet<Kind> = new Set(["fs", "net", "env"]);

/**
 * Throws `capability-denied` with the rule where a policy denies what was given: a program that runs with less than it was told
 * it has would fail in ways that nobody understands.
 */
export function checkRun(request: RunRequest, sources: PolicySources): void {
  const policies = readPolicies(sources);
  if (policies.length === 0) return;
  const plugin = pluginOf(request);
  const { denials } = decide({
    plugin,
    requests: requestsOf(request, resolve(sources.project)),
    boundary: boundaryOf(request.file),
    trust: "contained",
    enforcement: ENFORCED,
    policies: [COMMAND_LINE, ...policies],
  });
  const [first, ...more] = denials.filter(({ kind }) => GIVEN.has(kind));
  if (first === undefined) return;
  throw new TenonError(
    "capability-denied",
    `${request.file} may not have ${first.kind} ${first.asked}: ${first.rule}`,
    {
      hint: "leave it out of the command line, or change the policy",
      notes: more.map(({ kind, asked, rule }) => `nor ${kind} ${asked}: ${rule}`),
      sideEffects: "none",
    },
  );
}

/** A component has a layer behind its version (component-model Binary.md); what is neither fails when it is read. */
function boundaryOf(file: string): string {
  const head = new Uint8Array(8);
  try {
    const fd = openForeign(file);
    try {
      readSync(fd, head);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Whoever runs it says better what is wrong with the file.
  }
  return head[6] === 1 ? "component" : "wasm";
}

/** By the name of its file, so that rules can speak of it. */
function pluginOf({ argv0 }: RunRequest): string {
  return argv0.replace(/\.wasm$/, "").toLowerCase();
}

function requestsOf({ dirs, net, listen, env }: RunRequest, project: string): CapabilityRequests {
  return {
    fs: dirs.map(({ host, isReadOnly }) => ({ path: rooted(host, project), mode: isReadOnly ? "r" : "rw", why })),
    net: [...net, ...listen].map((place) => ({ ...placeOf(place), why })),
    env: env.map(([name]) => ({ name, why })),
    exec: [],
    hostFunctions: undefined,
    clock: undefined,
    random: undefined,
  };
}

/** `${project}/src/**`, and for what is elsewhere `${system}/srv/data/**`. */
function rooted(host: string, project: string): string {
  const path = resolve(host);
  const inside = relative(project, path);
  const isInside = !isAbsolute(inside) && inside !== ".." && !inside.startsWith(`..${sep}`);
  const segments = (isInside ? inside : path).split(sep).filter((segment) => segment !== "");
  return [isInside ? "${project}" : "${system}", ...segments, "**"].join("/");
}

function placeOf(text: string): { readonly host: string; readonly port: number | "*" } {
  const at = text.lastIndexOf(":");
  const port = text.slice(at + 1);
  return {
    host: text
      .slice(0, at)
      .replace(/^\[|\]$/g, "")
      .toLowerCase(),
    port: port === "*" ? "*" : Number(port),
  };
}

const ENFORCED = {
  fs: "enforced",
  net: "enforced",
  env: "enforced",
  clock: "enforced",
  random: "enforced",
  subprocess: "enforced",
  "host-functions": "enforced",
  "cpu-deadline": "enforced",
  memory: "enforced",
  "output-size": "enforced",
} as const;
