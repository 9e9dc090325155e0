// A way to make a function -> a function of fixed arity that is made at its first call, and anew when that is wanted.
import type { ContractFunction } from "@tenon/contract/core";
import { canGenerate } from "../generate.ts";
import type { HostFunction } from "./call-closures.ts";
import type { CoreFunction } from "./env.ts";

interface Slot<F> {
  f: F;
}
type MakeStub = <F>(slot: Slot<F>) => F;

/**
 * The engine learns at each place of a text what is called from there, and puts it into the caller's code while that is one
 * function. A place that many share costs some nanoseconds more at each call, so that stubs come from texts of their own;
 * a text has a number of them, for one is made much faster within another's text than alone.
 */
const BLOCK = 16;
const blocks = new Map<string, MakeStub[]>();
let texts = 0;

/** A stub that nobody has yet; `inside` is the body of a function of `arity` parameters that calls `s.f`. */
function newStub(arity: number, inside: string): MakeStub {
  const one = `s=>function(${namesOf(arity)}){${inside}}`;
  let block = blocks.get(one);
  if (block === undefined || block.length === 0) {
    // The engine knows a text again, and what it learnt of its calls: the number keeps two of them apart.
    const text = `"use strict";return [${`${one},`.repeat(BLOCK)}] // ${texts++}`;
    // oxlint-disable-next-line eslint/no-new-func, typescript/no-implied-eval -- text made here from nothing foreign
    blocks.set(one, (block = new Function(text)() as MakeStub[]));
  }
  return block.pop() as MakeStub;
}

/** Import stubs by the type of what they call: instances of one plan share them. */
const importStubs = new WeakMap<ContractFunction, MakeStub>();

/** A core import. Its arity counts: the engine calls imports of exactly the right arity without an adapter. */
export function lazyImport(
  fn: ContractFunction,
  arity: number,
  make: () => CoreFunction,
  mayGenerate: boolean,
): CoreFunction {
  const slot: Slot<CoreFunction> = {
    f: (...flat) => {
      slot.f = make();
      return slot.f(...flat);
    },
  };
  if (!mayGenerate) return (...flat) => slot.f(...flat);
  let stub = importStubs.get(fn);
  if (stub === undefined) importStubs.set(fn, (stub = newStub(arity, `return s.f(${namesOf(arity)})`)));
  return stub(slot);
}

/** A function that outlives what stands behind it, such as an instance that trapped. */
export interface LateCall {
  readonly call: HostFunction;
  /** The next call makes the function anew. */
  readonly reset: () => void;
}

/**
 * A function of `arity` parameters that calls what `make` gives, which it asks at the first call and at the first after a
 * `reset`. It adds less than 1 ns to a call. What `make` throws, the call throws, and the next one asks again.
 */
export function lateCall(arity: number, make: () => HostFunction): LateCall {
  const first: HostFunction = (...args) => {
    slot.f = make();
    return slot.f(...args);
  };
  const slot: Slot<HostFunction> = { f: first };
  const reset = (): void => {
    slot.f = first;
  };
  if (!canGenerate) return { call: (...args) => slot.f(...args), reset };
  // Surplus arguments are passed on as well: what is called refuses them.
  const inside = `if(arguments.length>${arity})return s.f(...arguments);return s.f(${namesOf(arity)})`;
  return { call: newStub(arity, inside)(slot), reset };
}

function namesOf(arity: number): string {
  return Array.from({ length: arity }, (_, index) => `x${index}`).join(",");
}
