// A good manifest, and the ways to spoil it, each with what is said of it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { readManifest, type Manifest } from "@tenon/registry";

export const scratch = mkdtempSync(join(tmpdir(), "tenon-manifest-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
export const ABI = `abi:sha256:${"0".repeat(64)}`;

export const GOOD = {
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
    exec: [
      { program: "dot", why: "draws" },
      { program: "git", args: ["log", "--format=*", "**"], why: "history" },
    ],
    env: [{ name: "LANG", why: "dates" }],
    net: [
      { host: "api.acme.test", port: 443, why: "asks" },
      { host: "::1", port: "*", why: "tests" },
    ],
    "host-functions": [{ function: "report.*", why: "says how far it is" }],
    clock: { access: "precise", why: "measures" },
    random: { access: "secure", why: "makes keys" },
    later: [{ host: "later.test" }],
  },
  requires: [{ program: "python3", hint: "install it", probe: ["--version"] }],
  limits: { callMs: 500, why: "answers at once", later: "x" },
  detect: ["*.md"],
};

export type Content = string | object | Uint8Array;
let count = 0;
export function write(content: Content): string {
  const folder = join(scratch, String(count++));
  mkdirSync(folder);
  const isRaw = typeof content === "string" || content instanceof Uint8Array;
  writeFileSync(join(folder, "tenon.json"), isRaw ? content : JSON.stringify(content));
  return join(folder, "tenon.json");
}
export const read = (content: Content): Manifest => readManifest(write(content));
export const withArtifact = (artifact: object): object => ({
  ...GOOD,
  artifacts: [{ id: "a", boundary: "stdio", ...artifact }],
});
export const withContract = (change: object): object => ({ ...GOOD, contracts: [{ ...GOOD.contracts[0], ...change }] });

const request = (kind: string, asked: unknown): object => ({ ...GOOD, capabilities: { [kind]: asked } });

const LONG = "x".repeat(70_000);
export const BAD: readonly (readonly [name: string, content: Content, place: RegExp])[] = [
  ["no JSON", "{ not json", /is not JSON/],
  ["not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), /is not UTF-8/],
  ["a list", "[]", /\$ must be an object/],
  ["null", "null", /\$ must be an object/],
  ["nested without end", "[".repeat(30_000), /is not JSON|\$ must be an object/],
  [
    "nested deeper than an error could show",
    `{"title":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
    /more than 64 levels/,
  ],
  ["a key twice", '{"schema":1,"id":"a/b","id":"c/d"}', /has the key "id" twice in one object/],
  [
    "a key twice, once in disguise",
    '{"schema":1,"limits":{"callMs":1,"call\\u004ds":2}}',
    /has the key "callMs" twice/,
  ],
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
  ["too deep", withArtifact({ x: JSON.parse("[".repeat(50) + "]".repeat(50)) as unknown }), /nested too deep/],
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
    "arguments that are a text",
    request("exec", [{ program: "cc", args: "-c", why: "x" }]),
    /exec\[0\]\.args must be a list/,
  ],
  [
    "any rest in the middle",
    request("exec", [{ program: "cc", args: ["**", "x"], why: "x" }]),
    /args\[0\] must be the last/,
  ],
  [
    "a host with a port",
    request("net", [{ host: "a.test:80", port: 80, why: "x" }]),
    /net\[0\]\.host must be the name/,
  ],
  ["a host for all", request("net", [{ host: "*", port: 80, why: "x" }]), /net\[0\]\.host must be the name/],
  ["a host in capitals", request("net", [{ host: "A.test", port: 80, why: "x" }]), /net\[0\]\.host must be the name/],
  ["no port", request("net", [{ host: "a.test", why: "x" }]), /net\[0\]\.port must be a port or "\*", it is nothing/],
  ["port 0", request("net", [{ host: "a.test", port: 0, why: "x" }]), /net\[0\]\.port must be a whole number from 1/],
  ["a host without a reason", request("net", [{ host: "a.test", port: 80 }]), /net\[0\]\.why must be a text/],
  [
    "a function that is a path",
    request("host-functions", [{ function: "../x", why: "x" }]),
    /\.function must be the path of a/,
  ],
  [
    "a clock that is none",
    request("clock", { access: "fast", why: "x" }),
    /\.clock\.access must be one of none, coarse, precise/,
  ],
  ["a clock without a reason", request("clock", { access: "precise" }), /\.clock\.why must be a text/],
  ["random that is none", request("random", "secure"), /\.random must be an object/],
  ["limits without a reason", { ...GOOD, limits: { why: " " } }, /\$\.limits\.why must be a text that says/],
  [
    "a requirement that is a path",
    { ...GOOD, requires: [{ program: "../x", hint: "y" }] },
    /\$\.requires\[0\]\.program/,
  ],
  [
    "a probe that is no list",
    { ...GOOD, requires: [{ program: "go", hint: "y", probe: "version" }] },
    /\$\.requires\[0\]\.probe/,
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
