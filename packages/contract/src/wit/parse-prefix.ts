// What stands around items: comments, attributes, package names, paths, comma lists.

import type { Attribute, Id, PackageId, Prefix, UsePath } from "./ast.ts";
import { Fault, quoted } from "./diagnostic.ts";
import type { Lexer } from "./lexer.ts";
import type { TokenKind } from "./token.ts";
import { parseVersion, type Version } from "./version.ts";

export function parsePrefix(lexer: Lexer): Prefix {
  const docs = lexer.comments;
  const attributes: Attribute[] = [];
  while (lexer.eat("@")) attributes.push(parseAttribute(lexer));
  return { docs, attributes };
}

function parseAttribute(lexer: Lexer): Attribute {
  const id = lexer.id();
  const span = { start: id.start, end: id.end };
  if (id.name === "external-id") return { kind: "external-id", id: parseStringArgument(lexer), span };
  if (id.name === "unstable") {
    const feature = parseArgument(lexer, "feature", () => lexer.id().name);
    return { kind: "unstable", feature, span };
  }
  if (id.name !== "since" && id.name !== "deprecated") {
    throw new Fault(id, `unknown attribute ${quoted(id.name)}`, "use @since, @unstable, @deprecated or @external-id");
  }
  const version = parseArgument(lexer, "version", () => parseVersionToken(lexer).version);
  return { kind: id.name, version, span };
}

function parseArgument<T>(lexer: Lexer, key: string, value: () => T): T {
  lexer.expect("(");
  const id = lexer.id();
  if (id.name !== key) throw new Fault(id, `expected \`${key}\`, found ${quoted(id.name)}`);
  lexer.expect("=");
  const result = value();
  lexer.expect(")");
  return result;
}

function parseStringArgument(lexer: Lexer): string {
  lexer.expect("(");
  const { start, end, text } = lexer;
  lexer.expect("string literal");
  const value = unescapeString(lexer, text.slice(start + 1, end - 1), start + 1);
  lexer.expect(")");
  return value;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
]);

/** `\u{...}` and the one-letter escapes, and `\hh` for a byte below 0x80 (more would need whole UTF-8 sequences). */
function unescapeString(lexer: Lexer, raw: string, offset: number): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(
    /\\(?:u\{([0-9a-fA-F_]*)\}|([0-7][0-9a-fA-F])|(.?))/gsu,
    (whole, unicode, byte, letter, at: number) => {
      if (byte !== undefined) return String.fromCharCode(Number.parseInt(String(byte), 16));
      const plain = ESCAPES.get(String(letter));
      if (plain !== undefined) return plain;
      const code = /^[0-9a-fA-F]+(?:_+[0-9a-fA-F]+)*$/.test(String(unicode))
        ? Number.parseInt(String(unicode).replaceAll("_", ""), 16)
        : NaN;
      if (code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)) return String.fromCodePoint(code);
      throw lexer.faultAt(offset + at, String(whole).length, `invalid escape ${quoted(String(whole))} in a string`);
    },
  );
}

export function parseVersionToken(lexer: Lexer): { readonly id: Id; readonly version: Version } {
  const id = lexer.version();
  const version = parseVersion(id.name);
  if (version === undefined)
    throw new Fault(id, `${quoted(id.name)} is not a semver version`, "write it as `1.2.3` or `1.2.3-rc.1`");
  return { id, version };
}

/** `ns:name@version` with the namespace already taken. */
export function parsePackageRest(lexer: Lexer, namespace: Id): PackageId {
  lexer.expect(":");
  const name = lexer.id();
  const version = parseOptionalVersion(lexer);
  return packageId(namespace, name, version?.version, version?.id.end ?? name.end);
}

export function parseOptionalVersion(lexer: Lexer): { readonly id: Id; readonly version: Version } | undefined {
  return lexer.eat("@") ? parseVersionToken(lexer) : undefined;
}

function packageId(namespace: Id, name: Id, version: Version | undefined, end: number): PackageId {
  const text = `${namespace.name}:${name.name}${version === undefined ? "" : `@${version.text}`}`;
  return { namespace, name, version, text, start: namespace.start, end };
}

export function parseUsePath(lexer: Lexer): UsePath {
  const first = lexer.id();
  if (!lexer.eat(":")) return { pkg: undefined, name: first };
  return parsePathAfter(lexer, first, lexer.id());
}

/** The rest of `ns:pkg/name@version` after the package name. */
export function parsePathAfter(lexer: Lexer, namespace: Id, pkg: Id): UsePath {
  lexer.expect("/");
  const name = lexer.id();
  const version = parseOptionalVersion(lexer)?.version;
  return { pkg: packageId(namespace, pkg, version, pkg.end), name };
}

/** Items up to `close`, separated by commas, a last comma allowed; the opening token is already taken. */
export function parseList<T>(lexer: Lexer, close: TokenKind, item: () => T): T[] {
  const items: T[] = [];
  while (!lexer.eat(close)) {
    items.push(item());
    if (lexer.eat(",")) continue;
    lexer.expect(close);
    break;
  }
  return items;
}
