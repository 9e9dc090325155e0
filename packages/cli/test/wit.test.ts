// `tenon wit` and `tenon codegen` on real files, good and bad.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { contractFromResolve, normalizeResolve, resolveWit, type Resolve } from "@tenon/contract";
import { luaDriver } from "@tenon/drivers/lua";
import { createHost } from "@tenon/host";
import { ROOT, tenon, workFolder } from "./run.ts";

const folder = workFolder();
const BUILDER = "contracts/builder";
const at = (name: string, text?: string | Uint8Array): string => {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
};
const here = { cwd: ROOT };

describe("tenon wit", { concurrency: 2 }, () => {
  test("text and JSON hold the same contract", async () => {
    const [text, json] = [await tenon(["wit", BUILDER], here), await tenon(["wit", BUILDER, "--json"], here)];
    assert.deepEqual([text.code, json.code, text.err + json.err], [0, 0, ""]);
    const printed = resolveWit(text.out).resolve;
    assert.equal(
      JSON.stringify(normalizeResolve(printed)),
      JSON.stringify(normalizeResolve(JSON.parse(json.out) as Resolve)),
    );
  });

  test("--world keeps what one world needs, --digest prints what versions are compared by", async () => {
    const wit = at(
      "two.wit",
      "package a:b;\ninterface x { f: func(); }\ninterface y { g: func(); }\nworld one { import x; }\nworld two { export y; }\n",
    );
    const narrow = await tenon(["wit", wit, "--world", "two"]);
    assert.doesNotMatch(narrow.out, /interface x|world one/);
    const { resolve } = resolveWit(narrow.out);
    const digests = await tenon(["wit", wit, "--world", "a:b/two", "--digest", "--json"]);
    const { digest, id, exports } = JSON.parse(digests.out) as { digest: string; id: string; exports: unknown[] };
    assert.deepEqual([id, digest, exports.length], ["a:b/two", contractFromResolve(resolve, 0).digest, 1]);
    const several = await tenon(["wit", wit, "--digest"]);
    assert.match(several.err, /\[config-invalid\].*name one of: a:b\/one, a:b\/two/);
    assert.equal(several.code, 1);
  });

  test("--features lets gated items in", async () => {
    const wit = at(
      "gated.wit",
      "package a:b;\ninterface x {\n  @unstable(feature = new)\n  f: func();\n  g: func();\n}\n",
    );
    assert.doesNotMatch((await tenon(["wit", wit])).out, /f: func/);
    assert.match((await tenon(["wit", wit, "--features", "old, new"])).out, /f: func/);
    assert.match((await tenon(["wit", wit, "--all-features"])).out, /f: func/);
  });

  test("a fault is file:line:column with a frame, or a JSON list", async () => {
    const wit = at("bad.wit", "package a:b;\ninterface x {\n  f: func(a: strng);\n  g: func(b: list<u8>);\n}\n");
    const text = await tenon(["wit", wit]);
    assert.deepEqual([text.code, text.out], [1, ""]);
    assert.match(
      text.err,
      /bad\.wit:3:14: name `strng` does not exist\n *3 \|   f: func\(a: strng\);\n.* {13}\^\^\^\^\^/,
    );
    const json = await tenon(["wit", wit, "--json"]);
    const [first] = JSON.parse(json.out) as { file: string; line: number; column: number; message: string }[];
    assert.deepEqual([json.code, first?.line, first?.column], [1, 3, 14]);
  });

  test("what cannot be read is one sentence", async () => {
    const cases: readonly (readonly [path: string, says: RegExp])[] = [
      [join(folder, "nothing.wit"), /\[file-missing\] .*nothing\.wit is not there/],
      [
        at("latin.wit", Uint8Array.from(Buffer.from("package a:b;\n// caf\xe9\n", "latin1"))),
        /latin\.wit:2:7: this is not UTF-8/,
      ],
      [at("empty", undefined) + "-folder", /is not there/],
      ["/dev/zero", /\[resource-exhausted\] \/dev\/zero is larger than 16 MiB/],
    ];
    mkdirSync(join(folder, "dangling"));
    symlinkSync(join(folder, "gone.wit"), join(folder, "dangling", "x.wit"));
    for (const [path, says] of [...cases, [join(folder, "dangling"), /x\.wit is not there/] as const]) {
      const { code, err, out } = await tenon(["wit", path]);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, says);
      assert.doesNotMatch(err, /\n\s+at /);
    }
  });
});

describe("tenon codegen", () => {
  test("--lua writes annotations, which Lua itself reads", async () => {
    const out = join(folder, "annotations");
    const { code, err } = await tenon(["codegen", "contracts/conformance", "--out", out, "--lua"], here);
    assert.equal(code, 0, err);
    const source = readFileSync(join(out, "plugin.d.lua"), "utf8");
    const host = createHost({ drivers: [luaDriver] });
    const { resolve } = resolveWit("package a:b; interface i { f: func(); } world w { export i; }");
    const loaded = host.load(contractFromResolve(resolve, 0), { id: "x", boundary: "lua", artifact: { source } });
    // It declares functions and returns nothing: that far it comes only if every line is Lua.
    await assert.rejects(loaded, /artifact-invalid.*returned no table/);
    await host.close();
  });

  test("writes once, checks, and leaves files that are up to date alone", async () => {
    const out = join(folder, "deep", "generated");
    const first = await tenon(["codegen", BUILDER, "--out", out, "--json"], here);
    assert.equal(first.code, 0, first.err);
    assert.deepEqual((JSON.parse(first.out) as { files: unknown }).files, [
      { path: join(out, "plugin.ts"), status: "written" },
    ]);
    const file = join(out, "plugin.ts");
    assert.match(readFileSync(file, "utf8"), /from "tenon\/contract";/);
    utimesSync(file, 1, 1);
    assert.match((await tenon(["codegen", BUILDER, "--out", out], here)).out, /^unchanged /);
    assert.equal(statSync(file).mtimeMs, 1000);
    assert.equal((await tenon(["codegen", BUILDER, "--out", out, "--check"], here)).code, 0);
    const other = await tenon(["codegen", BUILDER, "--out", out, "--runtime", "@tenon/contract", "--check"], here);
    assert.equal(other.code, 1);
    assert.match(other.out, /^differs /);
    assert.equal(statSync(file).mtimeMs, 1000);
    assert.deepEqual(readdirSync(out), ["plugin.ts"]);
  });

  test("--js needs no compiler", async () => {
    const out = join(folder, "plain");
    assert.match(
      (await tenon(["codegen", BUILDER, "--out", out, "--js", "--check"], here)).out,
      /^missing .*plugin\.js\nmissing .*plugin\.d\.ts\n$/,
    );
    assert.equal((await tenon(["codegen", BUILDER, "--out", out, "--js"], here)).code, 0);
    assert.deepEqual(readdirSync(out).sort(), ["plugin.d.ts", "plugin.js"]);
  });

  test("a folder that cannot be written is one sentence", async () => {
    at("file", "x");
    const { code, err } = await tenon(["codegen", BUILDER, "--out", join(folder, "file", "x")], here);
    assert.equal(code, 1);
    assert.match(err, /\[config-invalid\] .*plugin\.ts cannot be written \(ENOTDIR\)/);
  });
});
