// The sample projects, and for each who builds it where, and what must come out.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runArtifact } from "@tenon/builder";
import { buildPlugin as buildCxx } from "../plugins/cxx/build.mjs";
import { checkSite } from "./check-site.mjs";

export const PROJECTS = new URL("../projects/", import.meta.url);

/** `boundary` is where policy.json puts the plugin; `moved` rows are the same plugin after one line of policy changed. */
export const ROWS = [
  { project: "lisp", plugin: "tenon/assemblyscript", boundary: "import" },
  { project: "digest", plugin: "tenon/wat", boundary: "worker" },
  { project: "almanac", plugin: "tenon/markdown", boundary: "component" },
  { project: "kitchen", plugin: "tenon/cookbook", boundary: "lua" },
  { project: "sheet", plugin: "tenon/esbuild", boundary: "exec" },
  { project: "handbook", plugin: "tenon/site", boundary: "stdio" },
  { project: "abacus", plugin: "tenon/forth", boundary: "exec" },
  { project: "matcher", plugin: "tenon/cargo", boundary: "exec" },
  { project: "squeeze", plugin: "tenon/c", boundary: "stdio" },
  { project: "circuit", plugin: "tenon/go", boundary: "grpc" },
  { project: "sudoku", plugin: "tenon/cxx", boundary: "dylib" },
  { project: "lisp", plugin: "tenon/assemblyscript", boundary: "worker", moved: true },
  { project: "digest", plugin: "tenon/wat", boundary: "import", moved: true },
];

/** Plugins that are built on the machine they run on. */
const BUILT_HERE = { "tenon/cxx": buildCxx };

/** Makes a plugin ready to be opened. Undefined where it is; else why it cannot be. */
export function prepare(plugin) {
  return BUILT_HERE[plugin]?.();
}

export function folderOf(project) {
  return fileURLToPath(new URL(`${project}/`, PROJECTS));
}

/** What the built program prints, or what opening the built document finds, must be exactly this. */
export function expectedOf(project) {
  return readFileSync(new URL(`${project}/expected.txt`, PROJECTS), "utf8");
}

/** Runs or opens what a build made, and returns what came of it. Throws where the program fails. */
export async function outcomeOf(report) {
  if (report.run === undefined) return checkSite(report.out);
  const { exitCode, stdout, stderr } = await runArtifact(report, { output: "capture" });
  if (exitCode !== 0) throw new Error(`the program ended with ${exitCode}: ${stderr.trim().split("\n")[0]}`);
  return stdout;
}
