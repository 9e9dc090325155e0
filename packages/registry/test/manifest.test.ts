// Manifests come from strangers: every mistake is one sentence that names its place, and no path leaves the folder.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { parseManifest, selectArtifact } from "@tenon/registry";

const good = {
  $schema: "https://example.test/schema.json",
  schema: 1,
  id: "acme/markdown",
  version: "1.4.2",
  contracts: [{ id: "acme:md/plugin@1.0.0", wit: "./md.wit" }],
  artifacts: [
    { id: "js", boundary: "worker", module: "./dist/index.js" },
    {
      id: "exe",
      boundary: "stdio",
      command: ["python3", "./plugin.py", "--fast"],
      cwd: "./",
      env: { A: "./not-a-path" },
    },
  ],
  capabilities: { fs: [{ path: "${project}/**", mode: "r", why: "reads pages" }] },
  limits: { callMs: 500 },
};
const parse = (json: unknown): unknown =>
  parseManifest(typeof json === "string" ? json : JSON.stringify(json), "/plugins/md");

test("a good manifest has absolute paths and nothing else changed", () => {
  const manifest = parseManifest(JSON.stringify(good), "/plugins/md");
  assert.equal(manifest.artifacts[0]?.["module"], "/plugins/md/dist/index.js");
  assert.deepEqual(manifest.artifacts[1]?.["command"], ["python3", "/plugins/md/plugin.py", "--fast"]);
  assert.deepEqual(manifest.artifacts[1]?.["env"], { A: "./not-a-path" });
  assert.equal(manifest.contracts[0]?.wit, "/plugins/md/md.wit");
  assert.equal(selectArtifact(manifest, ["stdio", "worker"]).id, "js");
  assert.equal(selectArtifact(manifest, ["stdio", "worker"], "stdio").id, "exe");
  assert.throws(
    () => selectArtifact(manifest, ["stdio", "worker", "wasm"], "wasm"),
    /no artifact for boundary wasm; it has artifacts for worker, stdio/,
  );
  assert.throws(() => selectArtifact(manifest, ["grpc"]), /none of the boundaries of this host \(grpc\)/);
});

const bad: readonly [string, unknown, RegExp][] = [
  ["not JSON", "{", /is not JSON/],
  ["a list", [], /the file: expected an object, got list/],
  ["another schema", { ...good, schema: 2 }, /schema: expected 1, got 2/],
  ["an id with capitals", { ...good, id: "Acme/MD" }, /id: expected namespace\/name/],
  ["no version", { ...good, version: undefined }, /version: expected a semantic version/],
  ["no artifacts", { ...good, artifacts: [] }, /artifacts: expected 1 to/],
  [
    "an artifact without a boundary",
    { ...good, artifacts: [{ id: "x" }] },
    /artifacts\[0\]\.boundary: expected text, got nothing/,
  ],
  ["a misspelt key", { ...good, capabilites: {} }, /capabilites: is not a known key/],
  [
    "a request without a reason",
    { ...good, capabilities: { exec: [{ command: "cc" }] } },
    /capabilities\.exec\[0\]\.why: expected text/,
  ],
  ["a negative limit", { ...good, limits: { callMs: -1 } }, /limits\.callMs: expected a number/],
  [
    "a path that leaves",
    { ...good, artifacts: [{ id: "x", boundary: "worker", module: "../../etc/passwd" }] },
    /leaves the plugin's folder/,
  ],
  [
    "a path that leaves in the middle",
    { ...good, artifacts: [{ id: "x", boundary: "stdio", command: ["./a/../../b"] }] },
    /leaves the plugin's folder/,
  ],
  ["a prototype", '{"__proto__":{"schema":1},"schema":3}', /schema: expected 1/],
  ["a book", JSON.stringify({ ...good, title: "x".repeat(70_000) }), /longer than/],
];
for (const [name, json, message] of bad) {
  test(`${name} is config-invalid`, () => {
    assert.throws(
      () => parse(json),
      (error: unknown) => error instanceof TenonError && error.code === "config-invalid" && message.test(error.message),
    );
  });
}
