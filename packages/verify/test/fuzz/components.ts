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

/**
 * Exports `act: func(kind: u32) -> u32`, which does to its resource table what no guest may (5 uses handle 1, whatever it
 * is; 6 makes one), and `hoard: func(count: u32) -> u32`, which makes so many.
 */
export function handleComponent(): Uint8Array {
  const encoder = new ComponentEncoder();
  const type = encoder.type(funcBytes([["n", U32]], U32));
  const resource = encoder.resource();
  const main = assemble(`(module (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32))) (import "" "rep" (func $rep (param i32) (result i32)))
    (func (export "act") (param i32) (result i32) (local i32)
      (if (i32.eq (local.get 0) (i32.const 0)) (then (call $drop (i32.const 0))))
      (if (i32.eq (local.get 0) (i32.const 1)) (then (call $drop (i32.const 12345))))
      (if (i32.eq (local.get 0) (i32.const 2)) (then (call $drop (i32.const -1))))
      (if (i32.eq (local.get 0) (i32.const 5)) (then (return (call $rep (i32.const 1)))))
      (local.set 1 (call $new (i32.const 7)))
      (if (i32.eq (local.get 0) (i32.const 3)) (then (call $drop (local.get 1)) (call $drop (local.get 1))))
      (if (i32.eq (local.get 0) (i32.const 4)) (then (call $drop (local.get 1)) (drop (call $rep (local.get 1)))))
      (local.get 1))
    (func (export "hoard") (param i32) (result i32)
      (loop (drop (call $new (local.get 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 0)))`);
  const core = encoder.coreInstance(encoder.coreModule(main), {
    "": encoder.coreBag({
      new: ["func", encoder.resourceBuiltin("new", resource)],
      drop: ["func", encoder.resourceBuiltin("drop", resource)],
      rep: ["func", encoder.resourceBuiltin("rep", resource)],
    }),
  });
  for (const name of ["act", "hoard"])
    encoder.export(name, ["func", encoder.lift(encoder.coreAlias("func", core, name), type)]);
  return encoder.finish();
}
