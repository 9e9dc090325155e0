;; CRC-32 as in zip and PNG: polynomial 0xEDB88320, reflected, bit by bit.
(module
  (import "memory" "bytes" (memory 1))

  (func $step (param $crc i32) (result i32)
    (i32.xor
      (i32.shr_u (local.get $crc) (i32.const 1))
      (i32.and
        (i32.const 0xEDB88320)
        (i32.sub (i32.const 0) (i32.and (local.get $crc) (i32.const 1))))))

  (func (export "checksum") (param $at i32) (param $length i32) (result i32)
    (local $crc i32)
    (local $end i32)
    (local $bit i32)
    (local.set $crc (i32.const -1))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next-byte
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $crc (i32.xor (local.get $crc) (i32.load8_u (local.get $at))))
        (local.set $bit (i32.const 8))
        (loop $next-bit
          (local.set $crc (call $step (local.get $crc)))
          (local.set $bit (i32.sub (local.get $bit) (i32.const 1)))
          (br_if $next-bit (local.get $bit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next-byte)))
    (i32.xor (local.get $crc) (i32.const -1))))
