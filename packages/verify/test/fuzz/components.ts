// A component that makes and drops a resource, lifts and lowers: more kinds of definitions than a plain one has.
import { ComponentEncoder, funcBytes, uleb } from "@tenon/wasm/testing";
import { assemble } from "../../../wasm/test/limits-corpus.ts";

const U32 = [0x79];

/** Exports `count: func(by: u32) -> u32`, imports `tick: func(n: u32) -> u32`. */
export function resourceComponent(): Uint8Array {
  const encoder = new ComponentEncoder();
  const type = encoder.type(funcBytes([["n", U32]], U32));
  const tick = encoder.import("func", "tick", [0x01, ...uleb(type)]);
  const resource = encoder.resource();
  const main = assemble(`(module (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32))) (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "tick" (func $tick (param i32) (result i32)))
    (memory (export "memory") 1 2)
    (func (export "count") (param i32) (result i32) (local i32)
      (local.set 1 (call $new (call $tick (local.get 0))))
      (i32.store (i32.const 8) (call $rep (local.get 1))) (call $drop (local.get 1)) (i32.load (i32.const 8))))`);
  const core = encoder.coreInstance(encoder.coreModule(main), {
    "": encoder.coreBag({
      new: ["func", encoder.resourceBuiltin("new", resource)],
      drop: ["func", encoder.resourceBuiltin("drop", resource)],
      rep: ["func", encoder.resourceBuiltin("rep", resource)],
      tick: ["func", encoder.lower(tick, {})],
    }),
  });
  encoder.export("count", ["func", encoder.lift(encoder.coreAlias("func", core, "count"), type)]);
  return encoder.finish();
}
