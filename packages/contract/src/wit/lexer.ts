// WIT text -> tokens, one at a time, with the comments that stand before each.

import { Fault } from "./diagnostic.ts";
import { identifierFault } from "./identifier.ts";
import type { SourceFile, Span } from "./source.ts";
import { describeToken, keywordKind, type Punctuation, type TokenKind } from "./token.ts";

export interface CommentBlock extends Span {
  /** Raw comments with their marks. */
  readonly comments: readonly string[];
}

export interface Id extends Span {
  readonly name: string;
}

// WIT.md, "Lexical structure": no bidirectional overrides, no control codes but tab and line ends, no deprecated codepoints.
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u0149\u0673\u0f77\u0f79\u17a3\u17a4\u17b4\u17b5]/u;
const VERSION =
  /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?/;
// Long enough for any version; keeps the expression from walking a whole file.
const MAX_VERSION = 300;
const XID_START = /\p{XID_Start}/u;
const XID_CONTINUE = /\p{XID_Continue}/u;

const PUNCTUATION: ReadonlyMap<number, Punctuation> = new Map(
  [..."=,:.;(){}<>*@/-+"].map((char) => [char.charCodeAt(0), char as Punctuation]),
);

const SLASH = 0x2f;
const STAR = 0x2a;

/** Looks one token ahead: `kind`, `start` and `end` (offsets in the text) describe the token not yet taken. */
export class Lexer {
  readonly text: string;
  readonly #base: number;
  kind: TokenKind = "eof";
  start = 0;
  end = 0;
  #comments: Span[] = [];
  #fault: Fault | undefined;

  constructor(file: SourceFile) {
    this.text = file.text;
    this.#base = file.base;
    const forbidden = FORBIDDEN.exec(this.text);
    if (forbidden !== null) {
      const code = forbidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      throw this.faultAt(forbidden.index, 1, `the character U+${code} is not allowed in WIT`, "remove it");
    }
    if (this.text.startsWith("\ufeff")) this.end = 1;
    this.advance();
  }

  get span(): Span {
    return { start: this.#base + this.start, end: this.#base + this.end };
  }

  /** Comments directly before the coming token. */
  get comments(): CommentBlock | undefined {
    const first = this.#comments[0];
    const last = this.#comments.at(-1);
    if (first === undefined || last === undefined) return undefined;
    return {
      start: this.#base + first.start,
      end: this.#base + last.end,
      comments: this.#comments.map((span) => this.text.slice(span.start, span.end)),
    };
  }

  is(kind: TokenKind): boolean {
    if (this.#fault !== undefined) throw this.#fault;
    return this.kind === kind;
  }

  eat(kind: TokenKind): boolean {
    if (!this.is(kind)) return false;
    this.advance();
    return true;
  }

  expect(kind: TokenKind): Span {
    if (!this.is(kind)) throw this.unexpected(describeToken(kind));
    const span = this.span;
    this.advance();
    return span;
  }

  id(): Id {
    const explicit = this.is("explicit identifier");
    if (!explicit && this.kind !== "identifier") {
      const isKeyword = keywordKind(this.kind) !== undefined;
      throw this.unexpected(
        "an identifier",
        isKeyword ? `write \`%${this.kind}\` to use the keyword as a name` : undefined,
      );
    }
    const name = this.text.slice(explicit ? this.start + 1 : this.start, this.end);
    const span = this.span;
    const fault = identifierFault(name);
    if (fault !== undefined) throw new Fault(span, fault, "use kebab-case: words of one letter case, joined by `-`");
    this.advance();
    return { name, start: span.start, end: span.end };
  }

  /** Takes the text of a semver version; the parser checks it further. */
  version(): Id {
    if (!this.is("integer")) throw this.unexpected("a version");
    const name = VERSION.exec(this.text.slice(this.start, this.start + MAX_VERSION))?.[0];
    if (name === undefined) throw new Fault(this.span, "expected a version of the form `1.2.3`");
    this.end = this.start + name.length;
    const span = this.span;
    this.advance();
    return { name, start: span.start, end: span.end };
  }

  unexpected(expected: string, hint?: string): Fault {
    return this.#fault ?? new Fault(this.span, `expected ${expected}, found ${describeToken(this.kind)}`, hint);
  }

  faultAt(offset: number, length: number, message: string, hint?: string): Fault {
    return new Fault({ start: this.#base + offset, end: this.#base + offset + length }, message, hint);
  }

  /** Takes the coming token and looks at the next one. */
  advance(): void {
    if (this.#comments.length > 0) this.#comments = [];
    const { text } = this;
    let at = this.end;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x20 || code === 0x0a || code === 0x09 || (code === 0x0d && text.charCodeAt(at + 1) === 0x0a))
        at += 1;
      else if (code === SLASH && text.charCodeAt(at + 1) === SLASH) at = this.#lineComment(at);
      else if (code === SLASH && text.charCodeAt(at + 1) === STAR) at = this.#blockComment(at);
      else break;
    }
    this.start = at;
    this.end = at;
    this.#scan(text.charCodeAt(at));
  }

  #scan(code: number): void {
    if (Number.isNaN(code)) {
      this.kind = "eof";
    } else if (isAsciiWord(code)) {
      this.end = this.#wordEnd(this.start + 1);
      this.kind = keywordKind(this.text.slice(this.start, this.end)) ?? "identifier";
    } else if (code === 0x2d && this.text.charCodeAt(this.start + 1) === 0x3e) {
      this.end = this.start + 2;
      this.kind = "->";
    } else if (code === 0x25) {
      this.end = this.#startsWord(this.start + 1) ? this.#wordEnd(this.start + 1) : this.start + 1;
      this.kind = "explicit identifier";
    } else if (code >= 0x30 && code <= 0x39) {
      do this.end += 1;
      while (isDigit(this.text.charCodeAt(this.end)));
      this.kind = "integer";
    } else if (code === 0x22) {
      this.#stringLiteral();
    } else {
      this.#scanRest(code);
    }
  }

  #scanRest(code: number): void {
    const punctuation = PUNCTUATION.get(code);
    if (punctuation !== undefined) {
      this.end = this.start + 1;
      this.kind = punctuation;
    } else if (this.#startsWord(this.start)) {
      this.end = this.#wordEnd(this.start);
      this.kind = "identifier";
    } else {
      const char = String.fromCodePoint(this.text.codePointAt(this.start) ?? code);
      this.#fail(this.start, char.length, `unexpected character ${JSON.stringify(char)}`);
    }
  }

  #startsWord(at: number): boolean {
    const code = this.text.charCodeAt(at);
    if (code < 0x80) return isAsciiWord(code) || code === 0x2d;
    return XID_START.test(String.fromCodePoint(this.text.codePointAt(at) ?? 0));
  }

  /** End of the identifier-like run that goes on at `at`; which identifiers are valid is decided when one is taken. */
  #wordEnd(at: number): number {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(at);
      if (isAsciiWord(code) || isDigit(code) || code === 0x2d) {
        at += 1;
      } else if (code >= 0x80) {
        const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
        if (!XID_CONTINUE.test(char)) return at;
        at += char.length;
      } else {
        return at;
      }
    }
  }

  #lineComment(at: number): number {
    const lineEnd = this.text.indexOf("\n", at);
    const end = lineEnd === -1 ? this.text.length : lineEnd;
    this.#comments.push({ start: at, end: this.text.charCodeAt(end - 1) === 0x0d ? end - 1 : end });
    return end;
  }

  #blockComment(at: number): number {
    const mark = /\/\*|\*\//g;
    mark.lastIndex = at + 2;
    for (let depth = 1; depth > 0;) {
      const found = mark.exec(this.text);
      if (found === null) {
        this.#fail(at, 2, "unterminated block comment", "close it with `*/`");
        return this.text.length;
      }
      depth += found[0] === "/*" ? 1 : -1;
    }
    this.#comments.push({ start: at, end: mark.lastIndex });
    return mark.lastIndex;
  }

  #stringLiteral(): void {
    const { text } = this;
    let at = this.start + 1;
    for (let code = text.charCodeAt(at); code !== 0x22; code = text.charCodeAt(at)) {
      if (Number.isNaN(code) || code < 0x20) {
        this.#fail(this.start, 1, "this string has no end on its line", 'close it with `"`');
        return;
      }
      at += code === 0x5c && text.charCodeAt(at + 1) >= 0x20 ? 2 : 1;
    }
    this.end = at + 1;
    this.kind = "string literal";
  }

  #fail(at: number, length: number, message: string, hint?: string): void {
    this.kind = "error";
    this.#fault ??= this.faultAt(at, length, message, hint);
  }
}

function isAsciiWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
