// A target, a seed and a corpus -> a report: the same inputs in the same order every time, up to the first finding.
import { seededRandom } from "@tenon/abi/testing";
import type { Random } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import type { ErrorCode } from "@tenon/contract";
import { costOf, exactCostOf } from "./cost.ts";
import type { Cost } from "./cost.ts";
import { mutate } from "./mutate.ts";
import type { Material } from "./mutate.ts";
import type { FuzzFinding, FuzzReport, FuzzTarget } from "./target.ts";

export interface FuzzOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Ends after so many inputs, the corpus included; which are then the same on every machine. Default no end. */
  readonly runs?: number;
  /** Ends after so long. Default no end. */
  readonly ms?: number;
  /** Inputs from earlier runs; all of them are tried first. */
  readonly corpus?: readonly Uint8Array[];
  /** Told of each input before it runs, so that one that never ends is not lost. */
  readonly onInput?: (input: Uint8Array, run: number) => void;
}

const DEFAULT_MAX_BYTES = 4096;
const DEFAULT_MAX_MS = 1000;
const DEFAULT_AMPLIFICATION = 100;
const DEFAULT_BASE_BYTES = 4 * 1024 * 1024;
/** Kinds of answers that are told apart; beyond it nothing counts as new. */
const MAX_SIGNATURES = 4000;
/** Characters of an answer that are looked at: what a decoder says stands before what it repeats. */
const MAX_SIGNATURE = 60;
/** A measurement that is bad once may be the machine's fault; one that is bad so often is not. */
const REPEATS = 3;
const SHRINK_MS = 1000;

/** Tries inputs until something is found or an end is reached. Never throws what the decoder throws. */
export function fuzz(target: FuzzTarget, options: FuzzOptions = {}): FuzzReport {
  const { seed = 1, runs = Infinity, ms = Infinity, corpus = [], onInput } = options;
  const started = performance.now();
  const known = [...target.inputs(), ...corpus];
  const words = (target.words ?? []).map((word) => new TextEncoder().encode(word));
  const { isJson = false, isSized = false, maxBytes = DEFAULT_MAX_BYTES } = target;
  const material = { inputs: [...known], known: known.length, words, isJson, isSized, maxBytes };
  const random = seededRandom(seed);
  const signatures = new Set<string>();
  const codes = new Map<ErrorCode, number>();
  const discovered: Uint8Array[] = [];
  const tally = { accepted: 0, refused: 0, slowestMs: 0 };
  let finding: FuzzFinding | undefined;
  let run = 0;
  for (; run < runs && finding === undefined && performance.now() - started < ms; run++) {
    const input = next(known, run, material, random);
    onInput?.(input, run);
    const seen = attempt(target, input, seed + run);
    finding = findingOf(target, seen, { seed, run });
    tally.slowestMs = Math.max(tally.slowestMs, seen.cost.ms);
    if (seen.thrown === undefined) tally.accepted++;
    else tally.refused++;
    if (seen.thrown instanceof TenonError) codes.set(seen.thrown.code, (codes.get(seen.thrown.code) ?? 0) + 1);
    const isNew = signatures.size < MAX_SIGNATURES && !signatures.has(seen.signature);
    if (!isNew) continue;
    signatures.add(seen.signature);
    if (run < known.length) continue;
    discovered.push(input);
    material.inputs.push(input);
  }
  const elapsedMs = performance.now() - started;
  return { target: target.name, seed, runs: run, codes, discovered, elapsedMs, ...tally, finding };
}

/** Runs one input, as `fuzz` would; for replays. */
export function replay(target: FuzzTarget, input: Uint8Array, seed = 1): FuzzFinding | undefined {
  return findingOf(target, attempt(target, input, seed), { seed, run: 0 });
}

function next(known: readonly Uint8Array[], run: number, material: Material, random: Random): Uint8Array {
  return run < known.length ? known[run]!.slice() : mutate(material, random);
}

interface Attempt {
  readonly input: Uint8Array;
  readonly choices: number;
  readonly thrown: unknown;
  readonly cost: Cost;
  /** What the decoder said, without what it quotes and counts. */
  readonly signature: string;
}

function attempt(target: FuzzTarget, input: Uint8Array, choices: number, measure = costOf): Attempt {
  let thrown: unknown;
  const cost = measure(() => {
    try {
      return target.run(input.slice(), seededRandom(choices));
    } catch (caught) {
      thrown = caught ?? new Error("threw nothing at all");
      return undefined;
    }
  });
  const text = thrown instanceof TenonError ? `${thrown.code} ${thrown.what}` : thrown === undefined ? "ok" : "threw";
  // Up to the first quoted piece of the input: everything behind it would make every answer a new one.
  const signature = text
    .slice(0, MAX_SIGNATURE)
    .split(/["'`]/, 1)[0]!
    .replace(/0x[0-9a-f]+|-?\d+/g, "#");
  return { input, choices, thrown, cost, signature };
}

function findingOf(
  target: FuzzTarget,
  seen: Attempt,
  place: { readonly seed: number; readonly run: number },
): FuzzFinding | undefined {
  const again = (): Cost => attempt(target, seen.input, seen.choices, exactCostOf).cost;
  const base = { target: target.name, ...place, input: seen.input, thrown: seen.thrown };
  if (seen.thrown !== undefined && !isLegal(target, seen.thrown)) {
    const input = shrink(target, seen);
    return { ...base, input, kind: "threw", what: TenonError.from(seen.thrown).what };
  }
  const { maxMs = DEFAULT_MAX_MS } = target;
  if (seen.cost.ms > maxMs) {
    const least = leastOf(seen.cost.ms, () => again().ms);
    if (least > maxMs)
      return { ...base, kind: "slow", what: `took ${Math.round(least)} ms, at most ${maxMs} are allowed` };
  }
  const { maxAmplification = DEFAULT_AMPLIFICATION, baseBytes = DEFAULT_BASE_BYTES } = target;
  const allowed = baseBytes + maxAmplification * seen.input.length;
  if (seen.cost.bytes > allowed) {
    const least = leastOf(seen.cost.bytes, () => again().bytes);
    const what = `${seen.input.length} bytes of input took ${least} bytes of memory, at most ${allowed} are allowed`;
    if (least > allowed) return { ...base, kind: "memory", what };
  }
  return undefined;
}

/** Whether both say the same as far as one line tells; else a smaller input could be about another fault. */
function isAlike(one: unknown, other: unknown): boolean {
  const head = (thrown: unknown): string => String(thrown).slice(0, MAX_SIGNATURE);
  return head(one) === head(other);
}

function isLegal({ codes }: FuzzTarget, thrown: unknown): boolean {
  return thrown instanceof TenonError && codes.includes(thrown.code);
}

function leastOf(first: number, measure: () => number): number {
  let least = first;
  for (let left = REPEATS; left > 0; left--) least = Math.min(least, measure());
  return least;
}

/** Cuts pieces out as long as the decoder still throws the same. */
function shrink(target: FuzzTarget, seen: Attempt): Uint8Array {
  const until = performance.now() + SHRINK_MS;
  let { input } = seen;
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < input.length && performance.now() < until;) {
      const shorter = Uint8Array.from([...input.subarray(0, at), ...input.subarray(at + size)]);
      const { thrown } = attempt(target, shorter, seen.choices);
      if (thrown !== undefined && !isLegal(target, thrown) && isAlike(thrown, seen.thrown)) input = shorter;
      else at += size;
    }
  }
  return input;
}
