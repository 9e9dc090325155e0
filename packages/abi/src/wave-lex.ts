// WAVE text -> tokens with their place.
import { TenonError } from "@tenon/contract/core";
import { quote } from "./describe.ts";

export type WaveTokenKind =
  | "number"
  | "label"
  | "char"
  | "string"
  | "end"
  | "{"
  | "}"
  | "("
  | ")"
  | "["
  | "]"
  | ":"
  | ",";

export interface WaveToken {
  readonly kind: WaveTokenKind;
  readonly start: number;
  readonly end: number;
  /** The source text; for chars and strings what they stand for, escapes resolved. */
  readonly text: string;
}

const SPACE = /(?:[ \t\r\n]+|\/\/[^\n]*)*/y;
const NUMBER = /-inf|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const LABEL = /%?[a-zA-Z][a-zA-Z0-9]*(?:-[a-zA-Z0-9]+)*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/** Cuts one token at a time, so hostile text costs only what was read before the first error. */
export class WaveLexer {
  readonly source: string;
  token: WaveToken = { kind: "end", start: 0, end: 0, text: "" };

  constructor(source: string, start = 0) {
    this.source = source;
    this.token = this.read(start);
  }

  /** Takes the current token and moves to the next. */
  next(): WaveToken {
    const taken = this.token;
    this.token = this.read(taken.end);
    return taken;
  }

  /** Whether the current token is of this kind. */
  is(kind: WaveTokenKind): boolean {
    return this.token.kind === kind;
  }

  /** Throws `value-invalid` with `line:column`, both from 1, of `at` (default: the current token). */
  fail(what: string, hint?: string, at: number = this.token.start): never {
    const before = this.source.slice(0, at);
    const line = before.split("\n").length;
    const column = at - before.lastIndexOf("\n");
    throw new TenonError("value-invalid", `${line}:${column}: ${what}`, {
      hint,
      sideEffects: "none",
      details: { line, column },
    });
  }

  /** `the end`, or the current token in quotes. */
  found(): string {
    const { kind, start, end } = this.token;
    return kind === "end" ? "the end" : quote(this.source.slice(start, end));
  }

  private read(from: number): WaveToken {
    SPACE.lastIndex = from;
    SPACE.exec(this.source);
    const start = SPACE.lastIndex;
    const first = this.source[start];
    if (first === undefined) return { kind: "end", start, end: start, text: "" };
    if ("{}()[]:,".includes(first)) return { kind: first as WaveTokenKind, start, end: start + 1, text: first };
    if (first === '"')
      return this.source.startsWith('"""', start) ? this.multiline(start) : this.quoted(start, '"', "string");
    if (first === "'") return this.quoted(start, "'", "char");
    return this.match(NUMBER, "number", start) ?? this.match(LABEL, "label", start) ?? this.unknown(start);
  }

  private unknown(start: number): never {
    return this.fail(
      `${quote(String.fromCodePoint(this.source.codePointAt(start) ?? 0))} does not start a value`,
      undefined,
      start,
    );
  }

  private match(pattern: RegExp, kind: WaveTokenKind, start: number): WaveToken | undefined {
    pattern.lastIndex = start;
    const text = pattern.exec(this.source)?.[0];
    return text === undefined ? undefined : { kind, start, end: start + text.length, text };
  }

  private quoted(start: number, mark: string, kind: WaveTokenKind): WaveToken {
    const parts: string[] = [];
    let at = start + 1;
    for (;;) {
      const char = this.source[at];
      if (char === undefined || char === "\n")
        return this.fail(`this ${kind} does not end`, `close it with ${mark}, write a line break as \\n`, start);
      if (char === mark) break;
      const end = char === "\\" ? this.escapeEnd(at) : this.plainEnd(at, mark);
      parts.push(char === "\\" ? this.unescape(at, end) : this.source.slice(at, end));
      at = end;
    }
    return { kind, start, end: at + 1, text: parts.join("") };
  }

  private plainEnd(at: number, mark: string): number {
    let end = at;
    while (
      end < this.source.length &&
      this.source[end] !== "\\" &&
      this.source[end] !== "\n" &&
      this.source[end] !== mark
    )
      end++;
    return end;
  }

  private escapeEnd(at: number): number {
    if (this.source[at + 1] !== "u") return at + 2;
    const close = this.source.slice(at, at + 12).indexOf("}");
    return close < 0 ? at + 2 : at + close + 1;
  }

  private unescape(at: number, end: number): string {
    return resolveEscape(this.source.slice(at, end)) ?? this.badEscape(this.source.slice(at, end), at);
  }

  private badEscape(escape: string, at: number): never {
    return this.fail(`${quote(escape)} is no escape`, "use \\t \\n \\r \\\\ \\' \\\" or \\u{hex}", at);
  }

  /** `"""`, a line break, lines, and a last line of spaces whose number is taken off every line. */
  private multiline(start: number): WaveToken {
    const close = this.source.indexOf('"""', start + 3);
    if (close < 0) return this.fail("this string does not end", 'close it with """ on a line of its own', start);
    const lines = this.source.slice(start + 3, close).split(/\r?\n/);
    const indent = lines.at(-1) as string;
    if (lines.length < 2 || lines[0] !== "" || /[^ ]/.test(indent)) {
      return this.fail('""" must be followed by a line break and closed on a line of its own', undefined, start);
    }
    const body = lines.slice(1, -1).map((line) => this.dedent(line, indent, start));
    return { kind: "string", start, end: close + 3, text: this.unescapeAll(body.join("\n"), start) };
  }

  private dedent(line: string, indent: string, start: number): string {
    if (!line.startsWith(indent))
      this.fail('a line of this string is indented less than its closing """', undefined, start);
    return line.slice(indent.length);
  }

  private unescapeAll(text: string, start: number): string {
    return text.replace(
      /\\(?:u\{[^}]{0,8}\}|[^])?/g,
      (escape) => resolveEscape(escape) ?? this.badEscape(escape, start),
    );
  }
}

/** What an escape with its backslash stands for; undefined when it is none, or names no Unicode scalar value. */
function resolveEscape(escape: string): string | undefined {
  const simple = ESCAPES.get(escape.slice(1));
  if (simple !== undefined) return simple;
  const code = /^\\u\{[0-9a-fA-F]{1,6}\}$/.test(escape) ? Number.parseInt(escape.slice(3, -1), 16) : -1;
  const isScalar = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isScalar ? String.fromCodePoint(code) : undefined;
}
