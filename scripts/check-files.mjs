// Every file of the project to notes about its length and about words that belong to one machine only.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMain, sourceFiles } from "./source-files.mjs";

const REVIEW_LINES = 300;
const MAX_LINES = 500;
const MAX_READ_BYTES = 4 * 1024 * 1024;

/** Long by nature: tables, generated code and recorded data say so in their name. */
const LONG_BY_NATURE = /(\.table|\.generated|\.d)\.[cm]?[jt]s$|^apps\/builder\/projects\//;
const CODE = /\.([cm]?[jt]s|py|rs|c|h|go|sh)$/;

/** Each is a path that exists on one machine only; written in pieces, so that this file passes its own check. */
const FORBIDDEN = [
  { pattern: new RegExp(String.raw`(^|[\s"'\`(=:])/${"work"}/(main|shared)\b`), what: "a path of one machine" },
  { pattern: new RegExp(String.raw`(^|[\s"'\`(=:])/${"root"}/\.`), what: "a path of one machine" },
  { pattern: new RegExp(String.raw`(^|[\s"'\`(=:])/${"home"}/[a-z]+/[a-z]`), what: "a path of one machine" },
  { pattern: new RegExp(String.raw`/tmp/${"brief"}\b`), what: "a path of one machine" },
];

/** `errors` fail the check, `warnings` are only shown. */
export function checkFiles(root) {
  const errors = [];
  const warnings = [];
  for (const file of [...sourceFiles(root), ...sourceFiles(root, [".ci", ".changeset"])]) {
    const size = statSync(join(root, file)).size;
    if (size > MAX_READ_BYTES) continue;
    const bytes = readFileSync(join(root, file));
    if (bytes.subarray(0, 8192).includes(0)) continue;
    const lines = bytes.toString("utf8").split("\n");
    const count = lines.length - (lines.at(-1) === "" ? 1 : 0);
    if (CODE.test(file) && !LONG_BY_NATURE.test(file)) {
      if (count > MAX_LINES) errors.push(`${file}: ${count} lines; split it (at most ${MAX_LINES})`);
      else if (count > REVIEW_LINES) warnings.push(`${file}: ${count} lines; review it (aim for 150)`);
    }
    for (const { pattern, what } of FORBIDDEN) {
      const at = lines.findIndex((line) => pattern.test(line));
      if (at >= 0) errors.push(`${file}:${at + 1}: ${what}; write a relative one`);
    }
  }
  return { errors, warnings };
}

if (isMain(import.meta.url)) {
  const { errors, warnings } = checkFiles(fileURLToPath(new URL("..", import.meta.url)));
  for (const line of warnings) console.log(`note: ${line}`);
  for (const line of errors) console.log(line);
  process.exitCode = errors.length > 0 ? 1 : 0;
}
