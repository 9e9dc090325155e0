// The specification, its JSON schema and the reader say the same.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DEFAULT_LIMITS } from "@tenon/host";
import { checkContract, readManifest } from "@tenon/registry";
import { misfits } from "./json-schema.ts";
import { BAD, GOOD, read } from "./samples.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SCHEMA = JSON.parse(readFileSync(join(ROOT, "docs/spec/tenon.schema.json"), "utf8")) as Record<string, unknown>;

test("the JSON schema takes what the reader takes, and refuses what it refuses as far as schemas can", () => {
  // What texts mean, and how entries stand to each other.
  const beyond = new Set([
    "too large",
    "a NUL",
    "a range that is none",
    "WIT by ..",
    "two artifacts of one id",
    "..",
    ".. of Windows",
    ".. in the middle",
    ".. in a list",
    "a neighbour",
    "too deep",
    "any rest in the middle",
  ]);
  const asWritten = (content: object): unknown => JSON.parse(JSON.stringify(content));
  assert.deepEqual(misfits(SCHEMA, asWritten(GOOD)), []);
  for (const [name, content] of BAD) {
    if (typeof content === "string" || content instanceof Uint8Array) continue;
    assert.equal(misfits(SCHEMA, asWritten(content)).length > 0, !beyond.has(name), name);
  }
});

test("the reader's limits have the ranges of the JSON schema", () => {
  type Ranges = Readonly<Record<string, { readonly minimum: number; readonly maximum: number }>>;
  const { limits } = SCHEMA["properties"] as { readonly limits: { readonly properties: Ranges } };
  const { why: _, ...ranges } = limits.properties;
  assert.deepEqual(Object.keys(ranges).sort(), Object.keys(DEFAULT_LIMITS).sort());
  for (const [name, { minimum, maximum }] of Object.entries(ranges)) {
    const set = (value: number) => read({ ...GOOD, limits: { [name]: value } }).limits;
    for (const value of [minimum, maximum]) assert.deepEqual(set(value), { [name]: value });
    for (const value of [minimum - 1, maximum + 1]) assert.throws(() => set(value), /must be a whole number/, name);
  }
});

test("the specification's example is a manifest, and its tables name every limit", () => {
  const page = readFileSync(join(ROOT, "docs/spec/manifest.md"), "utf8");
  const example = /^```json\n(.*?)^```$/ms.exec(page)![1]!;
  assert.deepEqual(misfits(SCHEMA, JSON.parse(example)), []);
  const manifest = read(example);
  assert.equal(manifest.id, "acme/markdown");
  assert.deepEqual(Object.keys(manifest.extra.object()), ["site-theme"]);
  for (const name of Object.keys(DEFAULT_LIMITS)) assert.ok(page.includes(`| \`${name}\``), name);
});

const PLUGINS = join(ROOT, "apps/builder/plugins");
for (const name of readdirSync(PLUGINS).filter((each) => existsSync(join(PLUGINS, each, "tenon.json")))) {
  test(`the manifest of the builder's plugin ${name}`, () => {
    const file = join(PLUGINS, name, "tenon.json");
    assert.deepEqual(misfits(SCHEMA, JSON.parse(readFileSync(file, "utf8"))), []);
    const manifest = readManifest(file);
    const versions = readdirSync(join(ROOT, "contracts/builder/frozen"));
    const ids = versions.map((version) => `tenon:builder/plugin@${version}`);
    assert.equal(checkContract(manifest, ids.at(-1)!, ids), manifest.contracts[0]);
    assert.deepEqual(Object.keys(manifest.extra.object()), ["detect"]);
    assert.equal(relative(PLUGINS, manifest.folder), name);
  });
}
