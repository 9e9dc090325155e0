// Known inputs and a random source -> the next input to try: bytes as parsers dread them, pieces of other inputs, known words.
import type { Random } from "@tenon/abi/testing";
import { mutateJson } from "./mutate-json.ts";

/** What a new input is made from. */
export interface Material {
  /** Inputs to start from and to cut pieces out of; at least one. */
  readonly inputs: readonly Uint8Array[];
  /** So many at the beginning of `inputs` were there before the run; most new inputs start from one of them. */
  readonly known: number;
  /** Words that the decoder knows: random bytes would never spell them. */
  readonly words: readonly Uint8Array[];
  /** The inputs hold JSON, perhaps with something before it, so that whole values may change places. */
  readonly isJson: boolean;
  /** The inputs say everywhere how long their parts are, so that most changes should leave lengths alone. */
  readonly isSized: boolean;
  /** Of the new input. */
  readonly maxBytes: number;
}

/** Ends of ranges, signs, continuation bits, quotes and brackets. */
const BYTES = [0, 1, 0x0a, 0x22, 0x28, 0x2d, 0x3f, 0x40, 0x5b, 0x5c, 0x7b, 0x7f, 0x80, 0xbf, 0xc0, 0xed, 0xfe, 0xff];
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
/** Five bytes of LEB128 that say 2^32 - 1, then forms that are too long or never end. */
const LEB = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x00],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0x7f],
];
const MAX_STEPS = 5;
/** Decoders end at the first fault, so that one change reaches deeper than several. */
const ONE_STEP = 0.6;
const FROM_KNOWN = 0.7;
const JSON_STEP = 0.6;
const SIZED_STEP = 0.7;
const MAX_REPEATED_BYTES = 64;

type Step = (bytes: Uint8Array, random: Random, material: Material) => Uint8Array;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(items: readonly T[], random: Random): T => items[below(random, items.length)] as T;

/** `bytes` with the `removed` bytes at `at` replaced by `added`. */
function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array | readonly number[]): Uint8Array {
  const end = Math.min(bytes.length, at + removed);
  const result = new Uint8Array(at + added.length + bytes.length - end);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(bytes.subarray(end), at + added.length);
  return result;
}

/** A stretch of `bytes`, short ones more often than long ones. */
function stretch(bytes: Uint8Array, random: Random): Uint8Array {
  const start = below(random, bytes.length + 1);
  return bytes.subarray(start, start + 1 + below(random, random() < 0.8 ? 16 : bytes.length));
}

const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => spliced(bytes, at, 1, [value & 0xff]);
const IN_PLACE: readonly Step[] = [
  (bytes, random) => changed(bytes, below(random, bytes.length), below(random, 256)),
  (bytes, random) => changed(bytes, below(random, bytes.length), pick(BYTES, random)),
  (bytes, random) => {
    const at = below(random, bytes.length);
    return changed(bytes, at, bytes[at]! ^ (1 << below(random, 8)));
  },
  (bytes, random) => {
    const at = below(random, bytes.length);
    return changed(bytes, at, bytes[at]! + below(random, 9) - 4);
  },
  (bytes, random) => {
    // What stands somewhere else in the same input may well be right here, too.
    const part = stretch(bytes, random).slice(0, 4);
    const at = below(random, bytes.length);
    return spliced(bytes, at, part.length, part.subarray(0, bytes.length - at));
  },
];
const STEPS: readonly Step[] = [
  ...IN_PLACE,
  (bytes, random) => spliced(bytes, below(random, bytes.length), 1 + below(random, 8), []),
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  (bytes, random) => spliced(bytes, below(random, bytes.length + 1), 0, stretch(bytes, random)),
  (bytes, random, { inputs }) =>
    spliced(bytes, below(random, bytes.length + 1), below(random, 12), stretch(pick(inputs, random), random)),
  (bytes, random, { inputs }) => {
    const tail = pick(inputs, random);
    return spliced(bytes, below(random, bytes.length + 1), bytes.length, tail.subarray(below(random, tail.length + 1)));
  },
  (bytes, random) => {
    const word = new Uint8Array(4);
    new DataView(word.buffer).setUint32(0, pick(NUMBERS, random), random() < 0.8);
    return spliced(bytes, below(random, bytes.length), 4, word);
  },
  (bytes, random) => spliced(bytes, below(random, bytes.length), below(random, 3), pick(LEB, random)),
  (bytes, random, { words }) => {
    const word = words.length === 0 ? stretch(bytes, random) : pick(words, random);
    return spliced(bytes, below(random, bytes.length + 1), random() < 0.5 ? word.length : 0, word);
  },
  (bytes, random) => {
    // What nests is written by repeating its beginning.
    const part = stretch(bytes, random).subarray(0, MAX_REPEATED_BYTES);
    const times = 2 ** (1 + below(random, 10));
    const many = new Uint8Array(part.length * times);
    for (let index = 0; index < times; index++) many.set(part, index * part.length);
    return spliced(bytes, below(random, bytes.length + 1), 0, many);
  },
];

const jsonStep: Step = (bytes, random, { inputs }) => {
  const text = (of: Uint8Array): string => new TextDecoder().decode(of);
  return new TextEncoder().encode(mutateJson(text(bytes), text(pick(inputs, random)), random));
};

function nextStep({ isJson, isSized }: Material, random: Random): Step {
  if (isJson && random() < JSON_STEP) return jsonStep;
  return pick(isSized && random() < SIZED_STEP ? IN_PLACE : STEPS, random);
}

/** The next input; the same for the same material and state of `random`. */
export function mutate(material: Material, random: Random): Uint8Array {
  const { inputs, known } = material;
  let bytes = inputs[below(random, random() < FROM_KNOWN ? known : inputs.length)]!;
  for (let left = random() < ONE_STEP ? 1 : 2 + below(random, MAX_STEPS - 1); left > 0; left--) {
    if (bytes.length === 0) bytes = Uint8Array.of(below(random, 256));
    bytes = nextStep(material, random)(bytes, random, material).subarray(0, material.maxBytes);
  }
  // A copy: decoders may keep views of their input, and inputs must not share memory.
  return bytes.slice();
}
