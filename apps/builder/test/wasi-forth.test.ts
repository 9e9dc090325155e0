import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { scratchFolder } from "./scratch.ts";

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TENON = pathOf("../../../packages/cli/bin/tenon.js");
const FORTHC = pathOf("../plugins/wasi-forth/forthc.wasm");

function runNode(args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
}

/** The command as it is, without the builder: a project of these files, and an output folder if it is to have one. */
function compile(files: Readonly<Record<string, string>>, hasOut = true) {
  const folder = scratchFolder();
  const [project, out] = [join(folder, "project"), join(folder, "out")];
  for (const path of [project, out]) mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  const mounts = ["--dir", `${project}::/project:ro`, ...(hasOut ? ["--dir", `${out}::/out`] : [])];
  const result = runNode([TENON, "run", ...mounts, FORTHC, "--", "main.fth"]);
  return { ...result, script: join(out, "main.mjs") };
}

test("a program runs as Forth says", () => {
  const main = `: fact ( n -- n! ) dup 2 < if drop 1 else dup 1 - fact * then ;
    10 fact . -7 2 / . -7 2 mod . 1 2 3 rot . . . 5 0 = . 3 ?dup . . 0 ?dup .
    variable x 41 x ! 1 x +! x @ . 7 constant seven seven .
    2 0 do 2 0 do j . i . loop loop 3 begin dup while dup . 1 - repeat drop
    5 begin 1 - dup 2 = until . ." a \\ "
    \\ a comment
    \\`;
  const { status, stderr, script } = compile({ "main.fth": main });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.equal(runNode([script]).stdout, "3628800 -4 1 1 3 2 0 3 3 0 42 7 0 0 0 1 1 0 1 1 3 2 1 2 a \\ ");
});

test("each mistake is one line with its place, and nothing is left in the output", () => {
  const main = ': a if ;\nthen\n  foo ü bar\ninclude gone.fth\n." open';
  const { status, stderr, script } = compile({ "main.fth": main });
  assert.equal(status, 65);
  assert.deepEqual(stderr.trimEnd().split("\n"), [
    "main.fth:1:8: error: nothing before it fits ';'",
    "main.fth:3:3: error: there is no word 'foo'",
    "main.fth:3:7: error: there is no word 'ü'",
    "main.fth:3:9: error: there is no word 'bar'",
    "main.fth:4:9: error: this file cannot be read: 'gone.fth'",
    "main.fth:5:1: error: this text is not closed: '.\"'",
    "main.fth:1:1: error: this is not closed: ':'",
  ]);
  assert.equal(existsSync(script), false);
});

test("a file that includes itself ends, and so does one that is too large", () => {
  assert.equal(compile({ "main.fth": "include main.fth" }).status, 65);
  assert.match(compile({ "main.fth": " ".repeat((1 << 20) + 1) }).stderr, /this file cannot be read/);
});

test("without a folder for the output there is nowhere to write", () => {
  const { status, stderr } = compile({ "main.fth": "1 ." }, false);
  assert.equal(status, 73);
  assert.match(stderr, /\/out\/main\.mjs/);
});

test("forthc.wasm is what its sources give", (t) => {
  const { status, stdout, stderr } = runNode([pathOf("../plugins/wasi-forth/build.mjs"), "--check"]);
  if (stdout.includes("cannot be built here")) return t.skip(stdout.trim());
  assert.equal(status, 0, stdout + stderr);
});
