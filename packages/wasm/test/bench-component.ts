// contracts/bench as a component: a core module written by hand, wrapped by the test encoder.
import { readFileSync } from "node:fs";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { componentOf } from "@tenon/wasm/testing";
import { LIBC, wat } from "./wat.ts";

const WIT = new URL("../../../contracts/bench/bench.wit", import.meta.url);

export function benchContract(): Contract {
  const { resolve } = resolveWit(readFileSync(WIT, "utf8"));
  return contractFromResolve(
    resolve,
    resolve.worlds.findIndex((world) => world.name === "plugin"),
  );
}

const W = "tenon:bench/work@0.1.0";

/** Results live behind one return area; strings and lists of arguments are returned where they came in. */
export const BENCH_CORE: Uint8Array = wat(`(module
  (import "env" "memory" (memory 2))
  (import "tenon:bench/host@0.1.0" "tick" (func $tick (param i32) (result i32)))
  (func (export "${W}#add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $pair (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0))
    (i32.store (i32.const 20) (local.get 1))
    (i32.const 16))
  (export "${W}#echo" (func $pair))
  (export "${W}#bytes" (func $pair))
  (func (export "${W}#build") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 32) (i32.const 65536))
    (i32.store (i32.const 36) (i32.const 4096))
    (i32.store (i32.const 40) (i32.const 512))
    (i32.store (i32.const 44) (i32.const 256))
    (i32.const 32))
  (data (i32.const 512) "${"log line ".repeat(29).slice(0, 256)}")
  (func (export "${W}#callbacks") (param $count i32) (result i32)
    (local $n i32) (local $at i32)
    (block $done (loop $again
      (br_if $done (i32.ge_u (local.get $at) (local.get $count)))
      (local.set $n (call $tick (local.get $n)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $again)))
    (local.get $n)))`);

export function benchComponent(): Uint8Array {
  return componentOf(benchContract(), { memory: LIBC, main: BENCH_CORE });
}
