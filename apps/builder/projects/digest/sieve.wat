;; Primes below 50,000: one byte for each number, 1 where it has a divisor.
(module
  (import "memory" "bytes" (memory 1))
  (import "memory" "fill" (func $fill (param i32 i32 i32)))
  (global $base i32 (i32.const 8192))
  (global $size i32 (i32.const 50000))

  (func $cross-out (param $prime i32)
    (local $multiple i32)
    (local.set $multiple (i32.mul (local.get $prime) (local.get $prime)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $multiple) (global.get $size)))
        (i32.store8 (i32.add (global.get $base) (local.get $multiple)) (i32.const 1))
        (local.set $multiple (i32.add (local.get $multiple) (local.get $prime)))
        (br $next))))

  (func $is-prime (param $number i32) (result i32)
    (i32.eqz (i32.load8_u (i32.add (global.get $base) (local.get $number)))))

  (func (export "run")
    (local $number i32)
    (call $fill (global.get $base) (i32.const 0) (global.get $size))
    (i32.store16 (global.get $base) (i32.const 0x0101))
    (local.set $number (i32.const 2))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (i32.mul (local.get $number) (local.get $number)) (global.get $size)))
        (if (call $is-prime (local.get $number)) (then (call $cross-out (local.get $number))))
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (br $next))))

  ;; How many primes there are, and the largest of them.
  (func (export "count") (result i32 i32)
    (local $number i32)
    (local $count i32)
    (local $largest i32)
    (loop $next
      (if (call $is-prime (local.get $number))
        (then
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (local.set $largest (local.get $number))))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (global.get $size))))
    (local.get $count)
    (local.get $largest)))
