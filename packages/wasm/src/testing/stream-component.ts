// A component of streams and futures for tests: what it takes from the host and gives to it.
import { ComponentEncoder, funcBytes } from "../encode/component-encoder.ts";

const [U8, U32, STRING] = [[0x7d], [0x79], [0x73]];

/** Reads `$n` elements at once of the stream in `$end` until it is over, and gives `$measure` what came. */
const READER = (name: string, read: string, drop: string, begin: string, measure: string): string => `
  (func (export "${name}") ${begin}
    (global.set $total (i32.const 0)) (global.set $set (call $set-new))
    (call $join (global.get $end) (global.get $set)) (call $${name}-on (i32.const -1)))
  (func $${name}-on (param $got i32) (result i32) (local $at i32)
    (loop $again
      (if (i32.ne (local.get $got) (i32.const -1)) (then
        (local.set $at (i32.const 0))
        (block $out (loop $each
          (br_if $out (i32.ge_u (local.get $at) (i32.shr_u (local.get $got) (i32.const 4))))
          (global.set $total (i32.add (global.get $total) ${measure}))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $each)))
        (if (i32.and (local.get $got) (i32.const 1)) (then
          (call $join (global.get $end) (i32.const 0)) (call ${drop} (global.get $end))
          (call $return (global.get $total)) (return (i32.const 0))))))
      (local.set $got (call ${read} (global.get $end) (i32.const 16) (i32.const 3)))
      (br_if $again (i32.ne (local.get $got) (i32.const -1))))
    (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
  (func (export "${name}-back") (param i32 i32 i32) (result i32) (call $${name}-on (local.get 2)))`;

const CORE = `(module
  (import "" "memory" (memory 1))
  (import "" "return" (func $return (param i32))) (import "" "give-bytes" (func $give-bytes (param i32)))
  (import "" "give-numbers" (func $give-numbers (param i32))) (import "" "give-future" (func $give-future (param i32)))
  (import "" "set-new" (func $set-new (result i32))) (import "" "join" (func $join (param i32 i32)))
  (import "" "fetch" (func $fetch (param i32) (result i32)))
  (import "" "read-bytes" (func $read-bytes (param i32 i32 i32) (result i32)))
  (import "" "drop-bytes" (func $drop-bytes (param i32)))
  (import "" "read-texts" (func $read-texts (param i32 i32 i32) (result i32)))
  (import "" "drop-texts" (func $drop-texts (param i32)))
  (import "" "new-numbers" (func $new-numbers (result i64)))
  (import "" "write-numbers" (func $write-numbers (param i32 i32 i32) (result i32)))
  (import "" "end-numbers" (func $end-numbers (param i32)))
  (import "" "new-future" (func $new-future (result i64)))
  (import "" "read-future" (func $read-future (param i32 i32) (result i32)))
  (import "" "write-future" (func $write-future (param i32 i32) (result i32)))
  (import "" "drop-future" (func $drop-future (param i32))) (import "" "end-future" (func $end-future (param i32)))
  (global $end (mut i32) (i32.const 0)) (global $set (mut i32) (i32.const 0)) (global $total (mut i32) (i32.const 0))
  (global $next (mut i32) (i32.const 0)) (global $most (mut i32) (i32.const 0))
  ${READER("sum", "$read-bytes", "$drop-bytes", "(param $s i32) (result i32) (global.set $end (local.get $s))", "(i32.load8_u offset=16 (local.get $at))")}
  ${READER("sum-fetched", "$read-bytes", "$drop-bytes", "(param $n i32) (result i32) (global.set $end (call $fetch (local.get $n)))", "(i32.load8_u offset=16 (local.get $at))")}
  ${READER("lengths", "$read-texts", "$drop-texts", "(param $s i32) (result i32) (global.set $end (local.get $s))", "(i32.load offset=20 (i32.mul (local.get $at) (i32.const 8)))")}
  (func (export "pass") (param $s i32) (result i32) (call $give-bytes (local.get $s)) (i32.const 0))
  (func (export "pass-back") (param i32 i32 i32) (result i32) unreachable)
  (func (export "count") (param $most i32) (result i32) (local $ends i64)
    (global.set $next (i32.const 0)) (global.set $most (local.get $most)) (global.set $set (call $set-new))
    (local.set $ends (call $new-numbers))
    (global.set $end (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
    (call $join (global.get $end) (global.get $set))
    (call $give-numbers (i32.wrap_i64 (local.get $ends))) (call $count-on (i32.const 0)))
  (func $count-on (param $got i32) (result i32)
    (loop $again
      (if (i32.or (i32.and (local.get $got) (i32.const 1)) (i32.ge_u (global.get $next) (global.get $most))) (then
        (call $join (global.get $end) (i32.const 0)) (call $end-numbers (global.get $end)) (return (i32.const 0))))
      (i32.store (i32.const 64) (global.get $next))
      (global.set $next (i32.add (global.get $next) (i32.const 1)))
      (local.set $got (call $write-numbers (global.get $end) (i32.const 64) (i32.const 1)))
      (br_if $again (i32.ne (local.get $got) (i32.const -1))))
    (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
  (func (export "count-back") (param i32 i32 i32) (result i32) (call $count-on (local.get 2)))
  (func (export "later") (param $f i32) (result i32)
    (global.set $end (local.get $f)) (global.set $set (call $set-new))
    (call $join (global.get $end) (global.get $set))
    (if (i32.eq (call $read-future (local.get $f) (i32.const 80)) (i32.const -1))
      (then (return (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))))
    (call $later-on))
  (func $later-on (result i32)
    (call $join (global.get $end) (i32.const 0)) (call $drop-future (global.get $end))
    (call $return (i32.add (i32.load (i32.const 80)) (i32.const 1))) (i32.const 0))
  (func (export "later-back") (param i32 i32 i32) (result i32) (call $later-on))
  (func (export "promise") (result i32) (local $ends i64)
    (global.set $set (call $set-new)) (local.set $ends (call $new-future))
    (global.set $end (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
    (call $join (global.get $end) (global.get $set))
    (call $give-future (i32.wrap_i64 (local.get $ends))) (i32.store (i32.const 96) (i32.const 7))
    (drop (call $write-future (global.get $end) (i32.const 96)))
    (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
  (func (export "promise-back") (param i32 i32 i32) (result i32)
    (call $join (global.get $end) (i32.const 0)) (call $end-future (global.get $end)) (i32.const 0)))`;

const LIBC = `(module (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $top) (global.set $top (i32.add (global.get $top) (local.get 3)))))`;

/** The world that `streamComponent` has. */
export const STREAM_WIT = `package test:streams;
world w {
  import fetch: func(n: u32) -> stream<u8>;
  export sum: async func(s: stream<u8>) -> u32;
  export sum-fetched: async func(n: u32) -> u32;
  export lengths: async func(s: stream<string>) -> u32;
  export pass: async func(s: stream<u8>) -> stream<u8>;
  export count: async func(most: u32) -> stream<u32>;
  export later: async func(f: future<u32>) -> u32;
  export promise: async func() -> future<u32>;
}`;

/**
 * A component that reads, writes and passes on streams and futures, with callbacks, so that every engine runs it. One call
 * of an instance at a time. `assemble` makes binaries of WebAssembly text.
 */
export function streamComponent(assemble: (text: string) => Uint8Array): Uint8Array {
  const encoder = new ComponentEncoder();
  const bytes = encoder.type([0x66, 0x01, ...U8]);
  const numbers = encoder.type([0x66, 0x01, ...U32]);
  const texts = encoder.type([0x66, 0x01, ...STRING]);
  const future = encoder.type([0x65, 0x01, ...U32]);
  const fetch = encoder.import("func", "fetch", [0x01, encoder.type(funcBytes([["n", U32]], [bytes]))]);
  const libc = encoder.coreInstance(encoder.coreModule(assemble(LIBC)));
  const memory = encoder.coreAlias("memory", libc, "memory");
  const realloc = encoder.coreAlias("func", libc, "realloc");
  const moves = [2, 0x03, memory, 0x06];
  const builtin = (...code: number[]): readonly ["func", number] => ["func", encoder.builtin(code)];
  const bag = encoder.coreBag({
    memory: ["memory", memory],
    fetch: ["func", encoder.lower(fetch)],
    return: builtin(0x09, 0x00, ...U32, 0),
    "give-bytes": builtin(0x09, 0x00, bytes, 0),
    "give-numbers": builtin(0x09, 0x00, numbers, 0),
    "give-future": builtin(0x09, 0x00, future, 0),
    "set-new": builtin(0x1f),
    join: builtin(0x23),
    "read-bytes": builtin(0x0f, bytes, ...moves),
    "drop-bytes": builtin(0x13, bytes),
    "read-texts": builtin(0x0f, texts, 3, 0x03, memory, 0x04, realloc, 0x06),
    "drop-texts": builtin(0x13, texts),
    "new-numbers": builtin(0x0e, numbers),
    "write-numbers": builtin(0x10, numbers, ...moves),
    "end-numbers": builtin(0x14, numbers),
    "new-future": builtin(0x15, future),
    "read-future": builtin(0x16, future, ...moves),
    "write-future": builtin(0x17, future, ...moves),
    "drop-future": builtin(0x1a, future),
    "end-future": builtin(0x1b, future),
  });
  const core = encoder.coreInstance(encoder.coreModule(assemble(CORE)), { "": bag });
  const exports = {
    sum: funcBytes([["s", [bytes]]], U32, true),
    "sum-fetched": funcBytes([["n", U32]], U32, true),
    lengths: funcBytes([["s", [texts]]], U32, true),
    pass: funcBytes([["s", [bytes]]], [bytes], true),
    count: funcBytes([["most", U32]], [numbers], true),
    later: funcBytes([["f", [future]]], U32, true),
    promise: funcBytes([], [future], true),
  };
  for (const [name, type] of Object.entries(exports)) {
    const callback = encoder.coreAlias("func", core, `${name}-back`);
    const lifted = encoder.lift(encoder.coreAlias("func", core, name), encoder.type(type), { isAsync: true, callback });
    encoder.export(name, ["func", lifted]);
  }
  return encoder.finish();
}
