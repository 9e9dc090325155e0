// Path patterns (`src/**`, `*.wat`) -> tests of relative paths with `/`.

const compiled = new Map<string, RegExp>();

/** `*` and `?` stay within one part of a path, `**` is any number of parts. `src/**` also matches `src` itself. */
export function matchesGlob(pattern: string, path: string): boolean {
  let test = compiled.get(pattern);
  if (test === undefined) compiled.set(pattern, (test = new RegExp(`^${translate(pattern)}$`, "s")));
  return test.test(path);
}

function translate(pattern: string): string {
  if (pattern === "**") return ".*";
  return pattern
    .split("/")
    .map((part, index, parts) => {
      const isLast = index === parts.length - 1;
      if (part === "**") return isLast ? "(?:/.*)?" : `${index === 0 ? "" : "/"}(?:[^/]+/)*`;
      const text = part
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replace(/\*+/g, "[^/]*")
        .replaceAll("?", "[^/]");
      // The part after `**/` follows its slash already.
      return index === 0 || parts[index - 1] === "**" ? text : `/${text}`;
    })
    .join("");
}
