// The committed corpus: corpus/TARGET.txt, one input a line, what earlier runs have found worth keeping.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { formatInput, parseCorpus } from "@tenon/verify/fuzz";

const file = (target: string): URL => new URL(`corpus/${target}.txt`, import.meta.url);

export function readCorpus(target: string): Uint8Array[] {
  return existsSync(file(target)) ? parseCorpus(readFileSync(file(target), "utf8")) : [];
}

/** Adds inputs that are not there yet; returns how many. */
export function growCorpus(target: string, inputs: readonly Uint8Array[]): number {
  const known = existsSync(file(target)) ? readFileSync(file(target), "utf8") : "";
  const lines = new Set(known.split("\n"));
  const added = inputs.map(formatInput).filter((line) => !lines.has(line));
  if (added.length > 0) writeFileSync(file(target), known + [...new Set(added)].map((line) => `${line}\n`).join(""));
  return added.length;
}
