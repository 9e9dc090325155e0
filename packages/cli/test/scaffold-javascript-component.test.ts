// `tenon new plugin --lang js --boundary component`, and the list of what there is.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { missingFor, runBuild } from "../../../scripts/scaffolds.mjs";
import { tenon } from "./run.ts";
import { folder, WIT } from "./scaffolds.ts";

test("a component in JavaScript greets", { skip: missingFor("js", "component") ?? false }, async () => {
  const place = join(folder, "hello-js-component");
  const args = ["--lang", "js", "--boundary", "component", "--dir", place, "--json"];
  const made = await tenon(["new", "plugin", "hello", ...args]);
  assert.equal(made.code, 0, made.err);
  const { build } = JSON.parse(made.out) as { readonly build: readonly string[] };
  runBuild({ lang: "js", boundary: "component", folder: place, build });
  assert.equal((await tenon(["call", place, "greet", "Ada"])).out, 'ok("Hello, Ada!")\n');
  const refused = await tenon(["call", place, 'greeter.greet("12")']);
  assert.deepEqual([refused.out, refused.code], ['err("\\"12\\" is not a name")\n', 1], refused.err);
  assert.equal((await tenon(["call", place, "greeter.sum([1, 2, 3])"])).out, "6\n");
});

test("a map, which componentize-js cannot carry, is refused before anything is written", async () => {
  const args = ["--lang", "js", "--boundary", "component", "--wit", WIT, "--dir", join(folder, "map"), "--json"];
  const refused = await tenon(["new", "plugin", "x", ...args]);
  const { code, what } = JSON.parse(refused.out) as { readonly code: string; readonly what: string };
  assert.deepEqual([code, refused.code], ["boundary-unsupported", 1]);
  assert.match(what, /values\.echo-map has a map/);
});

test("tenon new --list says what there is, and a boundary that a language lacks is refused with what it has", async () => {
  const listed = await tenon(["new", "--list", "--json"]);
  const rows = JSON.parse(listed.out) as readonly { readonly lang: string; readonly boundaries: readonly string[] }[];
  const rust = rows.filter(({ lang }) => lang === "rust").flatMap(({ boundaries }) => boundaries);
  assert.deepEqual(rust, ["stdio", "dylib", "component", "wasm"]);
  const wrong = await tenon(["new", "plugin", "x", "--lang", "go", "--boundary", "stdio"]);
  assert.match(wrong.err, /a scaffold in go runs behind wasm, not stdio/);
  assert.equal(wrong.code, 2);
});
