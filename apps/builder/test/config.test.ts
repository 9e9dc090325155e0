import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { stdioDriver } from "@tenon/drivers/stdio";
import { parseGrant } from "../dist/config/grants.js";
import { matchesGlob } from "../dist/config/glob.js";
import { readManifest } from "../dist/config/manifest.js";
import { fillPlaceholders } from "../dist/config/placeholders.js";
import { readPolicy } from "../dist/config/policy.js";
import { openPluginSet } from "../dist/index.js";
import { scratchFolder } from "./scratch.ts";

const GOOD = {
  schema: 1,
  id: "test/plugin",
  version: "1.0.0",
  title: "Test",
  description: "For tests.",
  contracts: [{ package: "tenon:builder", world: "plugin" }],
  artifacts: [{ id: "a", boundary: "stdio", command: ["${node}", "${plugin}/plugin.mjs"] }],
  capabilities: {
    fs: [{ path: "${project}/src/**", mode: "r", why: "sources" }],
    exec: [{ program: "cc", why: "compiles" }],
  },
  detect: ["*.x"],
};

function manifestFolder(content: string | object | Uint8Array): string {
  const folder = scratchFolder();
  writeFileSync(
    join(folder, "tenon.json"),
    typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content),
  );
  return folder;
}

function refusal(content: string | object | Uint8Array): TenonError {
  try {
    readManifest(manifestFolder(content));
  } catch (error) {
    assert.ok(error instanceof TenonError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the manifest was accepted" });
}

test("a good manifest is read, and unknown keys in it are ignored", () => {
  const manifest = readManifest(manifestFolder({ ...GOOD, later: { anything: 1 } }));
  assert.equal(manifest.id, "test/plugin");
  assert.deepEqual(manifest.files, [{ path: "src/**", mode: "r", why: "sources" }]);
  assert.deepEqual(manifest.artifacts[0]?.artifact, { command: ["${node}", "${plugin}/plugin.mjs"] });
});

const HOSTILE: [name: string, content: string | object | Uint8Array, place: RegExp][] = [
  ["no JSON", "{ not json", /is not JSON/],
  ["not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), /is not UTF-8/],
  ["a list", "[]", /\$ must be an object/],
  ["null", "null", /\$ must be an object/],
  ["nested without end", "[".repeat(30_000), /is not JSON/],
  ["too large", JSON.stringify({ ...GOOD, filler: "x".repeat(70_000) }), /at most 65536/],
  ["another schema", { ...GOOD, schema: 2 }, /\$\.schema must be 1/],
  ["an id that is a path", { ...GOOD, id: "../../etc" }, /\$\.id must be an id/],
  ["a version that is none", { ...GOOD, version: "new" }, /\$\.version/],
  [
    "another contract",
    { ...GOOD, contracts: [{ package: "acme:md", world: "plugin" }] },
    /\$\.contracts must name the contract tenon:builder\/plugin/,
  ],
  ["no artifact", { ...GOOD, artifacts: [] }, /\$\.artifacts must have at least one/],
  ["an artifact that is a text", { ...GOOD, artifacts: ["a"] }, /\$\.artifacts\[0\] must be an object/],
  [
    "a boundary that is a number",
    { ...GOOD, artifacts: [{ id: "a", boundary: 3 }] },
    /\$\.artifacts\[0\]\.boundary must be a text, it is 3/,
  ],
  [
    "a capability outside the project",
    { ...GOOD, capabilities: { fs: [{ path: "/etc/**", mode: "r", why: "" }] } },
    /\$\.capabilities\.fs\[0\]\.path must start with/,
  ],
  [
    "a capability that climbs out",
    { ...GOOD, capabilities: { fs: [{ path: "${project}/../**", mode: "r", why: "" }] } },
    /\$\.capabilities\.fs\[0\]\.path/,
  ],
  [
    "a mode that is none",
    { ...GOOD, capabilities: { fs: [{ path: "${project}/**", mode: "x", why: "" }] } },
    /mode must be one of r, rw/,
  ],
  [
    "a tool that is a path",
    { ...GOOD, capabilities: { exec: [{ program: "/bin/sh", why: "" }] } },
    /program must be the bare name/,
  ],
  ["a limit below one", { ...GOOD, limits: { startMs: -1 } }, /\$\.limits\.startMs must be a whole number/],
  ["too many patterns", { ...GOOD, detect: Array.from({ length: 300 }, () => "x") }, /\$\.detect has 300 entries/],
  ["a NUL", { ...GOOD, title: "a\u0000b" }, /\$\.title is too long, or has a NUL/],
];

for (const [name, content, place] of HOSTILE) {
  test(`a manifest is refused with its place: ${name}`, () => {
    const error = refusal(content);
    assert.equal(error.code, "config-invalid");
    assert.match(error.message, place);
  });
}

test("keys that objects inherit are data, not members", () => {
  const text = JSON.stringify(GOOD).replace('"schema":1', '"schema":1,"__proto__":{"limits":{"startMs":5}}');
  assert.deepEqual(readManifest(manifestFolder(text)).limits, {});
  assert.equal(({} as { limits?: unknown }).limits, undefined);
});

test("placeholders name the plugin's folder and Node, and cannot climb out", () => {
  const folder = manifestFolder(GOOD);
  const manifest = readManifest(folder);
  assert.deepEqual(fillPlaceholders(manifest, manifest.artifacts[0]!), {
    command: [process.execPath, `${folder}/plugin.mjs`],
  });
  const climbing = { id: "a", boundary: "stdio", artifact: { command: ["${plugin}/../other"] } };
  assert.throws(() => fillPlaceholders(manifest, climbing), /leaves the plugin's folder/);
});

test("one bad plugin costs only itself, and a second plugin of the same id is refused", async () => {
  const parent = scratchFolder();
  for (const [name, content] of [
    ["good", GOOD],
    ["bad", { schema: 9 }],
    ["twin", GOOD],
  ] as const) {
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, "tenon.json"), JSON.stringify(content));
  }
  const set = openPluginSet({ drivers: [stdioDriver], folders: [parent], policy: new Map() });
  assert.deepEqual(
    set.plugins.map((plugin) => plugin.id),
    ["test/plugin"],
  );
  assert.deepEqual(
    set.broken.map(({ folder }) => folder),
    [join(parent, "bad"), join(parent, "twin")],
  );
  await set.close();
});

test("a change for a plugin that is not there is a usage error, so that no denial is lost by a typing mistake", () => {
  const changes = new Map([["test/plugni", { grants: [], denials: [] }]]);
  assert.throws(
    () => openPluginSet({ drivers: [stdioDriver], folders: [manifestFolder(GOOD)], policy: new Map(), changes }),
    { code: "usage" },
  );
});

test("a policy file is checked as strictly", () => {
  const file = join(scratchFolder(), "policy.json");
  const read = (content: object) => {
    writeFileSync(file, JSON.stringify(content));
    return readPolicy(file);
  };
  const policy = read({
    schema: 1,
    plugins: { "a/b": { trust: "full", grants: { fs: [], exec: ["cc"] }, deny: { fs: ["${project}/secret/**"] } } },
  });
  assert.deepEqual(policy.get("a/b")?.deny.files, ["secret/**"]);
  assert.throws(
    () => read({ schema: 1, plugins: { "a/b": { trust: "yes" } } }),
    /\$\.plugins\["a\/b"\]\.trust must be one of full, none/,
  );
  assert.throws(() => read({ schema: 1 }), /\$\.plugins must be an object/);
  assert.throws(() => readPolicy(join(scratchFolder(), "missing.json")), { code: "file-missing" });
});

test("grants of the command line", () => {
  assert.deepEqual(parseGrant("fs:rw:src/**"), { kind: "files", path: "src/**", mode: "rw" });
  assert.deepEqual(parseGrant("fs:notes.md"), { kind: "files", path: "notes.md", mode: "r" });
  assert.deepEqual(parseGrant("exec:clang"), { kind: "tool", program: "clang" });
  for (const bad of ["", "fs", "fs:", "net:x", "exec:/bin/sh", "fs:r:../x", "fs:/etc"])
    assert.throws(() => parseGrant(bad), { code: "usage" }, bad);
});

test("patterns", () => {
  const cases: [string, string, boolean][] = [
    ["**", "a/b", true],
    ["src/**", "src", true],
    ["src/**", "src/a/b", true],
    ["src/**", "srcs/a", false],
    ["*.c", "a.c", true],
    ["*.c", "a/b.c", false],
    ["**/*.c", "b.c", true],
    ["**/*.c", "a/b/b.c", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "ab", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["a.c", "abc", false],
    ["(x)", "(x)", true],
  ];
  for (const [pattern, path, want] of cases) assert.equal(matchesGlob(pattern, path), want, `${pattern} on ${path}`);
});
