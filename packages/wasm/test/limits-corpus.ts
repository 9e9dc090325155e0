// Small programs that use every feature the rewriter reads -> modules, with the calls that exercise them.
import wabtModule from "wabt";

const FEATURES = {
  exceptions: true,
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  threads: true,
  multi_value: true,
  tail_call: true,
  bulk_memory: true,
  reference_types: true,
  extended_const: true,
};
const wabt = await wabtModule();

/** Assembles WebAssembly text. */
export function assemble(text: string): Uint8Array {
  const module = wabt.parseWat("test.wat", text, FEATURES);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly calls: readonly (readonly [func: string, args: readonly unknown[]])[];
}

/** What the samples import. */
export const IMPORTS = { e: { g: 7, f: (value: bigint): bigint => value * 2n } };

const KERNELS = `(module (memory (export "memory") 2)
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "xorshift") (param i32) (result i32) (local i32)
    (local.set 1 (i32.const 0x92d68ca2))
    (loop
      (local.set 1 (i32.xor (local.get 1) (i32.shl (local.get 1) (i32.const 13))))
      (local.set 1 (i32.xor (local.get 1) (i32.shr_u (local.get 1) (i32.const 17))))
      (local.set 1 (i32.xor (local.get 1) (i32.shl (local.get 1) (i32.const 5))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`;

const TABLES = `(module (type $t (func (param i32) (result i32)))
  (table $a 10 funcref) (table $b 5 20 externref)
  (elem (table $a) (i32.const 0) func $f $g) (elem $p func $f) (elem $d declare func $g)
  (func $f (type $t) (i32.add (local.get 0) (i32.const 1)))
  (func $g (type $t) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "indirect") (param i32 i32) (result i32) (call_indirect $a (type $t) (local.get 0) (local.get 1)))
  (func (export "tables") (param externref) (result i32)
    (table.fill $b (i32.const 0) (local.get 0) (i32.const 5))
    (table.copy $b $b (i32.const 1) (i32.const 0) (i32.const 2))
    (table.init $a $p (i32.const 3) (i32.const 0) (i32.const 1)) (elem.drop $p)
    (drop (table.grow $b (ref.null extern) (i32.const 3)))
    (ref.is_null (table.get $b (i32.const 6))))
  (func (export "switch") (param i32) (result i32)
    (block (block (block (br_table 0 1 2 (local.get 0))) (return (i32.const 10))) (return (i32.const 20))) (i32.const 30))
  (start $s) (func $s (drop (call $f (i32.const 1)))))`;

const MIXED = `(module (import "e" "g" (global $ig i32)) (import "e" "f" (func $if (param i64) (result i64)))
  (global $a (mut i64) (i64.const 5)) (global $b f64 (f64.const 1.5))
  (memory 1 3) (data (i32.const 8) "hello") (data $p "passive")
  (func (export "many") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "bulk") (result i32)
    (memory.init $p (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $p)
    (memory.copy (i32.const 100) (i32.const 0) (i32.const 50)) (memory.grow (i32.const 1)))
  (func (export "host") (param i64) (result i64)
    (global.set $a (i64.add (global.get $a) (call $if (local.get 0)))) (global.get $a))
  (func $tail (export "tail") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 7)))) (return_call $tail (i32.sub (local.get 0) (i32.const 1))))
  (func (export "simd") (param i32) (result i32)
    (v128.store (i32.const 16) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
      (i32x4.splat (local.get 0)) (v128.const i32x4 1 2 3 4)))
    (i32x4.extract_lane 2 (i32x4.mul (v128.load (i32.const 16))
      (v128.load32_lane 1 (i32.const 8) (v128.const i32x4 0 0 1 0)))))
  (func (export "saturate") (param f64) (result i32) (i32.trunc_sat_f64_s (local.get 0)))
  (func (export "select") (param i32) (result i32) (select (result i32) (i32.const 1) (i32.const 2) (local.get 0)))
  (export "b" (global $b)))`;

const LEGACY_EXCEPTIONS = `(module (tag $e (param i32))
  (func (export "catch") (param i32) (result i32)
    (try (result i32) (do (if (local.get 0) (then (throw $e (i32.const 42)))) (i32.const 1))
      (catch $e) (catch_all (i32.const 3))))
  (func (export "delegate") (result i32)
    (try (result i32) (do (try (result i32) (do (throw $e (i32.const 5))) (delegate 0))) (catch $e))))`;

const THREADS = `(module (memory 1 4 shared)
  (func (export "atomic") (param i32) (result i32)
    (drop (i32.atomic.rmw.add (i32.const 0) (local.get 0))) (atomic.fence) (i32.atomic.load (i32.const 0)))
  (func (export "notify") (result i32) (memory.atomic.notify (i32.const 0) (i32.const 1))))`;

/** Written in text here. */
const OWN: readonly Sample[] = [
  {
    name: "kernels",
    bytes: assemble(KERNELS),
    calls: [
      ["fib", [12]],
      ["xorshift", [1000]],
    ],
  },
  {
    name: "tables",
    bytes: assemble(TABLES),
    calls: [
      ["indirect", [4, 1]],
      ["tables", ["x"]],
      ["switch", [0]],
      ["switch", [1]],
      ["switch", [9]],
    ],
  },
  {
    name: "mixed",
    bytes: assemble(MIXED),
    calls: [
      ["many", [1, 2n]],
      ["bulk", []],
      ["host", [3n]],
      ["tail", [50]],
      ["simd", [5]],
      ["saturate", [1e20]],
      ["select", [0]],
    ],
  },
  {
    name: "legacy-exceptions",
    bytes: assemble(LEGACY_EXCEPTIONS),
    calls: [
      ["catch", [0]],
      ["catch", [1]],
      ["delegate", []],
    ],
  },
  {
    name: "threads",
    bytes: assemble(THREADS),
    calls: [
      ["atomic", [3]],
      ["notify", []],
    ],
  },
];

/** Assembled elsewhere, because wabt does not know these proposals; not every engine does either. */
const NEWER: readonly Sample[] = [
  {
    name: "gc",
    bytes: Buffer.from(
      "AGFzbQEAAAABJAVOAVAAXwJ/AWMAAF54AVABAF8DfwFjAAB8AGABfwF/YAABfwMDAgMEBwkCAXgAAAF5AAEKfQJLAQFjACAA0AD7" +
        "AAAhASABQQn7BQAAQQEgAPsGAfsPGkEBQQJBA/sIAQMaIAH7FAIaAmMAIAH7GAMAAAILGiAA+xz7HRogAfsCAAALLwEBZAFB6Af7" +
        "BwEhACAAQQBBBUHoB/sQASAAQQAgAEEKQeQA+xEBASAAQQP7DQELADQEbmFtZQILAgABAQFsAQEAAXgDBgEAAQABYgQKAwABbgEB" +
        "YQIBbQoMAQICAAF2AQRuZXh0",
      "base64",
    ),
    calls: [
      ["x", [5]],
      ["y", []],
    ],
  },
  {
    name: "function-references",
    bytes: Buffer.from(
      "AGFzbQEAAAABEANgAX8Bf2AAAX9gAWMAAX8DBQQAAQECBAoBQABkAAAD0gALBw0DAWMAAQFyAAIBbgADCQUBAwABAAorBAcAIABB" +
        "AWoLCABBBNIAFAALCABBBNIAFQALDwACQCAA1QAaQQEPC0EACwAZBG5hbWUBBAEAAWYDBgEDAQABYgQEAQABdA==",
      "base64",
    ),
    calls: [
      ["c", []],
      ["r", []],
      ["n", [null]],
    ],
  },
  {
    name: "exceptions",
    bytes: Buffer.from(
      "AGFzbQEAAAABEwRgAX8AYAF/AX9gAAF/YAACf2kDBAMAAQINAwEAAAcJAgF0AAEBcgACCi4DBgAgAAgACxIAAn8fQAEAAAAgABAA" +
        "C0EHCwsSAAIDHwMBAQAAQQMQAAALCxoLACAEbmFtZQEGAQADdGhyAwsCAQEAAWgCAQABaAsEAQABZQ==",
      "base64",
    ),
    calls: [
      ["t", [5]],
      ["r", []],
    ],
  },
  {
    name: "memory64",
    bytes: Buffer.from(
      "AGFzbQEAAAABBgFgAX4BfgMCAQAEBAFwBAQFBAEFAQoHBQEBZgAACioBKABCAEEHIAD8CwBCBUIAQuQA/AoAAEIBQAAa0HBCAvwP" +
        "ABpCECkDCAsACwRuYW1lBQQBAAF0",
      "base64",
    ),
    calls: [["f", [1000n]]],
  },
  {
    name: "multi-memory",
    bytes: Buffer.from(
      "AGFzbQEAAAABBgFgAX8BfwMCAQAFBQIAAQACBwUBAWYAAAodARsAQQBBCCAA/AoBAEEAQc0ANkIBBEEELUABAAsADgRuYW1lBgcC" +
        "AAFhAQFi",
      "base64",
    ),
    calls: [["f", [10]]],
  },
  {
    name: "relaxed-simd",
    bytes: Buffer.from("AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFmAAAKHAEaAP0MAACAPwAAAEAAAEBAAACAQP2BAv0bAAs=", "base64"),
    calls: [["f", []]],
  },
];

export const SAMPLES: readonly Sample[] = [...OWN, ...NEWER];
