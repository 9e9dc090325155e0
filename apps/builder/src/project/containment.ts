// A plugin's path -> the real path it stands for, or the reason why it is none inside the project.
import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";

/** Longer paths are refused before the operating system sees them. */
const MAX_PATH = 4096;
/** As the kernels do. */
const MAX_LINKS = 40;

export type Located =
  /** `real` has no link in it, except that its last part need not exist. `name` is it relative to the project, with `/`. */
  | { readonly kind: "inside"; readonly real: string; readonly name: string }
  | { readonly kind: "outside"; readonly why: string };

/** `root` must be a real path (`realpathSync`). Symbolic links are followed by hand and may lead anywhere inside. */
export function locate(root: string, path: string): Located {
  if (path.length > MAX_PATH || path.includes("\0")) return outside("is too long, or has a NUL in it");
  if (isAbsolute(path) || /^[A-Za-z]:/.test(path)) return outside("is absolute");
  const parts = path.split(sep === "\\" ? /[\\/]/ : "/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return outside("leaves the project by ..");
  const target = resolveLinks(join(root, ...parts));
  if (target === undefined) return outside("is a loop of links");
  if (!isInside(root, target)) return outside("leads out of the project by a symbolic link");
  return { kind: "inside", real: target, name: relative(root, target).split(sep).join("/") };
}

/** Whether `path` is `root` or below it; both must be real paths. */
export function isInside(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
}

/** The real path of the deepest ancestor that is there, with the missing rest behind it; undefined for a loop. */
function resolveLinks(path: string): string | undefined {
  let current = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    try {
      return realpathSync(current);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ELOOP") return undefined;
    }
    // Something on the way is missing, or the path itself is a link to something that is.
    const link = linkTarget(current);
    if (link === undefined) {
      const parent = resolveLinks(dirname(current));
      return parent === undefined
        ? undefined
        : join(parent, current.slice(dirname(current).length).replace(/^[\\/]/, ""));
    }
    current = isAbsolute(link) ? link : join(resolveLinks(dirname(current)) ?? dirname(current), link);
  }
  return undefined;
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    // Not there at all.
    return undefined;
  }
}

function outside(why: string): Located {
  return { kind: "outside", why };
}
