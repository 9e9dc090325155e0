// File-name globs: `*` and `?` within a folder name, `**` for any folders. Linear in practice and never exponential.

/** Whether `path` (with `/`) matches; a glob without `/` must match the whole path too, so `*.ts` is a file at the top. */
export function matchesGlob(glob: string, path: string): boolean {
  return wild(
    glob.split("/"),
    path.split("/"),
    (part) => part === "**",
    (part, name) =>
      wild(
        [...part],
        [...name],
        (char) => char === "*",
        (char, own) => char === "?" || char === own,
      ),
  );
}

/**
 * Wildcard matching with one point of return: when a later part fails, only the newest wildcard takes one item more,
 * which is enough because an earlier one could only take what the newest can take as well.
 */
function wild(
  pattern: readonly string[],
  items: readonly string[],
  isStar: (part: string) => boolean,
  fits: (part: string, item: string) => boolean,
): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < items.length;) {
    const part = pattern[p];
    if (part !== undefined && isStar(part)) {
      star = p++;
      resume = i;
    } else if (part !== undefined && fits(part, items[i]!)) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++resume;
    } else return false;
  }
  while (p < pattern.length && isStar(pattern[p]!)) p++;
  return p === pattern.length;
}
