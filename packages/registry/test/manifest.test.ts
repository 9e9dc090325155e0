// Manifests come from strangers: every mistake is one sentence that names its place, and no path leaves the folder.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { DEFAULT_LIMITS } from "@tenon/host";
import { NO_REQUESTS } from "@tenon/policy";
import { readManifest, selectArtifact } from "@tenon/registry";
import { BAD, GOOD, read, scratch, withArtifact, write } from "./samples.ts";

test("a good manifest is filled in, and keys that are not Tenon's are kept and ignored", () => {
  const manifest = read(GOOD);
  const { folder } = manifest;
  assert.equal(manifest.file, join(folder, "tenon.json"));
  assert.deepEqual(manifest.artifacts, [
    { id: "js", boundary: "worker", artifact: { module: `${folder}/dist/index.js` } },
    {
      id: "exe",
      boundary: "stdio",
      artifact: {
        command: [
          process.execPath,
          `${folder}/plugin.mjs`,
          `--cache=${folder}/a:${folder}/b`,
          "./not-a-path",
          "${project}",
        ],
        cwd: folder,
        env: { A: { deep: [folder] } },
      },
    },
    { id: "cli", boundary: "exec", artifact: { program: "md", functions: {} } },
  ]);
  assert.equal(manifest.contracts[0]?.wit, join(folder, "md.wit"));
  const { fs, net, env, exec, clock, random } = GOOD.capabilities;
  const hostFunctions = GOOD.capabilities["host-functions"];
  assert.deepEqual(manifest.capabilities, { fs, net, env, exec, hostFunctions, clock, random });
  assert.equal(manifest.limitsWhy, "answers at once");
  assert.deepEqual(manifest.limits, { callMs: 500 });
  assert.deepEqual(manifest.extra.object(), { detect: ["*.md"] });
  assert.throws(() => manifest.extra.get("detect").integer(0, 1), /tenon\.json: \$\.detect must be a whole number/);
});

test("a manifest of what is needed and no more", () => {
  const { $schema: _, capabilities: _c, requires: _r, limits: _l, detect: _d, ...needed } = GOOD;
  const manifest = read(needed);
  assert.deepEqual(manifest.capabilities, NO_REQUESTS);
  assert.deepEqual([manifest.requires, manifest.limits, manifest.title], [[], {}, undefined]);
});

test("base of an exec artifact may be another folder of the plugin", () => {
  const { artifacts, folder } = read(withArtifact({ boundary: "exec", base: "${plugin}/bin" }));
  assert.equal(artifacts[0]?.artifact["base"], `${folder}/bin`);
});

test("an artifact is chosen by boundary, or by the author's preference among what the host has", () => {
  const manifest = read(GOOD);
  assert.equal(selectArtifact(manifest, ["stdio", "worker"]).id, "js");
  assert.equal(selectArtifact(manifest, ["stdio", "exec"]).id, "exe");
  assert.equal(selectArtifact(manifest, ["stdio", "worker"], "stdio").id, "exe");
  assert.throws(
    () => selectArtifact(manifest, ["stdio", "wasm"], "wasm"),
    /\[config-invalid\] .* has no artifact for boundary wasm; it has artifacts for worker, stdio, exec/,
  );
  assert.throws(
    () => selectArtifact(manifest, ["grpc"]),
    /no artifact for any boundary of this host; .* this host has grpc/,
  );
  assert.throws(
    () => selectArtifact(manifest, ["stdio"], "worker"),
    /\[driver-missing\] .* there is no driver for it; this host has stdio/,
  );
});

for (const [name, content, place] of BAD) {
  test(`a manifest is refused with its place: ${name}`, () => {
    const file = write(content);
    assert.throws(
      () => readManifest(file),
      (error: unknown) => {
        assert.ok(error instanceof TenonError, String(error));
        assert.equal(error.code, "config-invalid");
        assert.match(error.message, place);
        assert.ok(error.what.startsWith(`${file}: `), error.what);
        assert.ok(error.message.length < file.length + 300, "the message is bounded");
        return true;
      },
    );
  });
}

test("keys that objects inherit are data, not members", () => {
  const manifest = read(JSON.stringify(GOOD).replace('"schema":1', '"schema":1,"__proto__":{"title":"x"}'));
  assert.equal(manifest.title, undefined);
  assert.equal(({} as { title?: unknown }).title, undefined);
  const odd = read(JSON.stringify(GOOD).replace('"program":"md"', '"program":"md","__proto__":{"base":"/"}'));
  assert.equal(odd.artifacts[2]?.artifact["base"], undefined);
});

test("what is no file is said so", () => {
  assert.throws(() => readManifest(join(scratch, "nowhere", "tenon.json")), { code: "file-missing" });
  assert.throws(() => readManifest(scratch), /\[config-invalid\] .* is no file/);
  const link = join(scratch, "loop");
  symlinkSync(link, link);
  assert.throws(() => readManifest(link), { code: "file-missing" });
});

test("every default limit of the host may also be set by a plugin", () => {
  const { memoryMiB: _none, ...limits } = DEFAULT_LIMITS;
  assert.deepEqual(read({ ...GOOD, limits }).limits, limits);
});
