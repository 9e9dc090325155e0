// A way to make a function -> a function of fixed arity that is made at its first call, and anew when that is wanted.
import type { ContractFunction } from "@tenon/contract/core";
import { canGenerate } from "../generate.ts";
import type { HostFunction } from "./call-closures.ts";
import type { CoreFunction } from "./env.ts";

interface Slot<F> {
  f: F;
}
type MakeStub = <F>(slot: Slot<F>) => F;

/** Import stubs by arity: an instance has many, most of which are never called, so that they share their code. */
const importStubs: (MakeStub | undefined)[] = [];

/** A core import. `arity` counts: the engine calls imports of exactly the right arity without an adapter. */
export function lazyImport(arity: number, make: () => CoreFunction, mayGenerate: boolean): CoreFunction {
  const slot: Slot<CoreFunction> = {
    f: (...flat) => {
      slot.f = make();
      return slot.f(...flat);
    },
  };
  if (!mayGenerate) return (...flat) => slot.f(...flat);
  const stub = (importStubs[arity] ??= stubOf(`return function(${namesOf(arity)}){return s.f(${namesOf(arity)})}`));
  return stub(slot);
}

/** A function that outlives what stands behind it, such as an instance that trapped. */
export interface LateCall {
  readonly call: HostFunction;
  /** The next call makes the function anew. */
  readonly reset: () => void;
}

/** By what they call, so that the engine sees few targets at each place: a call through one place for all costs 7 ns more. */
const callStubs = new WeakMap<ContractFunction, MakeStub>();
let stubs = 0;

/**
 * A function of `fn`'s parameters that calls what `make` gives, which it asks at the first call and at the first after a
 * `reset`. It adds about 1 ns to a call. What `make` throws, the call throws, and the next one asks again.
 */
export function lateCall(fn: ContractFunction, make: () => HostFunction): LateCall {
  const first: HostFunction = (...args) => {
    slot.f = make();
    return slot.f(...args);
  };
  const slot: Slot<HostFunction> = { f: first };
  const reset = (): void => {
    slot.f = first;
  };
  if (!canGenerate) return { call: (...args) => slot.f(...args), reset };
  let stub = callStubs.get(fn);
  if (stub === undefined) callStubs.set(fn, (stub = callStub(fn.params.length)));
  return { call: stub(slot), reset };
}

/** Surplus arguments are passed on as well: what is called refuses them. */
function callStub(arity: number): MakeStub {
  const names = namesOf(arity);
  // The engine knows a text again, and what it learnt of its calls: the number keeps two functions apart.
  const body = `return function(${names}){if(arguments.length>${arity})return s.f(...arguments);return s.f(${names})} // ${stubs++}`;
  return stubOf(body);
}

function stubOf(body: string): MakeStub {
  // oxlint-disable-next-line eslint/no-new-func, typescript/no-implied-eval -- text made here from nothing foreign
  return new Function("s", `"use strict";${body}`) as MakeStub;
}

function namesOf(arity: number): string {
  return Array.from({ length: arity }, (_, index) => `x${index}`).join(",");
}
