import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stdioDriver } from "@tenon/drivers/stdio";
import { parseDenial, parseGrant } from "../dist/config/grants.js";
import { readBuilderManifest } from "../dist/config/manifest.js";
import { readPolicies } from "../dist/config/policy.js";
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
  const set = openPluginSet({ drivers: [stdioDriver], folders: [parent], policies: [] });
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
    () => openPluginSet({ drivers: [stdioDriver], folders: [manifestFolder(GOOD)], policies: [], changes }),
    { code: "usage" },
  );
});

test("a policy file takes the place of the builder's own, and a project's can only tighten", () => {
  const folder = scratchFolder();
  const [own, instead, project] = ["own.json", "instead.json", "tenon.policy.json"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const write = (file: string, content: object): void => writeFileSync(file, JSON.stringify({ schema: 1, ...content }));
  write(own, { rules: [{ grant: "requested" }] });
  write(instead, { plugins: { "a/b": { trust: "trusted" } } });
  const files = (more: object) =>
    readPolicies({ own, instead: undefined, project: undefined, ...more }).map(({ file }) => file);
  assert.deepEqual(files({}), [own]);
  assert.deepEqual(files({ instead }), [instead]);
  write(project, { rules: [{ deny: { exec: [{ program: "cc" }] } }] });
  assert.deepEqual(files({ project: folder }), [own, project]);
  write(project, { rules: [{ grant: "requested" }] });
  assert.throws(
    () => files({ project: folder }),
    /tenon\.policy\.json: \$\.rules\[0\]\.grant widens what the user allows/,
  );
  assert.throws(() => files({ instead: join(folder, "none.json") }), { code: "file-missing" });
});

test("grants of the command line", () => {
  assert.deepEqual(parseGrant("fs:rw:src/**"), { fs: [{ path: "${project}/src/**", mode: "rw" }] });
  assert.deepEqual(parseGrant("fs:notes.md"), { fs: [{ path: "${project}/notes.md", mode: "r" }] });
  assert.deepEqual(parseGrant("exec:clang"), { exec: [{ program: "clang" }] });
  assert.deepEqual(parseDenial("fs:rw:src/**"), { fs: [{ path: "${project}/src/**", mode: "r" }] });
  for (const bad of ["", "fs", "fs:", "net:x", "exec:/bin/sh", "fs:r:../x", "fs:/etc"])
    assert.throws(() => parseGrant(bad), { code: "usage" }, bad);
});
