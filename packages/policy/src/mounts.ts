// Grants of files -> whole folders that a guest may be given, for boundaries that can only give or keep a folder as a whole.
import type { FsAccess } from "./capabilities.ts";
import { NOT_REQUESTED, requestedOf, type Grants } from "./grants.ts";
import { pathCovers, pathsMeet } from "./patterns.ts";

/** A folder below a root: `project`, `src/pages` (or nothing for the root itself). */
export interface GrantedFolder {
  readonly root: string;
  readonly path: string;
  readonly mode: FsAccess["mode"];
}

/**
 * What is left of the requests that end in `/**`, as folders. Patterns of single files, and folders of which a denial has a part,
 * are left out: a folder cannot be given with something left out, so nothing of it is.
 */
export function grantedFolders(grants: Grants): readonly GrantedFolder[] {
  let left = (requestedOf(grants).fs ?? []).filter(isFolder);
  for (const { rule, sets, isNarrowing } of grants.allow) {
    if (rule === NOT_REQUESTED || sets.some(({ set }) => set === "all")) continue;
    if (isNarrowing && !sets.some(({ set }) => set !== "all" && set.fs !== undefined)) continue;
    const given = sets.flatMap(({ set }) => (set === "all" ? [] : (set.fs ?? []))).filter(isFolder);
    left = left.flatMap((one) => given.map((other) => meet(one, other)).filter((met) => met !== undefined));
  }
  const denied = grants.deny.flatMap(({ set }) => set.fs ?? []);
  return left.flatMap((one) => {
    const against = denied.filter(({ path }) => pathsMeet(path, one.path));
    if (against.some(({ mode }) => mode === "r")) return [];
    return [folderOf(against.length > 0 ? { ...one, mode: "r" } : one)];
  });
}

function isFolder({ path }: FsAccess): boolean {
  return path.endsWith("/**") && !/[*?]/.test(path.slice(0, -3));
}

function meet(a: FsAccess, b: FsAccess): FsAccess | undefined {
  const inner = pathCovers(a.path, b.path) ? b : pathCovers(b.path, a.path) ? a : undefined;
  return inner && { path: inner.path, mode: a.mode === "rw" && b.mode === "rw" ? "rw" : "r" };
}

function folderOf({ path, mode }: FsAccess): GrantedFolder {
  const [, root = "", rest = ""] = /^\$\{([^}]+)\}\/(.*?)\/?\*\*$/s.exec(path) ?? [];
  return { root, path: rest, mode };
}
