// A folder of the project -> the names of its files, without what builds and package managers leave.
import { readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { isInside } from "./containment.ts";

const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "target", "build", "dist", "out", "__pycache__"]);
/** A project with more files than this is a home folder given by mistake. */
export const MAX_FILES = 10_000;
const MAX_DEPTH = 32;

export interface Listing {
  /** Relative to the project, with `/`, sorted. */
  readonly files: readonly string[];
  /** Whether there were more than `MAX_FILES`. */
  readonly isCut: boolean;
}

/** `folder` is relative to `root`, a real path, and must be inside it. Links to files are followed, links to folders are not. */
export function listFiles(root: string, folder: string): Listing {
  const files: string[] = [];
  let isCut = false;
  const visit = (relative: string, depth: number): void => {
    const entries = readdirSync(join(root, relative), { withFileTypes: true });
    for (const entry of entries) {
      if (files.length >= MAX_FILES) {
        isCut = true;
        return;
      }
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isFile() || (entry.isSymbolicLink() && isFileInside(root, name))) files.push(name);
      else if (entry.isDirectory() && depth < MAX_DEPTH && !entry.name.startsWith(".") && !SKIPPED.has(entry.name))
        visit(name, depth + 1);
    }
  };
  visit(folder, 0);
  // By code unit, so that the order is the same on every machine.
  return { files: files.sort(), isCut };
}

function isFileInside(root: string, name: string): boolean {
  try {
    const real = realpathSync(join(root, name));
    return isInside(root, real) && statSync(real).isFile();
  } catch {
    // A dangling link is no file.
    return false;
  }
}
