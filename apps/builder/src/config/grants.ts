// Command-line grants (`ID=fs:rw:src/**`, `ID=exec:clang`) as sets of accesses, and what a denied access would need, written the same way.
import { TenonError } from "@tenon/contract";
import type { AccessSet, FsAccess } from "@tenon/policy";
import { JsonValue } from "@tenon/registry";
import { readProgramName, readProjectPattern } from "./manifest.ts";

const FORMS = "write fs:r:PATTERN, fs:rw:PATTERN or exec:PROGRAM";

/** Reads `fs:PATTERN`, `fs:r:PATTERN`, `fs:rw:PATTERN` or `exec:PROGRAM`. Throws usage. */
export function parseGrant(text: string): AccessSet {
  const [, kind, mode, rest = ""] = /^(fs|exec):(?:(rw?):)?(.+)$/.exec(text) ?? [];
  try {
    if (kind === "fs") {
      const path = readProjectPattern(new JsonValue(`\${project}/${rest}`, "the command line", text));
      return { fs: [{ path: inProject(path), mode: mode === "rw" ? "rw" : "r" }] };
    }
    if (kind === "exec") return { exec: [{ program: readProgramName(new JsonValue(rest, "the command line", text)) }] };
  } catch (cause) {
    throw new TenonError("usage", TenonError.from(cause).what, { hint: FORMS, cause });
  }
  throw new TenonError("usage", `${JSON.stringify(text)} is no grant`, { hint: FORMS });
}

/** The same text as a denial: who may not read a file may not write it either. */
export function parseDenial(text: string): AccessSet {
  const { fs, ...rest } = parseGrant(text);
  return fs === undefined ? rest : { fs: fs.map(({ path }) => ({ path, mode: "r" })) };
}

/** A path of the project as grants have it; `path` is relative, with `/`. */
export function inProject(path: string): string {
  return `\${project}/${path}`;
}

/** What `--grant` would take to allow this. */
export function fileGrant(path: string, mode: FsAccess["mode"]): string {
  return `fs:${mode}:${path}`;
}
export function toolGrant(program: string): string {
  return `exec:${program}`;
}
