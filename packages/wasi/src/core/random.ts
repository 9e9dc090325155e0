// A choice of source to bytes: the system's generator, or a repeatable stream from a seed.
import { randomFillSync } from "node:crypto";

/** `secure` is the system's generator; a seed gives the same bytes in every run and is for tests and replays only. */
export type RandomAccess = "secure" | { readonly seed: bigint };

export type RandomSource = (into: Uint8Array) => void;

export function createRandom(access: RandomAccess): RandomSource {
  if (access === "secure") return (into) => void randomFillSync(into);
  return splitMix(access.seed);
}

/** SplitMix64: eight bytes a step, little-endian; good enough to repeat, never to keep a secret. */
function splitMix(seed: bigint): RandomSource {
  let state = BigInt.asUintN(64, seed);
  const word = new Uint8Array(8);
  const view = new DataView(word.buffer);
  let used = 8;
  return (into) => {
    for (let at = 0; at < into.length; at++) {
      if (used === 8) {
        state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
        let mixed = state;
        mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
        mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
        view.setBigUint64(0, mixed ^ (mixed >> 31n), true);
        used = 0;
      }
      into[at] = word[used++]!;
    }
  };
}
