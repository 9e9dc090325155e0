// What a compiler printed -> one item for each message found by line patterns.
import type { ValueType } from "@tenon/contract/core";
import type { Here } from "./here.ts";
import { compilePattern, type Captures, type LinePattern } from "./pattern.ts";

/** Compilers say what matters first, and a list of diagnostics beyond this helps nobody. */
const MAX_INPUT = 1024 * 1024;
const MAX_LINE = 4096;
const MAX_ITEMS = 1000;
/** How far `...` reaches. */
const MAX_SKIP = 20;
const SKIP = "...";

interface Step {
  readonly pattern: LinePattern;
  /** Lines may stand between the step before and this one. */
  readonly skips: boolean;
}

/** A message over one or more lines. */
export interface LineSequence {
  readonly captures: ReadonlyMap<string, ValueType>;
  readonly steps: readonly Step[];
}

/** A text, or a list of texts for consecutive lines; `...` between two of them skips lines. Blank lines do not count. */
export function compileSequence(json: unknown, here: Here): LineSequence {
  const sources = typeof json === "string" ? [json] : here.list(json);
  const captures = new Map<string, ValueType>();
  const steps: Step[] = [];
  let skips = false;
  for (const [index, source] of sources.entries()) {
    const place = here.at(index);
    const text = place.string(source);
    if (text === SKIP && steps.length > 0 && !skips) {
      skips = true;
      continue;
    }
    const pattern = compilePattern(text, place);
    for (const [name, type] of pattern.captures) {
      if (captures.has(name)) place.refuse(`captures ${name}, which an earlier line does already`);
      captures.set(name, type);
    }
    steps.push({ pattern, skips });
    skips = false;
  }
  if (steps.length === 0 || skips) here.refuse("ends without a line to match");
  return { captures, steps };
}

/** The text as lines without colour, blank ones left out; capped. */
export function cleanLines(text: string): string[] {
  const lines = withoutColour(text.slice(0, MAX_INPUT)).split("\n");
  return lines.map((line) => line.slice(0, MAX_LINE).trimEnd()).filter((line) => line !== "");
}

// Each class of characters ends where the next begins, so the time is linear.
// oxlint-disable-next-line no-control-regex
const CONTROL_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

export function withoutColour(text: string): string {
  return text.replace(CONTROL_SEQUENCE, "");
}

/** Calls `found` for each message, with the number of the sequence that matched; lines that none matches are passed over. */
export function findSequences(
  lines: readonly string[],
  sequences: readonly LineSequence[],
  found: (index: number, captures: Captures) => void,
): void {
  let count = 0;
  for (let at = 0; at < lines.length && count < MAX_ITEMS;) {
    let end = -1;
    for (const [index, sequence] of sequences.entries()) {
      const captures = Object.create(null) as Captures;
      end = matchSequence(sequence, lines, at, captures);
      if (end < 0) continue;
      found(index, captures);
      count++;
      break;
    }
    at = end < 0 ? at + 1 : end;
  }
}

/** The number of the line after the match, or -1. */
function matchSequence({ steps }: LineSequence, lines: readonly string[], from: number, into: Captures): number {
  let at = from;
  for (const { pattern, skips } of steps) {
    const last = Math.min(skips ? at + MAX_SKIP : at, lines.length - 1);
    while (at <= last && !pattern.match(lines[at]!, into)) at++;
    if (at > last) return -1;
    at++;
  }
  return at;
}
