// `{file}:{line:u32}: {severity=error|warning}: {message}` -> a matcher of one line. No regular expressions: the time is
// bounded by the line's length times the pattern's, whatever a program prints or a manifest says.
import type { ValueType } from "@tenon/contract/core";
import type { Here } from "./here.ts";

/** Captured texts and numbers by name. */
export type Captures = Record<string, string | number>;

export interface LinePattern {
  /** Types of what it captures: string, u32, or an enum of the words that are allowed. */
  readonly captures: ReadonlyMap<string, ValueType>;
  /** Fills `into` and returns true if the whole line matches. */
  match(line: string, into: Captures): boolean;
}

interface Word {
  readonly text: string;
  readonly value: string;
}
/** What has a fixed extent once its start is known. */
type Fixed =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "number"; readonly name: string; readonly add: number }
  | { readonly kind: "words"; readonly name: string; readonly words: readonly Word[] };
/** Free text, then fixed parts: the text reaches to the first place where all of them fit. */
interface Segment {
  readonly text: string | undefined;
  readonly fixed: Fixed[];
}

/** Captures nothing and may be empty. */
const ANYTHING = "_";
const MAX_U32 = 0xffff_ffff;

export function compilePattern(source: string, here: Here): LinePattern {
  const captures = new Map<string, ValueType>();
  const segments: Segment[] = [{ text: undefined, fixed: [] }];
  for (const part of parseParts(source, here)) {
    const last = segments.at(-1)!;
    if (typeof part !== "string") {
      if (part.name !== ANYTHING && captures.has(part.name))
        here.refuse(`captures ${part.name} twice in ${JSON.stringify(source)}`);
      if (part.name !== ANYTHING) captures.set(part.name, part.type);
    }
    if (typeof part === "string") last.fixed.push({ kind: "literal", text: part });
    else if (part.fixed !== undefined) last.fixed.push(part.fixed);
    else if (last.text !== undefined && last.fixed.length === 0)
      here.refuse(`has two free texts in a row in ${JSON.stringify(source)}`, "put a character between them");
    else segments.push({ text: part.name, fixed: [] });
  }
  return { captures, match: (line, into) => matchSegments(segments, line, into) };
}

interface Capture {
  readonly name: string;
  readonly type: ValueType;
  readonly fixed: Fixed | undefined;
}

/** Literal texts and captures, in order. */
function parseParts(source: string, here: Here): (string | Capture)[] {
  const parts: (string | Capture)[] = [];
  let literal = "";
  for (let i = 0; i < source.length; i++) {
    const char = source[i]!;
    if ((char === "{" || char === "}") && source[i + 1] === char) {
      literal += char;
      i++;
    } else if (char === "{") {
      const end = source.indexOf("}", i);
      if (end < 0) here.refuse(`has "{" without "}" in ${JSON.stringify(source)}`, 'write "{{" for a brace');
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push(parseCapture(source.slice(i + 1, end), here));
      i = end;
    } else literal += char;
  }
  if (literal !== "") parts.push(literal);
  return parts;
}

/** `name`, `name:u32`, `name=word|other:value`. */
function parseCapture(source: string, here: Here): Capture {
  const equals = source.indexOf("=");
  const colon = source.indexOf(":");
  const name = source.slice(0, equals >= 0 ? equals : colon >= 0 ? colon : undefined);
  if (name !== ANYTHING && !/^[a-z][a-z0-9-]*$/.test(name))
    here.refuse(
      `captures ${JSON.stringify(name)}`,
      "use lower-case letters, digits and dashes, or _ for what does not matter",
    );
  if (equals >= 0) {
    const words = source
      .slice(equals + 1)
      .split("|")
      .map((word) => {
        const at = word.lastIndexOf(":");
        return at < 0 ? { text: word, value: word } : { text: word.slice(0, at), value: word.slice(at + 1) };
      });
    if (words.some(({ text }) => text === "")) here.refuse(`has an empty word in {${source}}`);
    // The longer word first, or "error" would hide "error note".
    words.sort((a, b) => b.text.length - a.text.length);
    return {
      name,
      type: { kind: "enum", cases: [...new Set(words.map(({ value }) => value))] },
      fixed: { kind: "words", name, words },
    };
  }
  if (colon < 0) return { name, type: { kind: "string" }, fixed: undefined };
  const form = source.slice(colon + 1);
  // Some compilers count from 0 where the contract counts from 1.
  if (form !== "u32" && form !== "u32+1") here.refuse(`has the capture {${source}}`, "only :u32 and :u32+1 are known");
  return { name, type: { kind: "u32" }, fixed: { kind: "number", name, add: form === "u32" ? 0 : 1 } };
}

/**
 * Taking the first fit of each segment finds a match whenever there is one: what comes after a free text only gets
 * more room by it. The last segment alone must also reach the end of the line.
 */
function matchSegments(segments: readonly Segment[], line: string, into: Captures): boolean {
  let at = 0;
  for (const [index, segment] of segments.entries()) {
    const end = matchSegment(segment, line, at, index === segments.length - 1, into);
    if (end < 0) return false;
    at = end;
  }
  return true;
}

function matchSegment({ text, fixed }: Segment, line: string, from: number, isLast: boolean, into: Captures): number {
  if (text === undefined) {
    const end = matchFixed(fixed, line, from, into);
    return isLast && end !== line.length ? -1 : end;
  }
  const least = text === ANYTHING ? from : from + 1;
  if (fixed.length === 0) {
    if (line.length < least) return -1;
    setText(into, text, line.slice(from));
    return line.length;
  }
  const first = fixed[0]!;
  for (let start = least; start <= line.length; start++) {
    if (first.kind === "literal") {
      start = line.indexOf(first.text, start);
      if (start < 0) return -1;
    }
    const end = matchFixed(fixed, line, start, into);
    if (end < 0 || (isLast && end !== line.length)) continue;
    setText(into, text, line.slice(from, start));
    return end;
  }
  return -1;
}

function setText(into: Captures, name: string, value: string): void {
  if (name !== ANYTHING) into[name] = value;
}

function matchFixed(parts: readonly Fixed[], line: string, from: number, into: Captures): number {
  let at = from;
  for (const part of parts) {
    const end =
      part.kind === "literal"
        ? line.startsWith(part.text, at)
          ? at + part.text.length
          : -1
        : part.kind === "number"
          ? matchNumber(part, line, at, into)
          : matchWord(part, line, at, into);
    if (end < 0) return -1;
    at = end;
  }
  return at;
}

function matchNumber(
  part: { readonly name: string; readonly add: number },
  line: string,
  from: number,
  into: Captures,
): number {
  let end = from;
  while (end < line.length && end - from < 11 && isDigit(line.charCodeAt(end))) end++;
  const value = Number(line.slice(from, end)) + part.add;
  if (end === from || value > MAX_U32) return -1;
  if (part.name !== ANYTHING) into[part.name] = value;
  return end;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function matchWord(
  part: { readonly name: string; readonly words: readonly Word[] },
  line: string,
  at: number,
  into: Captures,
): number {
  const word = part.words.find(({ text }) => line.startsWith(text, at));
  if (word === undefined) return -1;
  setText(into, part.name, word.value);
  return at + word.text.length;
}
