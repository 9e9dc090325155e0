// A folder to the list of the project's own files in it: what every check below reads.
import { readdirSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const SKIPPED = new Set(["node_modules", "dist", "fixtures", "bench-output", "coverage", "target"]);

/**
 * Paths below `root`, relative to it and with `/` on every system, sorted. Hidden folders and what builds leave behind
 * are left out. `under` narrows the walk to some folders; one that does not exist is an empty one.
 */
export function sourceFiles(root, under = ["."]) {
  /** @type {string[]} */
  const found = [];
  const walk = (folder) => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if (error.code === "ENOENT") return;
      throw error;
    }
    for (const entry of entries) {
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !entry.name.startsWith(".")) walk(join(folder, entry.name));
      } else if (entry.isFile() && entry.name !== ".git") {
        found.push(relative(root, join(folder, entry.name)).split(sep).join("/"));
      }
    }
  };
  for (const folder of under) walk(join(root, folder));
  return found.sort();
}

/** Whether this module is the program that node was started with. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(url));
}
