// Policy files: what the reader takes must lead to a decision, and a project's file must never grant more than the user's does.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract";
import {
  decide,
  grantedFolders,
  placementOf,
  resolveClock,
  resolveEnv,
  resolveExec,
  resolveFs,
  resolveFunction,
  resolveNet,
  type CapabilityRequests,
  type Enforcement,
  type Grants,
  type Policy,
} from "@tenon/policy";
import { readPolicy } from "@tenon/registry";
import type { FuzzTarget } from "@tenon/verify/fuzz";

const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

let folder: string | undefined;
function policyFile(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "tenon-fuzz-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return join(folder, "policy.json");
}

const USER = {
  schema: 1,
  plugins: { "acme/*": { trust: "trusted", boundary: "worker", isolation: "process", why: "ours" } },
  rules: [
    { trust: "trusted", grant: "requested" },
    {
      plugin: "acme/markdown",
      boundary: "wasm",
      grant: { fs: [{ path: "${project}/src/**", mode: "rw" }], env: ["LC_*"], clock: "precise" },
      limits: { callMs: 500 },
    },
    { only: { net: [{ host: "*.example.org", port: 443 }], exec: [{ program: "dot", args: ["-T*", "**"] }] } },
    {
      deny: {
        fs: [{ path: "${project}/.env" }, { path: "${project}/docs/**", mode: "w" }],
        "host-functions": ["report.*"],
      },
    },
  ],
  trust: { full: [`sha256:${"0".repeat(64)}`] },
};
const PROJECT = {
  schema: 1,
  rules: [{ only: { random: "seeded" } }, { deny: { env: ["*"], net: [{ host: "*", port: "*" }] } }],
};

const why = "asked";
const requests: CapabilityRequests = {
  fs: [{ path: "${project}/src/**", mode: "rw", why }],
  net: [{ host: "a.example.org", port: 443, why }],
  env: [{ name: "LC_ALL", why }],
  exec: [{ program: "dot", args: ["-Tsvg", "**"], why }],
  hostFunctions: undefined,
  clock: { access: "precise", why },
  random: undefined,
};
const ENFORCED: Enforcement = "enforced";
const enforcement = {
  fs: ENFORCED,
  net: ENFORCED,
  env: ENFORCED,
  clock: ENFORCED,
  random: ENFORCED,
  subprocess: ENFORCED,
  "host-functions": ENFORCED,
  "cpu-deadline": ENFORCED,
  memory: ENFORCED,
  "output-size": ENFORCED,
};

function grantsOf(policies: readonly Policy[]): Grants {
  const plugin = "acme/markdown";
  const { trust } = placementOf(policies, plugin);
  return decide({ plugin, requests, boundary: "wasm", trust, enforcement, policies }).grants;
}

/** What each resolver says about one access of its kind. */
function answersOf(grants: Grants): readonly boolean[] {
  return [
    resolveFs(grants, "${project}/src/a.ts", "r").isAllowed,
    resolveFs(grants, "${project}/src/a.ts", "rw").isAllowed,
    resolveNet(grants, { host: "a.example.org", port: 443 }).left.length > 0,
    resolveEnv(grants, "LC_ALL").isAllowed,
    resolveExec(grants, "dot", ["-Tsvg", "a.dot"]).isAllowed,
    resolveFunction(grants, "report.log").isAllowed,
    resolveClock(grants) === "precise",
    grantedFolders(grants).length > 0,
  ];
}

const GENEROUS: Policy = {
  file: "user",
  scope: "user",
  plugins: [],
  trustedDigests: [],
  rules: [{ at: "all", grant: "requested" }],
};

export const policy: FuzzTarget = {
  name: "policy",
  isJson: true,
  codes: ["config-invalid"],
  inputs: () => [utf8(USER), utf8(PROJECT)],
  words: [
    '"__proto__":',
    '"constructor":',
    "${project}",
    "**",
    "*",
    "?",
    "../",
    "requested",
    '"grant":',
    '"only":',
    '"deny":',
    "null",
    "1e999",
    "sha256:",
    "[]",
    "{}",
  ],
  run: (input) => {
    const file = policyFile();
    writeFileSync(file, input);
    const read = readPolicy(file, "user");
    answersOf(grantsOf([read]));
    const own = asProject(file);
    if (own !== undefined) {
      const without = answersOf(grantsOf([GENEROUS]));
      for (const [index, isAllowed] of answersOf(grantsOf([GENEROUS, own])).entries())
        assert.ok(!isAllowed || without[index], `a project's policy grants access ${index}`);
    }
    return read;
  },
};

/** The same file in a project; undefined where it could widen something, which is refused. */
function asProject(file: string): Policy | undefined {
  try {
    return readPolicy(file, "project");
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError && thrown.code === "config-invalid");
    return undefined;
  }
}
