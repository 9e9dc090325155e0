// Command-line grants (`ID=fs:rw:src/**`, `ID=exec:clang`) and the questions that host functions ask of a plugin's grants.
import { TenonError } from "@tenon/contract";
import { JsonValue } from "@tenon/registry";
import { matchesGlob } from "./glob.ts";
import { readProgramName, readProjectPattern } from "./manifest.ts";
import type { Grants } from "./policy.ts";

/** One grant or denial as given by `--grant` or `--deny`. */
export type GrantChange =
  | { readonly kind: "files"; readonly path: string; readonly mode: "r" | "rw" }
  | { readonly kind: "tool"; readonly program: string };

/** Reads `fs:PATTERN`, `fs:r:PATTERN`, `fs:rw:PATTERN` or `exec:PROGRAM`. Throws usage. */
export function parseGrant(text: string): GrantChange {
  const [, kind, mode, rest = ""] = /^(fs|exec):(?:(rw?):)?(.+)$/.exec(text) ?? [];
  try {
    if (kind === "fs")
      return {
        kind: "files",
        path: readProjectPattern(new JsonValue(`\${project}/${rest}`, "the command line", text)),
        mode: mode === "rw" ? "rw" : "r",
      };
    if (kind === "exec")
      return { kind: "tool", program: readProgramName(new JsonValue(rest, "the command line", text)) };
  } catch (cause) {
    throw new TenonError("usage", TenonError.from(cause).what, {
      hint: "write fs:r:PATTERN, fs:rw:PATTERN or exec:PROGRAM",
      cause,
    });
  }
  throw new TenonError("usage", `${JSON.stringify(text)} is no grant`, {
    hint: "write fs:r:PATTERN, fs:rw:PATTERN or exec:PROGRAM",
  });
}

export function withGrant(grants: Grants, change: GrantChange): Grants {
  if (change.kind === "tool") return { ...grants, tools: [...grants.tools, change.program] };
  return { ...grants, files: [...grants.files, { path: change.path, mode: change.mode }] };
}

export function withDenial(grants: Grants, change: GrantChange): Grants {
  const { deny } = grants;
  if (change.kind === "tool") return { ...grants, deny: { ...deny, tools: [...deny.tools, change.program] } };
  return { ...grants, deny: { ...deny, files: [...deny.files, change.path] } };
}

/** The grant that a plugin lacks for a file, as `--grant` would write it; undefined where it may. `path` is relative, with `/`. */
export function missingFileGrant(grants: Grants, path: string, mode: "r" | "w"): string | undefined {
  const isDenied = grants.deny.files.some((pattern) => matchesGlob(pattern, path));
  const isGranted = grants.files.some(
    (grant) => (mode === "r" || grant.mode === "rw") && matchesGlob(grant.path, path),
  );
  return isGranted && !isDenied ? undefined : `fs:${mode === "r" ? "r" : "rw"}:${path}`;
}

/** The same for a program. */
export function missingToolGrant(grants: Grants, program: string): string | undefined {
  const isGranted = grants.tools.includes(program) && !grants.deny.tools.includes(program);
  return isGranted ? undefined : `exec:${program}`;
}
