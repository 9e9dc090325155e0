;; The one memory of all modules, and the byte routines that everybody needs.
;;
;;   0 ..  4095  input and output of the digests
;; 4096 ..  8191  tables of the digests
;; 8192 .. 65535  the sieve
(module
  (memory (export "bytes") 1)

  ;; Copies `length` bytes; the ranges may not overlap.
  (func (export "copy") (param $to i32) (param $from i32) (param $length i32)
    (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $length)))
        (i32.store8
          (i32.add (local.get $to) (local.get $i))
          (i32.load8_u (i32.add (local.get $from) (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))

  (func (export "fill") (param $at i32) (param $value i32) (param $length i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (i32.store8 (local.get $at) (local.get $value))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))))
