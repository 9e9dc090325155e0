// Finds the test files and runs them on node's own runner, each in a process of its own: `npm test [-- PART-OF-A-PATH...] [-- --node-flag...]`.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runFiles } from "./run-files.mjs";
import { sourceFiles } from "./source-files.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CACHE = join(ROOT, "node_modules/.cache/tenon");
const DURATIONS = join(CACHE, "test-durations.json");
/** A test that hangs is a failure, not a CI job that is killed without a word. */
const LIMIT_MS = 240_000;
/** Those that start processes and compilers; started last they would be all that runs in the end. */
const LONG = ["packages/drivers/", "packages/cli/", "apps/", "examples/", "scripts/"];
const SHOWN_SLOWEST = 30;

const asked = process.argv.slice(2);
const flags = asked.filter((arg) => arg.startsWith("-"));
const parts = asked.filter((arg) => !arg.startsWith("-"));
const all = sourceFiles(ROOT, ["packages", "apps", "scripts", "examples"]);
const isAsked = (file) => parts.length === 0 || parts.some((part) => file.includes(part));
const files = all.filter((file) => /\/test\/[^/]+\.test\.ts$/.test(file) && isAsked(file));

if (files.length === 0) {
  console.error(`no test file has ${parts.join(" or ")} in its path`);
  process.exit(1);
}

// Type tests have nothing to run: that they compile is the test.
if (all.some((file) => file.endsWith(".test-d.ts") && isAsked(file))) {
  const types = spawnSync(`${ROOT}node_modules/.bin/tsc`, ["-p", "tsconfig.tests.json"], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (types.status !== 0) process.exit(1);
}

/** Seconds by file, of an earlier run here; for the order and nothing else. */
const known = readDurations();
const rank = (file) => known[file] ?? (LONG.some((folder) => file.startsWith(folder)) ? 10 : 0);
files.sort((a, b) => rank(b) - rank(a));

const { totals, failed, seconds } = await runFiles(files, {
  cwd: ROOT,
  // Also where node takes the types away by itself: tests of what is left open count with what tsx has open.
  flags: ["--import", "tsx", ...flags],
  // Many tests wait for processes and timers, so that one more than there are cores is under way.
  atOnce: Math.max(2, Math.min(availableParallelism() + 1, 8)),
  limitMs: LIMIT_MS,
  // What node compiles is kept between the processes of a run, where it can; earlier versions ignore this.
  env: { NODE_COMPILE_CACHE: join(CACHE, "compile") },
});

mkdirSync(CACHE, { recursive: true });
writeFileSync(DURATIONS, JSON.stringify({ ...known, ...seconds }));
if (files.length > 1) {
  console.log("\nthe slowest files");
  const slowest = Object.entries(seconds).sort(([, a], [, b]) => b - a);
  for (const [file, took] of slowest.slice(0, SHOWN_SLOWEST)) console.log(`${took.toFixed(1).padStart(7)} s ${file}`);
}
console.log("");
for (const file of failed) console.log(`failed: ${file}`);
// As node's own runner closes, for whoever reads that.
const closing = { files: files.length, ...totals, duration_ms: Math.round(performance.now()) };
for (const [name, count] of Object.entries(closing)) console.log(`ℹ ${name} ${count}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function readDurations() {
  try {
    return JSON.parse(readFileSync(DURATIONS, "utf8"));
  } catch {
    // There was no run here yet.
    return {};
  }
}
