;; SHA-256 (FIPS 180-4) of a message of any length at `at`; the digest's eight words are left at 4096 + 256.
;;
;; 4096 .. 4351  the round constants
;; 4352 .. 4383  the state, which is the digest in the end
;; 4384 .. 4639  the message schedule of one block
;; 4640 .. 4767  the last one or two blocks, with their padding
(module
  (import "memory" "bytes" (memory 1))
  (import "memory" "copy" (func $copy (param i32 i32 i32)))
  (import "memory" "fill" (func $fill (param i32 i32 i32)))

  ;; The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  (data (i32.const 4096)
    "\98\2f\8a\42\91\44\37\71\cf\fb\c0\b5\a5\db\b5\e9"
    "\5b\c2\56\39\f1\11\f1\59\a4\82\3f\92\d5\5e\1c\ab"
    "\98\aa\07\d8\01\5b\83\12\be\85\31\24\c3\7d\0c\55"
    "\74\5d\be\72\fe\b1\de\80\a7\06\dc\9b\74\f1\9b\c1"
    "\c1\69\9b\e4\86\47\be\ef\c6\9d\c1\0f\cc\a1\0c\24"
    "\6f\2c\e9\2d\aa\84\74\4a\dc\a9\b0\5c\da\88\f9\76"
    "\52\51\3e\98\6d\c6\31\a8\c8\27\03\b0\c7\7f\59\bf"
    "\f3\0b\e0\c6\47\91\a7\d5\51\63\ca\06\67\29\29\14"
    "\85\0a\b7\27\38\21\1b\2e\fc\6d\2c\4d\13\0d\38\53"
    "\54\73\0a\65\bb\0a\6a\76\2e\c9\c2\81\85\2c\72\92"
    "\a1\e8\bf\a2\4b\66\1a\a8\70\8b\4b\c2\a3\51\6c\c7"
    "\19\e8\92\d1\24\06\99\d6\85\35\0e\f4\70\a0\6a\10"
    "\16\c1\a4\19\08\6c\37\1e\4c\77\48\27\b5\bc\b0\34"
    "\b3\0c\1c\39\4a\aa\d8\4e\4f\ca\9c\5b\f3\6f\2e\68"
    "\ee\82\8f\74\6f\63\a5\78\14\78\c8\84\08\02\c7\8c"
    "\fa\ff\be\90\eb\6c\50\a4\f7\a3\f9\be\f2\78\71\c6")
  ;; The same of the square roots of the first 8: the state to begin with.
  (data $start (i32.const 4992)
    "\67\e6\09\6a\85\ae\67\bb\72\f3\6e\3c\3a\f5\4f\a5"
    "\7f\52\0e\51\8c\68\05\9b\ab\d9\83\1f\19\cd\e0\5b")

  (func $word (param $at i32) (result i32)
    ;; Messages are big-endian.
    (i32.or
      (i32.or
        (i32.shl (i32.load8_u (local.get $at)) (i32.const 24))
        (i32.shl (i32.load8_u offset=1 (local.get $at)) (i32.const 16)))
      (i32.or
        (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 8))
        (i32.load8_u offset=3 (local.get $at)))))

  (func $sigma (param $x i32) (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.xor
      (i32.xor (i32.rotr (local.get $x) (local.get $a)) (i32.rotr (local.get $x) (local.get $b)))
      (i32.rotr (local.get $x) (local.get $c))))

  ;; Like sigma, but the last one is a shift.
  (func $gamma (param $x i32) (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.xor
      (i32.xor (i32.rotr (local.get $x) (local.get $a)) (i32.rotr (local.get $x) (local.get $b)))
      (i32.shr_u (local.get $x) (local.get $c))))

  (func $schedule (param $block i32)
    (local $i i32)
    (local $at i32)
    (loop $next
      (local.set $at (i32.add (i32.const 4384) (i32.shl (local.get $i) (i32.const 2))))
      (if (i32.lt_u (local.get $i) (i32.const 16))
        (then
          (i32.store (local.get $at)
            (call $word (i32.add (local.get $block) (i32.shl (local.get $i) (i32.const 2))))))
        (else
          (i32.store (local.get $at)
            (i32.add
              (i32.add
                (i32.load (i32.sub (local.get $at) (i32.const 64)))
                (i32.load (i32.sub (local.get $at) (i32.const 28))))
              (i32.add
                (call $gamma (i32.load (i32.sub (local.get $at) (i32.const 60))) (i32.const 7) (i32.const 18) (i32.const 3))
                (call $gamma (i32.load (i32.sub (local.get $at) (i32.const 8))) (i32.const 17) (i32.const 19) (i32.const 10)))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 64)))))

  (func $block (param $block i32)
    (local $i i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local $e i32) (local $f i32) (local $g i32) (local $h i32)
    (local $one i32)
    (local $two i32)
    (call $schedule (local.get $block))
    (local.set $a (i32.load (i32.const 4352)))
    (local.set $b (i32.load (i32.const 4356)))
    (local.set $c (i32.load (i32.const 4360)))
    (local.set $d (i32.load (i32.const 4364)))
    (local.set $e (i32.load (i32.const 4368)))
    (local.set $f (i32.load (i32.const 4372)))
    (local.set $g (i32.load (i32.const 4376)))
    (local.set $h (i32.load (i32.const 4380)))
    (loop $next
      ;; h + S1(e) + choose(e, f, g) + K[i] + W[i]
      (local.set $one
        (i32.add
          (i32.add
            (i32.add (local.get $h) (call $sigma (local.get $e) (i32.const 6) (i32.const 11) (i32.const 25)))
            (i32.xor
              (i32.and (local.get $e) (local.get $f))
              (i32.and (i32.xor (local.get $e) (i32.const -1)) (local.get $g))))
          (i32.add
            (i32.load offset=4096 (i32.shl (local.get $i) (i32.const 2)))
            (i32.load offset=4384 (i32.shl (local.get $i) (i32.const 2))))))
      ;; S0(a) + majority(a, b, c)
      (local.set $two
        (i32.add
          (call $sigma (local.get $a) (i32.const 2) (i32.const 13) (i32.const 22))
          (i32.xor
            (i32.xor (i32.and (local.get $a) (local.get $b)) (i32.and (local.get $a) (local.get $c)))
            (i32.and (local.get $b) (local.get $c)))))
      (local.set $h (local.get $g))
      (local.set $g (local.get $f))
      (local.set $f (local.get $e))
      (local.set $e (i32.add (local.get $d) (local.get $one)))
      (local.set $d (local.get $c))
      (local.set $c (local.get $b))
      (local.set $b (local.get $a))
      (local.set $a (i32.add (local.get $one) (local.get $two)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 64))))
    (call $add (i32.const 4352) (local.get $a))
    (call $add (i32.const 4356) (local.get $b))
    (call $add (i32.const 4360) (local.get $c))
    (call $add (i32.const 4364) (local.get $d))
    (call $add (i32.const 4368) (local.get $e))
    (call $add (i32.const 4372) (local.get $f))
    (call $add (i32.const 4376) (local.get $g))
    (call $add (i32.const 4380) (local.get $h)))

  (func $add (param $at i32) (param $value i32)
    (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $value))))

  ;; The rest of the message, a 1 bit, zeros, and the length in bits, in one block or two.
  (func $finish (param $at i32) (param $left i32) (param $length i32)
    (local $size i32)
    (local.set $size (select (i32.const 128) (i32.const 64) (i32.ge_u (local.get $left) (i32.const 56))))
    (call $fill (i32.const 4640) (i32.const 0) (local.get $size))
    (call $copy (i32.const 4640) (local.get $at) (local.get $left))
    (i32.store8 (i32.add (i32.const 4640) (local.get $left)) (i32.const 0x80))
    (call $store-length (i32.add (i32.const 4632) (local.get $size)) (local.get $length))
    (call $block (i32.const 4640))
    (if (i32.eq (local.get $size) (i32.const 128)) (then (call $block (i32.const 4704)))))

  (func $store-length (param $at i32) (param $length i32)
    (i32.store8 offset=3 (local.get $at) (i32.shr_u (local.get $length) (i32.const 29)))
    (i32.store8 offset=4 (local.get $at) (i32.shr_u (local.get $length) (i32.const 21)))
    (i32.store8 offset=5 (local.get $at) (i32.shr_u (local.get $length) (i32.const 13)))
    (i32.store8 offset=6 (local.get $at) (i32.shr_u (local.get $length) (i32.const 5)))
    (i32.store8 offset=7 (local.get $at) (i32.shl (local.get $length) (i32.const 3))))

  (func (export "digest") (param $at i32) (param $length i32)
    (local $left i32)
    (call $copy (i32.const 4352) (i32.const 4992) (i32.const 32))
    (local.set $left (local.get $length))
    (block $done
      (loop $next
        (br_if $done (i32.lt_u (local.get $left) (i32.const 64)))
        (call $block (local.get $at))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (local.set $left (i32.sub (local.get $left) (i32.const 64)))
        (br $next)))
    (call $finish (local.get $at) (local.get $left) (local.get $length))))
