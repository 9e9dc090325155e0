// A policy file -> checked placements, rules and digests. Form: docs/spec/policy.md.
import { isAbsolute, join } from "node:path";
import process from "node:process";
import {
  CLOCKS,
  RANDOMS,
  SANDBOX_USES,
  TRUSTS,
  type AccessSet,
  type Placement,
  type Policy,
  type Rule,
} from "@tenon/policy";
import { FUNCTION, HOST, readExecAccess, readNetAccess, ROOTED } from "./access.ts";
import { homeFolder } from "./home.ts";
import { readJsonFile, type JsonValue, type TextRule } from "./json.ts";
import { LIMIT_RANGES } from "./requests.ts";

/** The name of a project's own policy file, in the project's folder. */
export const PROJECT_POLICY_FILE = "tenon.policy.json";

const PLUGIN: TextRule = {
  pattern: /^[a-z0-9*][a-z0-9*-]{0,38}(?:\/[a-z0-9*-]{1,64})?$/,
  what: "a plugin's id, in which * is any text",
};
const NAME: TextRule = { pattern: /^[a-z0-9][a-z0-9-]{0,63}$/, what: "a name of a-z, 0-9 and -" };
const DIGEST: TextRule = { pattern: /^sha256:[0-9a-f]{64}$/, what: "a digest: sha256: and 64 hexadecimal digits" };
const VARIABLES: TextRule = {
  pattern: /^[A-Za-z_*][A-Za-z0-9_*]{0,127}$/,
  what: "the name of a variable, in which * is any text",
};
const HOSTS: TextRule = {
  pattern: new RegExp(`^(?:\\*|(?:\\*\\.)?(?:${HOST.pattern.source.slice(1, -1)}))$`),
  what: "a host, * for every host, or *.example.org for every name below one",
};
const KEYS = ["$schema", "schema", "plugins", "rules", "trust"];
const RULE_KEYS = ["plugin", "trust", "boundary", "grant", "only", "deny", "limits", "why"];
const SET_KEYS = ["fs", "net", "env", "exec", "host-functions", "clock", "random"];

/** `$XDG_CONFIG_HOME/tenon/policy.json`, or below `~/.config`; `%APPDATA%` on Windows. */
export function userPolicyFile(env: NodeJS.ProcessEnv = process.env): string {
  const named = process.platform === "win32" ? env["APPDATA"] : env["XDG_CONFIG_HOME"];
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  const base = named !== undefined && isAbsolute(named) ? named : join(homeFolder(), ".config");
  return join(base, "tenon", "policy.json");
}

/**
 * Reads and checks a policy file. In a project's file (`scope: "project"`) everything that could widen what the user allows is
 * refused with its place. Throws file-missing or config-invalid.
 */
export function readPolicy(file: string, scope: Policy["scope"]): Policy {
  const root = readJsonFile(file);
  const schema = root.get("schema");
  if (schema.value !== 1) schema.refuse("must be 1, the only form that this Tenon reads");
  onlyKeys(root, KEYS);
  const trust = root.get("trust");
  const policy = {
    file,
    scope,
    plugins:
      root.get("plugins").optional((at) => at.entries().map(([pattern, entry]) => readPlacement(pattern, entry))) ?? [],
    rules: root.get("rules").list().map(readRule),
    trustedDigests:
      trust.optional(
        (at) => (
          onlyKeys(at, ["full"]),
          at
            .get("full")
            .list()
            .map((one) => one.text(DIGEST))
        ),
      ) ?? [],
  };
  if (scope === "project") refuseWidening(root);
  return policy;
}

function readPlacement(plugin: string, at: JsonValue): Placement {
  if (!PLUGIN.pattern.test(plugin)) at.refuse(`must have ${PLUGIN.what} for its name`);
  onlyKeys(at, ["trust", "boundary", "isolation", "sandbox", "why"]);
  return {
    plugin,
    trust: at.get("trust").optional((one) => one.oneOf(TRUSTS)),
    boundary: at.get("boundary").optional((one) => one.text(NAME)),
    isolation: at.get("isolation").optional((one) => one.oneOf(["inline", "worker", "process"])),
    sandbox: at.get("sandbox").optional((one) => one.oneOf(SANDBOX_USES)),
  };
}

function readRule(at: JsonValue): Rule {
  onlyKeys(at, RULE_KEYS);
  return {
    at: `${at.file}: ${at.path}`,
    plugin: at.get("plugin").optional((one) => one.text(PLUGIN)),
    trust: at.get("trust").optional((one) => one.oneOf(TRUSTS)),
    boundary: at.get("boundary").optional((one) => one.text(NAME)),
    grant: at.get("grant").optional((one) => (one.value === "requested" ? "requested" : readSet(one, false))),
    only: at.get("only").optional((one) => readSet(one, false)),
    deny: at.get("deny").optional((one) => readSet(one, true)),
    limits: at.get("limits").optional(readCaps),
  };
}

function readSet(at: JsonValue, isDenial: boolean): AccessSet {
  onlyKeys(at, SET_KEYS);
  const some = <K extends keyof AccessSet>(
    key: K,
    read: (one: JsonValue) => NonNullable<AccessSet[K]>,
  ): Pick<AccessSet, K> =>
    at.get(key).isMissing ? ({} as Pick<AccessSet, K>) : ({ [key]: read(at.get(key)) } as Pick<AccessSet, K>);
  return {
    ...some("fs", (list) =>
      list.list().map((one) => ({
        path: one.get("path").text(ROOTED),
        // Who may not read may not write either; `w` takes only writing away.
        mode: isDenial
          ? one.get("mode").optional((mode) => mode.oneOf(["w"])) === "w"
            ? "rw"
            : "r"
          : one.get("mode").oneOf(["r", "rw"]),
      })),
    ),
    ...some("net", (list) => list.list().map((one) => readNetAccess(one, HOSTS))),
    ...some("env", (list) => list.list().map((one) => one.text(VARIABLES))),
    ...some("exec", (list) => list.list().map(readExecAccess)),
    ...some("host-functions", (list) => list.list().map((one) => one.text(FUNCTION))),
    ...some("clock", (one) => one.oneOf(CLOCKS)),
    ...some("random", (one) => one.oneOf(RANDOMS)),
  };
}

function readCaps(at: JsonValue): Readonly<Record<string, number>> {
  onlyKeys(at, Object.keys(LIMIT_RANGES));
  return Object.fromEntries(
    Object.entries(LIMIT_RANGES)
      .filter(([name]) => !at.get(name).isMissing)
      .map(([name, [min, max]]) => [name, at.get(name).integer(min, max)]),
  );
}

/** A policy with a word that nobody reads would be believed to hold. */
function onlyKeys(at: JsonValue, keys: readonly string[]): void {
  const odd = Object.keys(at.object()).find((key) => !keys.includes(key));
  if (odd !== undefined)
    at.get(odd).refuse(`is no key of a policy; there are ${keys.filter((key) => key !== "$schema").join(", ")}`);
}

function refuseWidening(root: JsonValue): void {
  const why = "widens what the user allows, and a project's policy may only tighten:";
  const trust = root.get("trust");
  if (!trust.isMissing) trust.refuse(`${why} it trusts digests`);
  // Where a plugin runs also decides by which of the user's rules it is granted what.
  root.get("plugins").optional((at) => at.refuse(`${why} it places plugins`));
  for (const rule of root.get("rules").list())
    rule.get("grant").optional((one) => one.refuse(`${why} it grants; write only or deny`));
}
