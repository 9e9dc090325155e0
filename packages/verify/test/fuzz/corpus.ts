// The committed corpus: corpus/TARGET.txt, one input a line, what earlier runs have found worth keeping.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { formatInput, parseCorpus } from "@tenon/verify/fuzz";

const file = (target: string): URL => new URL(`corpus/${target}.txt`, import.meta.url);

export function readCorpus(target: string): Uint8Array[] {
  return existsSync(file(target)) ? parseCorpus(readFileSync(file(target), "utf8")) : [];
}

/** Short inputs say what they are about; a corpus of a few dozen runs in every test. */
const MAX_INPUT_BYTES = 600;
const MAX_ADDED = 60;

/** Adds inputs that are not there yet; returns how many. */
export function growCorpus(target: string, inputs: readonly Uint8Array[]): number {
  const known = existsSync(file(target)) ? readFileSync(file(target), "utf8") : "";
  const lines = new Set(known.split("\n"));
  const short = inputs.filter(({ length }) => length <= MAX_INPUT_BYTES).map(formatInput);
  const added = [...new Set(short)].filter((line) => !lines.has(line)).slice(0, MAX_ADDED);
  if (added.length > 0) writeFileSync(file(target), known + added.map((line) => `${line}\n`).join(""));
  return added.length;
}
