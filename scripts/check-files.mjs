// Every file of the project to notes about its length and about words that belong to one machine only.
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isMain, sourceFiles } from "./source-files.mjs";

const REVIEW_LINES = 300;
const MAX_LINES = 500;
const MAX_READ_BYTES = 4 * 1024 * 1024;

/** Long by nature: tables, generated code and recorded data say so in their name. */
const LONG_BY_NATURE = /(\.table|\.generated|\.d)\.[cm]?[jt]s$|\/generated\/|^apps\/builder\/projects\//;
const CODE = /\.([cm]?[jt]s|py|rs|c|h|go|sh)$/;

/** Paths that exist on one machine only; written in pieces, so that this file passes its own check. */
function machinePaths(root) {
  const start = String.raw`(^|[\s"'\`(=:])`;
  const paths = [String.raw`/${"work"}/(main|shared)\b`, String.raw`/${"root"}/\.`, `/tmp/${"brief"}\\b`];
  for (const folder of [resolve(root), homedir()]) {
    if (folder.split(sep).length > 2) paths.push(folder.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  }
  return new RegExp(`${start}(?:${paths.join("|")})`);
}

/** `errors` fail the check, `warnings` are only shown. */
export function checkFiles(root) {
  const errors = [];
  const warnings = [];
  const forbidden = machinePaths(root);
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
    const at = lines.findIndex((line) => forbidden.test(line));
    if (at >= 0) errors.push(`${file}:${at + 1}: a path of one machine; write a relative one`);
  }
  return { errors, warnings };
}

if (isMain(import.meta.url)) {
  const { errors, warnings } = checkFiles(fileURLToPath(new URL("..", import.meta.url)));
  for (const line of warnings) console.log(`note: ${line}`);
  for (const line of errors) console.log(line);
  process.exitCode = errors.length > 0 ? 1 : 0;
}
