// What a program left on disk -> names and sizes, bounded.
import { lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { TenonError } from "@tenon/contract/core";
import { matchesGlob } from "./glob.ts";

const MAX_FILES = 10_000;
const MAX_FOLDERS_DEEP = 32;

/** Throws `protocol-error` when the file is not there: the program's manifest promises it. */
export function fileSize(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new TenonError("protocol-error", `the program ended well without making ${path}`, {
      hint: "mend the manifest's path or the program",
    });
  return stat.size;
}

export interface FoundFile {
  readonly path: string;
  readonly size: bigint;
}

/** Regular files below `folder` that match one glob of `match` and none of `except`, sorted. Links are not followed. */
export function listFiles(folder: string, match: readonly string[], except: readonly string[]): FoundFile[] {
  const found: FoundFile[] = [];
  let seen = 0;
  const visit = (relative: string, depth: number): void => {
    for (const entry of readFolder(join(folder, relative))) {
      if (++seen > MAX_FILES)
        throw new TenonError("resource-exhausted", `there are more than ${MAX_FILES} files below ${folder}`, {
          hint: "point the manifest at a smaller folder",
        });
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory() && depth < MAX_FOLDERS_DEEP) visit(path, depth + 1);
      if (
        !entry.isFile() ||
        !match.some((glob) => matchesGlob(glob, path)) ||
        except.some((glob) => matchesGlob(glob, path))
      )
        continue;
      const stat = lstatSync(join(folder, path), { throwIfNoEntry: false });
      if (stat !== undefined) found.push({ path, size: BigInt(stat.size) });
    }
  };
  visit("", 0);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function readFolder(path: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(path);
  } catch {
    // Not there, or gone meanwhile: then it holds no files.
    return [];
  }
}

function readEntries(path: string) {
  return readdirSync(path, { withFileTypes: true });
}
