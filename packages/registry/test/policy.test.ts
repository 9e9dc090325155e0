// Policy files come from people: every mistake is named with its place, and a project's file cannot widen anything.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { decide, NO_REQUESTS, resolveFs, type Policy } from "@tenon/policy";
import { auditFile, folderDigest, readPolicy, userPolicyFile } from "@tenon/registry";
import { misfits } from "./json-schema.ts";
import { scratch } from "./samples.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SCHEMA = JSON.parse(readFileSync(join(ROOT, "docs/spec/policy.schema.json"), "utf8")) as Record<string, unknown>;
const PAGE = readFileSync(join(ROOT, "docs/spec/policy.md"), "utf8");
const DIGEST = `sha256:${"0".repeat(64)}`;

let count = 0;
function read(content: unknown, scope: Policy["scope"] = "user"): Policy {
  const file = join(scratch, `policy-${count++}.json`);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return readPolicy(file, scope);
}
const rule = (one: object): object => ({ schema: 1, rules: [one] });

test("the specification's example is a policy, and its words are all there are", () => {
  const example = /^```json\n(.*?)^```$/ms.exec(PAGE)![1]!;
  assert.deepEqual(misfits(SCHEMA, JSON.parse(example)), []);
  const policy = read(example);
  assert.deepEqual(policy.plugins[1], {
    plugin: "acme/markdown",
    trust: undefined,
    boundary: "component",
    isolation: "process",
    sandbox: "required",
  });
  assert.deepEqual(policy.rules[2]?.deny, { fs: [{ path: "${project}/.env", mode: "r" }], clock: "precise" });
  assert.match(policy.rules[2]?.at ?? "", /policy-\d+\.json: \$\.rules\[2\]$/);
  for (const key of ["grant", "only", "deny", "limits", "boundary", "isolation", "sandbox", "host-functions"])
    assert.ok(PAGE.includes(`\`${key}\``), key);
});

test("an empty policy grants nothing", () => {
  const policy = read({ schema: 1 });
  assert.deepEqual([policy.plugins, policy.rules, policy.trustedDigests], [[], [], []]);
});

test("a denial of writing leaves reading", () => {
  const path = "${project}/**";
  const policy = read({ schema: 1, rules: [{ grant: "requested" }, { deny: { fs: [{ path, mode: "w" }] } }] });
  const enforcement = {
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
  const requests = { ...NO_REQUESTS, fs: [{ path, mode: "rw" as const, why: "x" }] };
  const { grants } = decide({
    plugin: "a/b",
    requests,
    boundary: "wasm",
    trust: "contained",
    enforcement,
    policies: [policy],
  });
  assert.equal(resolveFs(grants, "${project}/a", "r").isAllowed, true);
  assert.equal(resolveFs(grants, "${project}/a", "rw").isAllowed, false);
});

const BAD: readonly (readonly [name: string, content: unknown, place: RegExp])[] = [
  ["no JSON", "{", /is not JSON/],
  ["another schema", { schema: 2 }, /\$\.schema must be 1/],
  ["an odd key", { schema: 1, rule: [] }, /\$\.rule is no key of a policy; there are schema, plugins, rules, trust/],
  ["plugins that are a list", { schema: 1, plugins: [] }, /\$\.plugins must be an object/],
  ["an id that is none", { schema: 1, plugins: { "../x": {} } }, /\$\.plugins\["\.\.\/x"\] must have a plugin's id/],
  [
    "an odd trust",
    { schema: 1, plugins: { "a/b": { trust: "full" } } },
    /\.trust must be one of contained, trusted, remote/,
  ],
  [
    "an odd isolation",
    { schema: 1, plugins: { "a/b": { isolation: "vm" } } },
    /\.isolation must be one of inline, worker, process/,
  ],
  ["an odd key of a plugin", { schema: 1, plugins: { "a/b": { grants: {} } } }, /\.grants is no key of a policy/],
  ["a misspelt rule", rule({ denied: {} }), /\$\.rules\[0\]\.denied is no key of a policy/],
  ["a misspelt kind", rule({ deny: { file: [] } }), /\$\.rules\[0\]\.deny\.file is no key of a policy/],
  ["a grant of everything", rule({ grant: "all" }), /\$\.rules\[0\]\.grant must be an object, it is "all"/],
  [
    "files anywhere",
    rule({ grant: { fs: [{ path: "/**", mode: "r" }] } }),
    /grant\.fs\[0\]\.path must be a pattern below a root/,
  ],
  [
    "a grant without a mode",
    rule({ grant: { fs: [{ path: "${p}/**" }] } }),
    /grant\.fs\[0\]\.mode must be one of r, rw/,
  ],
  [
    "a denial with another mode",
    rule({ deny: { fs: [{ path: "${p}/**", mode: "rw" }] } }),
    /deny\.fs\[0\]\.mode must be one of w/,
  ],
  ["a host as a text", rule({ grant: { net: ["a.test:443"] } }), /grant\.net\[0\] must be an object/],
  ["a star in a host", rule({ grant: { net: [{ host: "a.*", port: 1 }] } }), /net\[0\]\.host must be a host/],
  ["a variable that is none", rule({ grant: { env: ["A=B"] } }), /env\[0\] must be the name of a variable/],
  ["a limit beyond all", rule({ limits: { callMs: 0 } }), /limits\.callMs must be a whole number/],
  ["an odd limit", rule({ limits: { cpu: 1 } }), /limits\.cpu is no key of a policy/],
  ["a digest that is none", { schema: 1, trust: { full: ["sha256:1"] } }, /\$\.trust\.full\[0\] must be a digest/],
];
for (const [name, content, place] of BAD) {
  test(`a policy is refused with its place: ${name}`, () => {
    assert.throws(() => read(content), { code: "config-invalid", message: place });
    if (typeof content !== "string") assert.ok(misfits(SCHEMA, content).length > 0, "the schema refuses it as well");
  });
}

const WIDENING: readonly (readonly [content: object, place: RegExp])[] = [
  [
    rule({ grant: "requested" }),
    /\$\.rules\[0\]\.grant widens what the user allows, .* it grants; write only or deny, it is "requested"/,
  ],
  [{ schema: 1, plugins: { "a/b": { boundary: "import" } } }, /\$\.plugins widens .* it places plugins/],
  [{ schema: 1, trust: { full: [DIGEST] } }, /\$\.trust widens .* it trusts digests/],
];
for (const [content, place] of WIDENING) {
  test(`a project's policy may only tighten: ${Object.keys(content).at(-1)}`, () => {
    assert.doesNotThrow(() => read(content));
    assert.throws(() => read(content, "project"), { code: "config-invalid", message: place });
  });
}

test("a project's policy tightens", () => {
  const policy = read(
    rule({ only: { fs: [] }, deny: { net: [{ host: "*", port: "*" }] }, limits: { callMs: 10 } }),
    "project",
  );
  assert.equal(policy.rules.length, 1);
});

test("the user's file is where XDG says", () => {
  if (process.platform === "win32") return;
  assert.equal(userPolicyFile({ XDG_CONFIG_HOME: "/c" }), "/c/tenon/policy.json");
  for (const env of [{}, { XDG_CONFIG_HOME: "" }, { XDG_CONFIG_HOME: "relative" }])
    assert.equal(userPolicyFile(env), join(homedir(), ".config/tenon/policy.json"));
});

test(
  "without a home the user's files are in no folder that others may write to",
  { skip: process.platform === "win32" && "other variables" },
  () => {
    const { HOME } = process.env;
    process.env["HOME"] = "";
    try {
      assert.equal(userPolicyFile({}), "/.config/tenon/policy.json");
      assert.equal(auditFile({}), "/.local/state/tenon/audit.jsonl");
    } finally {
      process.env["HOME"] = HOME;
    }
  },
);

test("a folder's digest changes with every byte, name and place in it", () => {
  const folder = join(scratch, "digest");
  mkdirSync(join(folder, "a"), { recursive: true });
  writeFileSync(join(folder, "a/x"), "1");
  const seen = [folderDigest(folder)];
  assert.match(seen[0]!, /^sha256:[0-9a-f]{64}$/);
  assert.equal(folderDigest(`${folder}/`), seen[0]);
  writeFileSync(join(folder, "a/x"), "2");
  seen.push(folderDigest(folder));
  writeFileSync(join(folder, "y"), "");
  seen.push(folderDigest(folder));
  assert.equal(new Set(seen).size, 3);
  assert.throws(() => folderDigest(join(folder, "none")), { code: "file-missing" });
});
