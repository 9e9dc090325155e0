// JSON text -> JSON text with one value replaced, doubled or dropped: changes that a parser of bytes lets through.
import type { Random } from "@tenon/abi/testing";

const VALUE = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|[[{]/g;
/** What readers of JSON forget: prototypes, numbers that are no integers, lone surrogates, empty and odd things. */
const ODD = [
  "null",
  "true",
  "0",
  "-1",
  "-0",
  "1.5",
  "1e400",
  "4294967296",
  "18446744073709551616",
  '""',
  '"__proto__"',
  '"\\ud800"',
  '"\\u0000"',
  "[]",
  "{}",
  '{"__proto__":{"a":1}}',
  '{"constructor":null}',
  '{"tag":"none"}',
  "[[[[[[[[]]]]]]]]",
];

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Values of `text`, keys included; brackets reach to their ends. */
function spans(text: string): Span[] {
  return [...text.matchAll(VALUE)].map(({ index, 0: token }) => ({
    start: index,
    end: token === "[" || token === "{" ? closing(text, index) : index + token.length,
  }));
}

function closing(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      while (++at < text.length && text[at] !== '"') if (text[at] === "\\") at++;
    } else if (char === "[" || char === "{") depth++;
    else if ((char === "]" || char === "}") && --depth === 0) return at + 1;
  }
  return text.length;
}

/** `text` with one change; values may come from `other`, which is JSON, too. */
export function mutateJson(text: string, other: string, random: Random): string {
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const target = pick(spans(text));
  if (target === undefined) return text;
  const value = text.slice(target.start, target.end);
  const given = pick(spans(other));
  const replacement =
    random() < 0.4 || given === undefined
      ? (pick(ODD) ?? "null")
      : random() < 0.7
        ? other.slice(given.start, given.end)
        : `${value},${value}`;
  return text.slice(0, target.start) + replacement + text.slice(target.end);
}
