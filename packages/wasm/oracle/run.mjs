// .wast files and folders of them -> how many assertions hold, per file.
//   npm ci && node run.mjs [--verbose] [--only-validate] FILE-OR-FOLDER...
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { runFile } from "./assemble.mjs";

const verbose = process.argv.includes("--verbose");
const onlyValidate = process.argv.includes("--only-validate");
const files = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith("--"))
  .flatMap(expand);
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const file of files) {
  const score = await runFile(readFileSync(file, "utf8"), { onlyValidate });
  for (const key of Object.keys(totals)) totals[key] += score[key];
  const label = join(basename(dirname(file)), basename(file));
  console.log(`${label}: ${score.passed} passed, ${score.failed} failed, ${score.skipped} skipped`);
  if (verbose) for (const { line, head, why } of score.failures) console.log(`  ${file}:${line} ${head}: ${why}`);
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;

function expand(path) {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true }).map(String);
  return entries
    .filter((name) => name.endsWith(".wast"))
    .sort()
    .map((name) => join(path, name));
}
