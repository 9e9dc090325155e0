// Five small programs that do nothing but compute: what counting a guest's work costs, at its worst and at its best.
import { assemble } from "./wasm-guests.mjs";

/** Runs `body` until the local `$at`, from 0, reaches `count`. */
const times = (count, body) => `
  (local.set $at (i32.const 0))
  (loop $again ${body}
    (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) ${count})))`;

export const SOURCE = `(module
  (memory 4)
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "sieve") (param $n i32) (result i32) (local $at i32) (local $i i32) (local $primes i32)
    (memory.fill (i32.const 0) (i32.const 0) (local.get $n))
    (local.set $at (i32.const 2))
    (loop $next
      (if (i32.eqz (i32.load8_u (local.get $at))) (then
        (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
        (local.set $i (i32.mul (local.get $at) (local.get $at)))
        (block $done (loop $strike
          (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
          (i32.store8 (local.get $i) (i32.const 1))
          (local.set $i (i32.add (local.get $i) (local.get $at)))
          (br $strike)))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $n))))
    (local.get $primes))
  (func (export "matmul") (param $n i32) (result f64)
    (local $i i32) (local $j i32) (local $k i32) (local $sum f64) (local $all f64)
    (loop $rows
      (local.set $j (i32.const 0))
      (loop $columns
        (local.set $k (i32.const 0)) (local.set $sum (f64.const 0))
        (loop $cells
          (local.set $sum (f64.add (local.get $sum) (f64.mul
            (f64.convert_i32_s (i32.add (local.get $i) (local.get $k)))
            (f64.load (i32.shl (i32.add (i32.mul (local.get $k) (local.get $n)) (local.get $j)) (i32.const 3))))))
          (br_if $cells (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (local.get $n))))
        (local.set $all (f64.add (local.get $all) (local.get $sum)))
        (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $n))))
      (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $all))
  (func (export "xorshift") (param $n i32) (result i32) (local $at i32) (local $x i32)
    (local.set $x (i32.const 2463534242))
    ${times(
      "(local.get $n)",
      `(local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
       (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
       (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))`,
    )}
    (local.get $x))
  (func (export "fnv") (param $n i32) (result i32) (local $at i32) (local $hash i32)
    (local.set $hash (i32.const 0x811c9dc5))
    ${times(
      "(local.get $n)",
      `(local.set $hash (i32.mul (i32.xor (local.get $hash) (i32.load8_u (local.get $at))) (i32.const 0x01000193)))`,
    )}
    (local.get $hash)))`;

/** Each takes about a tenth of a millisecond, so that calling it is no part of the result. */
export const KERNELS = { fib: 18, sieve: 60_000, matmul: 48, xorshift: 60_000, fnv: 100_000 };

export const kernels = () => assemble(SOURCE);
