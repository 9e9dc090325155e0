;; Numbers to text, and lines to the host.
(module
  (import "host" "print" (func $print (param $at i32) (param $length i32)))
  (import "memory" "bytes" (memory 1))

  ;; Where the line is put together, and how long it is so far.
  (global $line i32 (i32.const 3072))
  (global $length (mut i32) (i32.const 0))

  (func $byte (export "byte") (param $value i32)
    (i32.store8 (i32.add (global.get $line) (global.get $length)) (local.get $value))
    (global.set $length (i32.add (global.get $length) (i32.const 1))))

  ;; Adds the bytes at `at` to the line.
  (func (export "bytes") (param $at i32) (param $count i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $count)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (call $byte (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next))))

  (func $digit (param $value i32)
    (call $byte
      (i32.add
        (local.get $value)
        (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $value) (i32.const 10))))))

  ;; Eight hexadecimal digits.
  (func (export "hex") (param $value i32)
    (local $shift i32)
    (local.set $shift (i32.const 28))
    (loop $next
      (call $digit (i32.and (i32.shr_u (local.get $value) (local.get $shift)) (i32.const 15)))
      (local.set $shift (i32.sub (local.get $shift) (i32.const 4)))
      (br_if $next (i32.ge_s (local.get $shift) (i32.const 0)))))

  (func $decimal (export "decimal") (param $value i32)
    (if (i32.ge_u (local.get $value) (i32.const 10))
      (then (call $decimal (i32.div_u (local.get $value) (i32.const 10)))))
    (call $digit (i32.rem_u (local.get $value) (i32.const 10))))

  ;; Hands the line to the host and starts the next one.
  (func (export "end-line")
    (call $print (global.get $line) (global.get $length))
    (global.set $length (i32.const 0))))
