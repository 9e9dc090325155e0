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

/** Exports `run: async func() -> u32`, lifted with a callback; imports `slow: async func() -> u32` and waits for it. */
export function asyncComponent(): Uint8Array {
  const encoder = new ComponentEncoder();
  const type = funcBytes([], U32, true);
  const slow = encoder.import("func", "slow", [0x01, ...uleb(encoder.type(type))]);
  const libc = encoder.coreInstance(encoder.coreModule(assemble(`(module (memory (export "memory") 1 2))`)));
  const memory = encoder.coreAlias("memory", libc, "memory");
  const main =
    assemble(`(module (import "" "memory" (memory 1)) (import "" "slow" (func $slow (param i32) (result i32)))
    (import "" "return" (func $return (param i32))) (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (func (export "run") (result i32) (local $state i32) (local $set i32)
      (local.set $state (call $slow (i32.const 16)))
      (if (i32.eq (local.get $state) (i32.const 2))
        (then (call $return (i32.add (i32.load (i32.const 16)) (i32.const 1))) (return (i32.const 0))))
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (local.get $state) (i32.const 4)) (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32)
      (call $return (i32.add (i32.load (i32.const 16)) (i32.const 1))) (i32.const 0)))`);
  const bag = encoder.coreBag({
    memory: ["memory", memory],
    slow: ["func", encoder.lower(slow, { isAsync: true, memory })],
    return: ["func", encoder.builtin([0x09, 0x00, ...U32, 0])],
    "set-new": ["func", encoder.builtin([0x1f])],
    join: ["func", encoder.builtin([0x23])],
  });
  const core = encoder.coreInstance(encoder.coreModule(main), { "": bag });
  const callback = encoder.coreAlias("func", core, "callback");
  const run = encoder.coreAlias("func", core, "run");
  encoder.export("run", ["func", encoder.lift(run, encoder.type(type), { isAsync: true, callback })]);
  return encoder.finish();
}
