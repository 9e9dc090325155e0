// The path of an item of a contract -> the line of WIT text where it stands.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { statOf } from "../foreign-file.ts";

export interface WitPlace {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

export type Locate = (path: string) => WitPlace | undefined;

/**
 * Places in the WIT file at `path`, or in the files of that folder. What is gone stands where it stood: at the type or
 * interface around it; files of the folder stand for themselves. undefined for a path that is no WIT, and where nothing of the item
 * is left.
 */
export function locateIn(path: string): Locate {
  const files = witFiles(path).map((file) => ({ file, lines: readFileSync(file, "utf8").split("\n") }));
  return (item) => {
    if (/^(frozen|migrations)\//.test(item)) return { file: join(path, item), line: 1 };
    const { scope, names } = parts(item);
    for (const { file, lines } of files) {
      const start =
        scope === ""
          ? lines.findIndex((line) => /^\s*world\s/.test(line))
          : indexOfName(lines, 0, scope, /\b(?:interface|import|export)\s/);
      if (start < 0) continue;
      let at = start;
      for (const name of names) {
        const found = indexOfName(lines, at, name, undefined, end(lines, start));
        if (found < 0) break;
        at = found;
      }
      return { file, line: at + 1 };
    }
    const [first] = files;
    return first && { file: first.file, line: 1 };
  };
}

function witFiles(path: string): string[] {
  const stat = statOf(path);
  if (stat?.isFile()) return path.endsWith(".wit") ? [path] : [];
  if (stat === undefined) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(".wit"))
    .sort()
    .map((name) => join(path, name));
}

/** `builder#build-request.release` -> the interface `builder`, then the names on the way down. */
function parts(item: string): { readonly scope: string; readonly names: readonly string[] } {
  const plain = item.replace(/ -> result$/, "").replace(/\[[a-z]+\]/g, "");
  const [scope = "", ...names] = plain.split(/[#.()]/).filter((one, index) => one !== "" || index === 0);
  return { scope, names };
}

/** The next interface or world at the start of a line ends the one before. */
function end(lines: readonly string[], start: number): number {
  const next = lines.findIndex((line, index) => index > start && /^(?:interface|world)\s/.test(line));
  return next < 0 ? lines.length : next;
}

function indexOfName(
  lines: readonly string[],
  from: number,
  name: string,
  before: RegExp | undefined,
  to = lines.length,
): number {
  const word = new RegExp(`(?:^|[^a-zA-Z0-9-])%?${name}(?![a-zA-Z0-9-])`);
  for (let index = from; index < to; index++) {
    const code = (lines[index] ?? "").replace(/\/\/.*$/, "");
    if (word.test(code) && (before === undefined || before.test(code))) return index;
  }
  return -1;
}
