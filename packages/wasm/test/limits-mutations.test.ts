// Damaged modules, from a seed: the rewriter never fails otherwise than by a TenonError, and never changes validity.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { engine } from "@tenon/wasm";
import { FEATURES, rewriteModule } from "@tenon/wasm/limits";
import type { FuelMode } from "@tenon/wasm/limits";
import { SAMPLES } from "./limits-corpus.ts";

const ROUNDS = 6_000;
const MODES: readonly (FuelMode | undefined)[] = ["loop", "block", undefined];

/** Numbers below `n`, the same in every run. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function damage(bytes: Uint8Array, next: (n: number) => number): Uint8Array {
  const damaged = bytes.slice();
  for (let left = 1 + next(3); left > 0; left--) {
    const at = 8 + next(damaged.length - 8);
    const byte = damaged[at]!;
    damaged[at] = [next(256), byte ^ (1 << next(8)), byte + 1, byte - 1][next(4)]!;
  }
  return next(20) === 0 ? damaged.subarray(0, next(damaged.length)) : damaged;
}

test("a damaged module is refused with a typed error, or is as valid as before", () => {
  const next = random(2026);
  let valid = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const module = damage(SAMPLES[next(SAMPLES.length)]!.bytes, next);
    const wasValid = engine.validate(module);
    let rewritten: Uint8Array;
    try {
      rewritten = rewriteModule(module, {
        fuel: MODES[round % 3],
        isLinked: round % 2 === 1,
        features: FEATURES,
        maxMemoryPages: 65_536,
        maxTableElements: 2 ** 32,
      }).bytes;
    } catch (error) {
      assert.ok(error instanceof TenonError, String(error));
      assert.equal(wasValid, false, `round ${round}: a valid module was refused: ${error.message}`);
      continue;
    }
    assert.equal(engine.validate(rewritten), wasValid, `round ${round}: validity changed`);
    if (wasValid) valid++;
  }
  // Else the test would only look at modules that are refused.
  assert.ok(valid > ROUNDS / 50, `${valid} of ${ROUNDS} modules were valid`);
});

test("every prefix of a module is refused or as valid as before", () => {
  for (const { bytes } of SAMPLES) {
    for (let end = 0; end < bytes.length; end++) {
      const part = bytes.subarray(0, end);
      try {
        assert.equal(
          engine.validate(rewriteModule(part, { fuel: "loop", features: FEATURES }).bytes),
          engine.validate(part),
        );
      } catch (error) {
        if (!(error instanceof TenonError)) throw error;
        assert.equal(engine.validate(part), false);
      }
    }
  }
});
