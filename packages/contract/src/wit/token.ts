// The token kinds of WIT. A kind is the text of the token itself where that text is fixed.

const KEYWORDS = [
  "use",
  "type",
  "func",
  "u8",
  "u16",
  "u32",
  "u64",
  "s8",
  "s16",
  "s32",
  "s64",
  "f32",
  "f64",
  "char",
  "resource",
  "own",
  "borrow",
  "record",
  "flags",
  "variant",
  "enum",
  "bool",
  "string",
  "option",
  "result",
  "future",
  "stream",
  "error-context",
  "list",
  "map",
  "_",
  "as",
  "from",
  "static",
  "interface",
  "tuple",
  "world",
  "import",
  "export",
  "package",
  "constructor",
  "include",
  "with",
  "async",
] as const;

export type Keyword = (typeof KEYWORDS)[number];
export type Punctuation =
  | "="
  | ","
  | ":"
  | "."
  | ";"
  | "("
  | ")"
  | "{"
  | "}"
  | "<"
  | ">"
  | "*"
  | "@"
  | "/"
  | "->"
  | "-"
  | "+";

/** `error` stands for a place that cannot be lexed: the fault is raised only when the parser gets there. */
export type TokenKind =
  | Keyword
  | Punctuation
  | "identifier"
  | "explicit identifier"
  | "integer"
  | "string literal"
  | "eof"
  | "error";

const KEYWORD_KINDS: ReadonlyMap<string, Keyword> = new Map(KEYWORDS.map((keyword) => [keyword, keyword]));

export function keywordKind(text: string): Keyword | undefined {
  return KEYWORD_KINDS.get(text);
}

/** How a diagnostic names a kind of token. */
export function describeToken(kind: TokenKind): string {
  if (kind === "eof") return "the end of the file";
  if (kind === "integer" || kind === "identifier" || kind === "explicit identifier") return `an ${kind}`;
  if (kind === "string literal") return `a ${kind}`;
  return KEYWORD_KINDS.has(kind) ? `keyword \`${kind}\`` : `\`${kind}\``;
}
