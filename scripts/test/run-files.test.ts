// The test runner over files that hang, leave something open or end too early: each is a failure with its reason, and nothing goes on.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { eventually } from "@tenon/verify";
import { runFiles } from "../run-files.mjs";

const folder = mkdtempSync(join(tmpdir(), "tenon-run-files-"));
after(() => rmSync(folder, { recursive: true }));

const HEAD =
  'import { test } from "node:test";\nimport { spawn } from "node:child_process";\nimport { writeFileSync } from "node:fs";\n';

/** Runs one file of this text; what the runner found and what it printed. */
async function outcomeOf(name: string, text: string, limits: { readonly limitMs: number; readonly graceMs: number }) {
  const file = join(folder, `${name}.test.mjs`);
  writeFileSync(file, HEAD + text);
  const printed: string[] = [];
  const { failed, totals } = await runFiles([file], {
    cwd: folder,
    atOnce: 1,
    ...limits,
    print: (line) => printed.push(line),
  });
  return { isFailed: failed.includes(file), totals, text: printed.join("\n") };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a file that hangs is killed with all it has started, and its unfinished tests are named", async () => {
  const pidFile = join(folder, "pid");
  const text = `test("waits for nothing", () => new Promise(() => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
    writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
    setInterval(() => {}, 1000);
  }));`;
  const { isFailed, text: said } = await outcomeOf("hangs", text, { limitMs: 2500, graceMs: 60_000 });
  assert.ok(isFailed);
  assert.match(said, /near its limit, not ended yet: waits for nothing\. open: .*Timeout/);
  assert.match(said, /had not ended after 2\.5 s: it was killed/);
  if (process.platform !== "linux") return;
  const pid = Number(readFileSync(pidFile, "utf8"));
  await eventually("the child in a group of its own has gone", () => !isRunning(pid));
});

test("a file that blocks its own thread is killed as well", async () => {
  const { isFailed, text } = await outcomeOf("blocks", "for (;;);", { limitMs: 1500, graceMs: 60_000 });
  assert.ok(isFailed);
  assert.match(text, /had not ended after 1\.5 s: it was killed/);
});

test("a failed test that leaves something open does not hold its file up", async () => {
  const text = `test("leaves", () => { setInterval(() => {}, 1000); throw new Error("on purpose"); });`;
  const { isFailed, text: said, totals } = await outcomeOf("leaves", text, { limitMs: 60_000, graceMs: 300 });
  assert.ok(isFailed);
  assert.match(said, /✖ leaves/);
  assert.match(said, /every test has ended and a failed one left something behind; .* open: .*Timeout/);
  assert.deepEqual([totals["tests"], totals["fail"]], [1, 1]);
});

test("a file that exits before its tests have ended is no success", async () => {
  const text = `test("is not asked", () => new Promise(() => {})); setImmediate(() => process.exit(0));`;
  const { isFailed, text: said } = await outcomeOf("exits", text, { limitMs: 60_000, graceMs: 60_000 });
  assert.ok(isFailed);
  assert.match(said, /ended before its tests did/);
});

test("the counts of node's runner are kept, with skips and their reasons", async () => {
  const text = `test("passes", () => {}); test("needs a reason", { skip: "it has one" }, () => {});`;
  const { isFailed, text: said, totals } = await outcomeOf("counts", text, { limitMs: 60_000, graceMs: 60_000 });
  assert.equal(isFailed, false, said);
  assert.deepEqual([totals["tests"], totals["pass"], totals["skipped"], totals["fail"]], [2, 1, 1, 0]);
  assert.match(said, /needs a reason .*# it has one/);
});
