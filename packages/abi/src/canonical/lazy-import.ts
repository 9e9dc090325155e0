// A way to make a core import -> an import that is made at its first call.
import type { CoreFunction } from "./env.ts";

interface Slot {
  f: CoreFunction;
}

type MakeStub = (slot: Slot) => CoreFunction;

const stubs: (MakeStub | undefined)[] = [];

/** `arity` counts: the engine calls imports of exactly the right arity without an adapter. */
export function lazyImport(arity: number, make: () => CoreFunction, canGenerate: boolean): CoreFunction {
  const slot: Slot = {
    f: (...flat) => {
      slot.f = make();
      return slot.f(...flat);
    },
  };
  return canGenerate ? stubOf(arity)(slot) : (...flat) => slot.f(...flat);
}

function stubOf(arity: number): MakeStub {
  const found = stubs[arity];
  if (found !== undefined) return found;
  const names = Array.from({ length: arity }, (_, index) => `x${index}`).join(",");
  // oxlint-disable-next-line eslint/no-new-func, typescript/no-implied-eval -- text made here from nothing foreign
  const made = new Function("s", `"use strict";return function(${names}){return s.f(${names})}`) as MakeStub;
  stubs[arity] = made;
  return made;
}
