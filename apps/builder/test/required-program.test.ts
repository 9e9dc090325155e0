import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { lackOf } from "../dist/host/required-program.js";
import { scratchFolder } from "./scratch.ts";

process.env["PATH"] = `${dirname(process.execPath)}:${process.env["PATH"]}`;
const folder = realpathSync(scratchFolder());
const program = basename(process.execPath);
const required = (script?: string) => ({
  program,
  hint: "install a newer one",
  probe: script === undefined ? undefined : ["-e", script],
});

test("a program that is there will do without a probe, and one that is not there has the hint", () => {
  assert.equal(lackOf(required(), folder), undefined);
  assert.equal(lackOf({ ...required(), program: "no-such-program" }, folder), "install a newer one");
});

test("a probe runs in the plugin's folder, and what it says last is part of the reason", () => {
  assert.equal(
    lackOf(required(`process.exit(process.cwd() === ${JSON.stringify(folder)} ? 0 : 1)`), folder),
    undefined,
  );
  const lack = lackOf(required('console.error("first\\nneeds 1.25\\x1b[2J"); process.exit(1)'), folder);
  assert.match(lack ?? "", /^it says ".*needs 1\.25.*"; install a newer one$/);
  assert.ok(!lack?.includes("\x1b"));
});

test("a manifest's probe is not run for a plugin that nobody trusts", () => {
  assert.equal(lackOf(required("process.exit(1)"), undefined), undefined);
});
