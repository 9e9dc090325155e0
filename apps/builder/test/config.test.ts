import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stdioDriver } from "@tenon/drivers/stdio";
import { parseGrant } from "../dist/config/grants.js";
import { matchesGlob } from "../dist/config/glob.js";
import { readBuilderManifest } from "../dist/config/manifest.js";
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

function manifestFolder(content: object): string {
  const folder = scratchFolder();
  writeFileSync(join(folder, "tenon.json"), JSON.stringify(content));
  return folder;
}

test("a good manifest is read, with the builder's own key", () => {
  const manifest = readBuilderManifest(manifestFolder(GOOD));
  assert.equal(manifest.id, "test/plugin");
  assert.deepEqual(manifest.files, [{ path: "src/**", mode: "r", why: "sources" }]);
  assert.deepEqual(manifest.detect, ["*.x"]);
});

const files = (path: string): object => ({ fs: [{ path, mode: "r", why: "x" }] });
const REFUSED: readonly (readonly [name: string, content: object, code: string, place: RegExp])[] = [
  [
    "another contract",
    { contracts: [{ package: "acme:md", world: "plugin" }] },
    "contract-mismatch",
    /\$\.contracts names/,
  ],
  [
    "a later contract",
    { contracts: [{ package: "tenon:builder", world: "plugin", range: "^7" }] },
    "contract-mismatch",
    /names tenon:builder\/plugin \^7, and the host needs tenon:builder\/plugin@/,
  ],
  [
    "files outside of the project",
    { capabilities: files("${home}/**") },
    "config-invalid",
    /tenon\.json: \$\.capabilities\.fs\[0\]\.path must start with \$\{project\}\//,
  ],
  ["files by ..", { capabilities: files("${project}/../**") }, "config-invalid", /\$\.capabilities\.fs\[0\]\.path/],
  ["too many patterns", { detect: Array(300).fill("x") }, "config-invalid", /\$\.detect has 300 entries/],
  ["a pattern that climbs", { detect: ["a/../../b"] }, "config-invalid", /\$\.detect\[0\] must be a relative path/],
  ["a pattern that is none", { detect: [1] }, "config-invalid", /\$\.detect\[0\] must be a text/],
];

for (const [name, change, code, place] of REFUSED) {
  test(`a manifest is refused with its place: ${name}`, () => {
    const folder = manifestFolder({ ...GOOD, ...change });
    assert.throws(() => readBuilderManifest(folder), { code });
    assert.throws(() => readBuilderManifest(folder), place);
  });
}

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
