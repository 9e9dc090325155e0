// Globs of paths, texts, hosts and arguments -> tests; and what can be said of two of them without trying every text.
import type { ExecAccess, FsAccess, NetAccess } from "./capabilities.ts";

const compiled = new Map<string, RegExp>();
/** Patterns come from files that people write; a host that reads many must not keep them all. */
const MAX_COMPILED = 4096;

function compile(key: string, source: () => string): RegExp {
  let test = compiled.get(key);
  if (test === undefined) {
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(key, (test = new RegExp(`^${source()}$`, "s")));
  }
  return test;
}

/** `*` and `?` stay within one part of a path, `**` is any number of parts. `src/**` also matches `src` itself. */
export function matchesPath(pattern: string, path: string): boolean {
  return compile(`/${pattern}`, () => translatePath(pattern)).test(path);
}

function translatePath(pattern: string): string {
  if (pattern === "**") return ".*";
  return pattern
    .split("/")
    .map((part, index, parts) => {
      const isLast = index === parts.length - 1;
      if (part === "**") return isLast ? "(?:/.*)?" : `${index === 0 ? "" : "/"}(?:[^/]+/)*`;
      const text = escape(part)
        .replace(/\\\*(?:\\\*)*/g, "[^/]*")
        .replaceAll("\\?", "[^/]");
      // The part after `**/` follows its slash already.
      return index === 0 || parts[index - 1] === "**" ? text : `/${text}`;
    })
    .join("");
}

/** `*` is any text. */
export function matchesText(pattern: string, text: string): boolean {
  if (!pattern.includes("*")) return pattern === text;
  return compile(`=${pattern}`, () => escape(pattern).replace(/\\\*(?:\\\*)*/g, ".*")).test(text);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/** `path` is rooted as grants are: `${project}/src/main.ts`. */
export function fsMatches(access: FsAccess, path: string, mode: FsAccess["mode"]): boolean {
  return (mode === "r" || access.mode === "rw") && matchesPath(access.path, path);
}

/** Whether all that `inner` is a pattern for is `outer`'s as well; false where that cannot be told from their texts. */
export function pathCovers(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  if (!outer.endsWith("/**")) return !hasGlob(inner) && matchesPath(outer, inner);
  const prefix = outer.slice(0, -3);
  if (hasGlob(prefix)) return !hasGlob(inner) && matchesPath(outer, inner);
  return inner === prefix || inner.startsWith(`${prefix}/`);
}

/** Whether some path may be of both; true where that cannot be told. */
export function pathsMeet(a: string, b: string): boolean {
  if (!hasGlob(a)) return matchesPath(b, a);
  if (!hasGlob(b)) return matchesPath(a, b);
  const [one, two] = [literalFolder(a), literalFolder(b)];
  return one.startsWith(two) || two.startsWith(one);
}

function hasGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** What comes before the first part with a glob in it. `a/**` matches `a` itself, so the slash is not part of it. */
function literalFolder(pattern: string): string {
  const parts = pattern.split("/");
  return parts.slice(0, parts.findIndex(hasGlob)).join("/");
}

/** `*` is every host, `*.example.org` every name below. */
export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.")
    ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
    : pattern === host;
}

/** What `request`, whose host is exact, and a pattern have in common. */
export function netMeet(request: NetAccess, pattern: NetAccess): NetAccess | undefined {
  if (!hostMatches(pattern.host, request.host)) return undefined;
  if (pattern.port === "*" || pattern.port === request.port) return request;
  return request.port === "*" ? { host: request.host, port: pattern.port } : undefined;
}

export function execMatches(access: ExecAccess, program: string, args: readonly string[]): boolean {
  if (access.program !== program) return false;
  const patterns = access.args;
  if (patterns === undefined) return true;
  const hasRest = patterns.at(-1) === "**";
  const fixed = hasRest ? patterns.slice(0, -1) : patterns;
  if (hasRest ? args.length < fixed.length : args.length !== fixed.length) return false;
  return fixed.every((pattern, index) => matchesText(pattern, args[index]!));
}

/** As `pathCovers`, for commands. */
export function execCovers(outer: ExecAccess, inner: ExecAccess): boolean {
  if (outer.program !== inner.program) return false;
  if (outer.args === undefined) return true;
  const inside = inner.args ?? ["**"];
  const hasRest = outer.args.at(-1) === "**";
  const fixed = hasRest ? outer.args.slice(0, -1) : outer.args;
  const isShort = inside.length - (inside.at(-1) === "**" ? 1 : 0) < fixed.length;
  if (isShort || (!hasRest && (inside.length !== fixed.length || inside.at(-1) === "**"))) return false;
  return fixed.every((pattern, index) => textCovers(pattern, inside[index]!));
}

/** As `pathCovers`, for texts in which only `*` is a pattern. */
export function textCovers(outer: string, inner: string): boolean {
  if (outer === inner || outer === "*") return true;
  if (!inner.includes("*")) return matchesText(outer, inner);
  const prefix = outer.slice(0, -1);
  return outer.endsWith("*") && !prefix.includes("*") && inner.startsWith(prefix);
}

/** Whether some text may be of both; true where that cannot be told. */
export function textsMeet(a: string, b: string): boolean {
  if (!a.includes("*")) return matchesText(b, a);
  if (!b.includes("*")) return matchesText(a, b);
  const [one, two] = [a.slice(0, a.indexOf("*")), b.slice(0, b.indexOf("*"))];
  return one.startsWith(two) || two.startsWith(one);
}
