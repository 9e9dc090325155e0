// Manifests come from strangers: every mistake is one sentence that names its place, and no path leaves the folder.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract";
import { DEFAULT_LIMITS } from "@tenon/host";
import { checkContract, readManifest, selectArtifact, type Manifest } from "@tenon/registry";

const scratch = mkdtempSync(join(tmpdir(), "tenon-manifest-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const ABI = `abi:sha256:${"0".repeat(64)}`;

const GOOD = {
  $schema: "https://example.test/schema.json",
  schema: 1,
  id: "acme/markdown",
  version: "1.4.2",
  contracts: [{ package: "acme:md", world: "plugin", range: "^1.2", wit: "${plugin}/md.wit", provides: ["later"] }],
  artifacts: [
    { id: "js", boundary: "worker", module: "${plugin}/dist/index.js" },
    {
      id: "exe",
      boundary: "stdio",
      command: ["${node}", "${plugin}/plugin.mjs", "--cache=${plugin}/a:${plugin}/b", "./not-a-path", "${project}"],
      cwd: "${plugin}",
      env: { A: { deep: ["${plugin}"] } },
    },
    { id: "cli", boundary: "exec", program: "md", functions: {} },
  ],
  capabilities: {
    fs: [{ path: "${project}/**", mode: "r", why: "reads pages" }],
    exec: [{ program: "dot", why: "draws" }],
    env: [{ name: "LANG", why: "dates" }],
    net: [{ host: "later.test" }],
  },
  requires: [{ program: "python3", hint: "install it" }],
  limits: { callMs: 500, later: "x" },
  detect: ["*.md"],
};

type Content = string | object | Uint8Array;
let count = 0;
function write(content: Content): string {
  const folder = join(scratch, String(count++));
  mkdirSync(folder);
  const isRaw = typeof content === "string" || content instanceof Uint8Array;
  writeFileSync(join(folder, "tenon.json"), isRaw ? content : JSON.stringify(content));
  return join(folder, "tenon.json");
}
const read = (content: Content): Manifest => readManifest(write(content));
const withArtifact = (artifact: object): object => ({
  ...GOOD,
  artifacts: [{ id: "a", boundary: "stdio", ...artifact }],
});
const withContract = (change: object): object => ({ ...GOOD, contracts: [{ ...GOOD.contracts[0], ...change }] });

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
    { id: "cli", boundary: "exec", artifact: { base: folder, program: "md", functions: {} } },
  ]);
  assert.equal(manifest.contracts[0]?.wit, join(folder, "md.wit"));
  assert.deepEqual(manifest.capabilities, {
    fs: GOOD.capabilities.fs,
    exec: GOOD.capabilities.exec,
    env: GOOD.capabilities.env,
  });
  assert.deepEqual(manifest.limits, { callMs: 500 });
  assert.deepEqual(manifest.extra.object(), { detect: ["*.md"] });
  assert.throws(() => manifest.extra.get("detect").integer(0, 1), /tenon\.json: \$\.detect must be a whole number/);
});

test("a manifest of what is needed and no more", () => {
  const { $schema: _, capabilities: _c, requires: _r, limits: _l, detect: _d, ...needed } = GOOD;
  const manifest = read(needed);
  assert.deepEqual(manifest.capabilities, { fs: [], exec: [], env: [] });
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

const LONG = "x".repeat(70_000);
const BAD: readonly (readonly [name: string, content: Content, place: RegExp])[] = [
  ["no JSON", "{ not json", /is not JSON/],
  ["not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), /is not UTF-8/],
  ["a list", "[]", /\$ must be an object/],
  ["null", "null", /\$ must be an object/],
  ["nested without end", "[".repeat(30_000), /is not JSON|\$ must be an object/],
  ["too large", { ...GOOD, filler: LONG }, /at most 65536/],
  ["another schema", { ...GOOD, schema: 2 }, /\$\.schema must be 1, .* it is 2/],
  ["no schema", { ...GOOD, schema: undefined }, /\$\.schema must be 1, .* it is nothing/],
  ["a schema by inheritance", '{"__proto__":{"schema":1},"schema":3}', /\$\.schema must be 1/],
  ["an id that is a path", { ...GOOD, id: "../../etc" }, /\$\.id must be an id/],
  ["an id with capitals", { ...GOOD, id: "Acme/MD" }, /\$\.id must be an id/],
  ["no version", { ...GOOD, version: undefined }, /\$\.version must be a text, it is nothing/],
  ["a version that is none", { ...GOOD, version: "01.2.3" }, /\$\.version must be a version/],
  ["a NUL", { ...GOOD, title: "a\u0000b" }, /\$\.title is too long, or has a NUL/],
  ["no contract", { ...GOOD, contracts: [] }, /\$\.contracts must have at least one/],
  [
    "a package with its version",
    withContract({ package: "a:b@1.0.0" }),
    /\$\.contracts\[0\]\.package must be a WIT package/,
  ],
  ["a contract without a world", withContract({ world: undefined }), /\$\.contracts\[0\]\.world must be a text/],
  ["a range that is none", withContract({ range: "new" }), /\$\.contracts\[0\]\.range must be a range of versions/],
  ["an empty range", withContract({ range: "" }), /range must be a range/],
  ["a range without end", withContract({ range: ">1 ".repeat(1000) }), /range must be a range/],
  ["a digest that is none", withContract({ built: { abi: "sha256:1" } }), /built\.abi must be a digest/],
  ["WIT elsewhere", withContract({ wit: "/etc/x.wit" }), /\.wit must be a path that starts with \$\{plugin\}\//],
  ["WIT by ..", withContract({ wit: "${plugin}/../x.wit" }), /\.wit leaves the plugin's folder by \.\./],
  ["no artifact", { ...GOOD, artifacts: [] }, /\$\.artifacts must have at least one/],
  ["no artifacts", { ...GOOD, artifacts: undefined }, /\$\.artifacts must have at least one/],
  ["an artifact that is a text", { ...GOOD, artifacts: ["a"] }, /\$\.artifacts\[0\] must be an object/],
  [
    "a boundary that is a number",
    withArtifact({ boundary: 3 }),
    /\$\.artifacts\[0\]\.boundary must be a text, it is 3/,
  ],
  ["two artifacts of one id", { ...GOOD, artifacts: Array(2).fill(GOOD.artifacts[0]) }, /\[1\]\.id must not be/],
  ["..", withArtifact({ command: ["${plugin}/../x"] }), /artifacts\[0\]\["command"\]\[0\] leaves the plugin's folder/],
  [".. of Windows", withArtifact({ cwd: "${plugin}\\.." }), /leaves the plugin's folder/],
  [".. in the middle", withArtifact({ cwd: "${plugin}/a/../../b" }), /leaves the plugin's folder/],
  [".. in a list", withArtifact({ env: { PATH: "/bin:${plugin}/..:/x" } }), /leaves the plugin's folder/],
  ["a neighbour", withArtifact({ command: ["${plugin}-other/x"] }), /must have a \/ after \$\{plugin\}/],
  ["too deep", withArtifact({ x: JSON.parse("[".repeat(99) + "]".repeat(99)) as unknown }), /nested too deep/],
  [
    "files anywhere",
    { ...GOOD, capabilities: { fs: [{ path: "/etc/**", mode: "r", why: "x" }] } },
    /fs\[0\]\.path must be/,
  ],
  [
    "files by ..",
    { ...GOOD, capabilities: { fs: [{ path: "${project}/a/../..", mode: "r", why: "x" }] } },
    /fs\[0\]\.path/,
  ],
  ["a mode", { ...GOOD, capabilities: { fs: [{ path: "${p}/a", mode: "x", why: "x" }] } }, /mode must be one of r, rw/],
  [
    "no reason",
    { ...GOOD, capabilities: { exec: [{ program: "cc" }] } },
    /\$\.capabilities\.exec\[0\]\.why must be a text/,
  ],
  ["an empty reason", { ...GOOD, capabilities: { env: [{ name: "A", why: " " }] } }, /env\[0\]\.why must be/],
  [
    "a program that is a path",
    { ...GOOD, capabilities: { exec: [{ program: "/bin/sh", why: "x" }] } },
    /must be the bare name/,
  ],
  [
    "a requirement that is a path",
    { ...GOOD, requires: [{ program: "../x", hint: "y" }] },
    /\$\.requires\[0\]\.program/,
  ],
  [
    "too many requests",
    { ...GOOD, capabilities: { env: Array(300).fill({}) } },
    /\$\.capabilities\.env has 300 entries/,
  ],
  ["capabilities that are a list", { ...GOOD, capabilities: [] }, /\$\.capabilities must be an object/],
  ["a negative limit", { ...GOOD, limits: { startMs: -1 } }, /\$\.limits\.startMs must be a whole number from 1/],
  ["no deadline at all", { ...GOOD, limits: { callMs: 0 } }, /\$\.limits\.callMs must be a whole number from 1/],
  ["a limit beyond all", { ...GOOD, limits: { memoryMiB: 1e9 } }, /\$\.limits\.memoryMiB must be a whole number/],
];

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
  assert.equal(odd.artifacts[2]?.artifact["base"], odd.folder);
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

test("a contract is the one wanted by package, world and range", () => {
  const base = { id: "a/b", file: "/a/tenon.json", contracts: [] };
  const entry = (range?: string) => ({ package: "acme:md", world: "plugin", range, built: undefined, wit: undefined });
  const cases: readonly (readonly [range: string | undefined, id: string, isWanted: boolean])[] = [
    ["^1.2", "acme:md/plugin@1.2.0", true],
    ["^1.2", "acme:md/plugin@1.9.3", true],
    ["^1.2", "acme:md/plugin@2.0.0", false],
    ["^1.2", "acme:md/plugin@1.3.0-rc.1", false],
    ["^1.3.0-rc.1", "acme:md/plugin@1.3.0-rc.2", true],
    ["^0.1", "acme:md/plugin@0.1.7", true],
    ["^0.1", "acme:md/plugin@0.2.0", false],
    ["^1.2", "acme:md/plugin", false],
    [undefined, "acme:md/plugin", true],
    [undefined, "acme:md/plugin@9.0.0", true],
    [undefined, "acme:md/other@9.0.0", false],
    [undefined, "acme:other/plugin", false],
  ];
  for (const [range, id, isWanted] of cases) {
    const manifest = { ...base, contracts: [entry("^77"), entry(range)] };
    if (isWanted) assert.equal(checkContract(manifest, id), manifest.contracts[1], `${range} for ${id}`);
    else assert.throws(() => checkContract(manifest, id), { code: "contract-mismatch" }, `${range} for ${id}`);
  }
  assert.throws(
    () => checkContract({ ...base, contracts: [entry("^2"), entry()] }, "acme:md/x@1.0.0"),
    /\/a\/tenon\.json: \$\.contracts names acme:md\/plugin \^2, acme:md\/plugin, and the host needs acme:md\/x@1\.0\.0/,
  );
});

test("built has the digest, and the version where there is one", () => {
  assert.deepEqual(read(withContract({ built: { abi: ABI } })).contracts[0]?.built, { version: undefined, abi: ABI });
  const { built } = read(withContract({ built: { version: "1.4.0", abi: ABI } })).contracts[0]!;
  assert.deepEqual(built, { version: "1.4.0", abi: ABI });
});

test("the specification's example is a manifest, and its tables name every limit", () => {
  const page = readFileSync(join(ROOT, "docs/spec/manifest.md"), "utf8");
  const manifest = read(/^```json\n(.*?)^```$/ms.exec(page)![1]!);
  assert.equal(manifest.id, "acme/markdown");
  assert.deepEqual(Object.keys(manifest.extra.object()), ["site-theme"]);
  for (const name of Object.keys(DEFAULT_LIMITS)) assert.ok(page.includes(`| \`${name}\``), name);
});

const PLUGINS = join(ROOT, "apps/builder/plugins");
for (const name of readdirSync(PLUGINS).filter((each) => existsSync(join(PLUGINS, each, "tenon.json")))) {
  test(`the manifest of the builder's plugin ${name}`, () => {
    const manifest = readManifest(join(PLUGINS, name, "tenon.json"));
    assert.equal(checkContract(manifest, "tenon:builder/plugin@0.1.0").range, "^0.1");
    assert.deepEqual(Object.keys(manifest.extra.object()), ["detect"]);
    assert.equal(relative(PLUGINS, manifest.folder), name);
  });
}
