// A module of this project -> the folders that Node reads to run it in another process.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { realPath } from "./view.ts";

/** The package's own folder, every `node_modules` above it, and where links in those lead for our own packages. */
export function codeOf(module: string): readonly string[] {
  const above = foldersAbove(module);
  const own = above.find((folder) => existsSync(join(folder, "package.json"))) ?? dirname(module);
  const installed = above.map((folder) => join(folder, "node_modules")).filter((folder) => existsSync(folder));
  // A workspace has links there, to folders beside ours.
  const linked = installed
    .flatMap((folder) => [join(folder, "tenon"), ...membersOf(join(folder, "@tenon"))])
    .filter((path) => existsSync(path))
    .map(realPath);
  return [own, ...installed, ...linked];
}

function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

function membersOf(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
