// Finds the test files and runs them with node's own runner: `npm test [-- PART-OF-A-PATH...] [-- --node-flag...]`.
import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { sourceFiles } from "./source-files.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** A test that hangs is a failure, not a CI job that is killed without a word. */
const TEST_TIMEOUT_MS = 240_000;

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

const child = spawn(
  process.execPath,
  [
    "--import",
    "tsx",
    "--test",
    "--test-reporter=spec",
    // Many tests wait for processes and timers, so a machine with one or two cores still runs two files at once.
    `--test-concurrency=${Math.max(2, Math.min(availableParallelism(), 8))}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    ...flags,
    ...files,
  ],
  { cwd: ROOT, stdio: "inherit" },
);
child.on("exit", (code, signal) => {
  if (signal !== null) console.error(`the test runner was ended by ${signal}`);
  process.exitCode = code ?? 1;
});
