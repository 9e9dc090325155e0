;; What the host does most with the Lua C API, several calls of it in one crossing, and without 64-bit integers or pointers
;; to results. Also the C functions through which Lua reaches the host, and an allocator that counts.
(module
  (type $invoked (func (param i32 i32)))
  (import "lua" "__indirect_function_table" (table $lua 0 funcref))
  (import "lua" "memory" (memory 0))
  (import "jump" "slots" (table $slots 4 funcref))
  (import "lua" "stackSave" (func $stackSave (result i32)))
  (import "lua" "stackRestore" (func $stackRestore (param i32)))
  (import "lua" "setThrew" (func $setThrew (param i32 i32)))
  (import "lua" "free" (func $free (param i32)))
  (import "lua" "realloc" (func $realloc (param i32 i32) (result i32)))
  (import "lua" "lua_type" (func $type (param i32 i32) (result i32)))
  (import "lua" "lua_settop" (func $settop (param i32 i32)))
  (import "lua" "lua_rotate" (func $rotate (param i32 i32 i32)))
  (import "lua" "lua_pushinteger" (func $pushinteger (param i32 i64)))
  (import "lua" "lua_pushnumber" (func $pushnumber (param i32 f64)))
  (import "lua" "lua_pushboolean" (func $pushboolean (param i32 i32)))
  (import "lua" "lua_pushlstring" (func $pushlstring (param i32 i32 i32) (result i32)))
  (import "lua" "lua_tointegerx" (func $tointegerx (param i32 i32 i32) (result i64)))
  (import "lua" "lua_tonumberx" (func $tonumberx (param i32 i32 i32) (result f64)))
  (import "lua" "lua_toboolean" (func $toboolean (param i32 i32) (result i32)))
  (import "lua" "lua_tolstring" (func $tolstring (param i32 i32 i32) (result i32)))
  (import "lua" "lua_rawlen" (func $rawlen (param i32 i32) (result i64)))
  (import "lua" "lua_rawget" (func $rawget (param i32 i32) (result i32)))
  (import "lua" "lua_rawset" (func $rawset (param i32 i32)))
  (import "lua" "lua_rawgeti" (func $rawgeti (param i32 i32 i64) (result i32)))
  (import "lua" "lua_rawseti" (func $rawseti (param i32 i32 i64)))
  (import "lua" "lua_resume" (func $resume (param i32 i32 i32 i32) (result i32)))
  (import "lua" "luaL_checkstack" (func $checkstack (param i32 i32 i32)))
  (import "host" "call" (func $host_call (param i32 i32 f64) (result i32)))
  (import "host" "scalar" (func $host_scalar (param i32 i32 f64) (result f64)))
  (import "host" "resumed" (func $host_resumed (param i32) (result i32)))

  ;; LUA_REGISTRYINDEX, and the upvalues below it.
  (global $registry i32 (i32.const -1001000))
  (global $number i32 (i32.const -1001001))
  (global $shape i32 (i32.const -1001002))
  (global $used (mut i32) (i32.const 0))
  (global $cap (mut i32) (i32.const 0))
  ;; Eight bytes for what the C API returns through pointers, and eight for results.
  (global $scratch (mut i32) (i32.const 0))

  (elem (table $slots) (i32.const 0) func $invoke $stackSave $stackRestore $setThrew)
  (func $invoke (param $function i32) (param $a i32) (param $b i32)
    (call_indirect $lua (type $invoked) (local.get $a) (local.get $b) (local.get $function)))

  (func (export "setup") (param $scratch i32) (param $cap i32)
    (global.set $scratch (local.get $scratch))
    (global.set $cap (local.get $cap)))
  (func (export "used") (result i32) (global.get $used))

  ;; lua_Alloc. Nothing is given beyond the cap; Lua collects its garbage and, if that is not enough, raises an error.
  (func (export "alloc") (param $ud i32) (param $block i32) (param $old i32) (param $new i32) (result i32)
    (local $given i32)
    (if (i32.eqz (local.get $block)) (then (local.set $old (i32.const 0))))
    (if (i32.eqz (local.get $new))
      (then
        (global.set $used (i32.sub (global.get $used) (local.get $old)))
        (call $free (local.get $block))
        (return (i32.const 0))))
    (if (i32.gt_u (local.get $new) (local.get $old))
      (then
        (if (i64.gt_u
              (i64.add
                (i64.extend_i32_u (i32.sub (global.get $used) (local.get $old)))
                (i64.extend_i32_u (local.get $new)))
              (i64.extend_i32_u (global.get $cap)))
          (then (return (i32.const 0))))))
    (local.set $given (call $realloc (local.get $block) (local.get $new)))
    (if (local.get $given)
      (then (global.set $used (i32.add (i32.sub (global.get $used) (local.get $old)) (local.get $new)))))
    (local.get $given))

  ;; Numbers that cross as floats: 0 is an integer, 1 a float, 2 a boolean.
  (func $push_scalar (param $L i32) (param $kind i32) (param $value f64)
    (if (i32.eqz (local.get $kind))
      (then (call $pushinteger (local.get $L) (i64.trunc_f64_s (local.get $value))) (return)))
    (if (i32.eq (local.get $kind) (i32.const 1))
      (then (call $pushnumber (local.get $L) (local.get $value)) (return)))
    (call $pushboolean (local.get $L) (f64.ne (local.get $value) (f64.const 0))))

  ;; A lua_CFunction whose upvalues are the number of a host function and its shape: how many arguments it takes (missing
  ;; ones become nil, surplus ones go, as everywhere in Lua), and from bit 16 on, one more than the kind of its result if
  ;; that is a scalar. The only argument goes along where it is a number, because most functions have no other.
  (func (export "call") (param $L i32) (result i32)
    (local $number i32) (local $shape i32) (local $kind i32) (local $first f64)
    (local.set $number (i32.wrap_i64 (call $tointegerx (local.get $L) (global.get $number) (i32.const 0))))
    (local.set $shape (i32.wrap_i64 (call $tointegerx (local.get $L) (global.get $shape) (i32.const 0))))
    (local.set $kind (i32.shr_u (local.get $shape) (i32.const 16)))
    (local.set $shape (i32.and (local.get $shape) (i32.const 0xffff)))
    ;; More arguments than the slots that every C function has (LUA_MINSTACK, less what is pushed here): an error if
    ;; there is no room, because nothing checks later.
    (if (i32.gt_u (local.get $shape) (i32.const 16))
      (then (call $checkstack (local.get $L) (local.get $shape) (i32.const 0))))
    (call $settop (local.get $L) (local.get $shape))
    (local.set $first (f64.const nan))
    (if (i32.eq (local.get $shape) (i32.const 1))
      (then
        (if (i32.eq (call $type (local.get $L) (i32.const 1)) (i32.const 3))
          (then (local.set $first (call $tonumberx (local.get $L) (i32.const 1) (i32.const 0)))))))
    (if (i32.eqz (local.get $kind))
      (then (return (call $host_call (local.get $L) (local.get $number) (local.get $first)))))
    (call $push_scalar
      (local.get $L)
      (i32.sub (local.get $kind) (i32.const 1))
      (call $host_scalar (local.get $L) (local.get $number) (local.get $first)))
    (i32.const 1))
  ;; A lua_KFunction: goes on after a host function has answered later.
  (func (export "resumed") (param $L i32) (param $status i32) (param $context i32) (result i32)
    (call $host_resumed (local.get $L)))

  ;; A function of up to four scalars from its reference to its end, or as far as it goes. `kinds` has two bits for each,
  ;; and from bit 8 on, one more than the kind of its result if that is a scalar: then the result stands eight bytes behind
  ;; the scratch memory, the stack is empty, and the answer is -1. Otherwise it is that of `resume`.
  (func (export "call_scalars")
    (param $L i32) (param $from i32) (param $ref i32) (param $count i32) (param $kinds i32)
    (param $a f64) (param $b f64) (param $c f64) (param $d f64) (result i32)
    (local $answer i32) (local $result i32) (local $value f64)
    (drop (call $rawgeti (local.get $L) (global.get $registry) (i64.extend_i32_s (local.get $ref))))
    (if (i32.gt_u (local.get $count) (i32.const 0))
      (then (call $push_scalar (local.get $L) (i32.and (local.get $kinds) (i32.const 3)) (local.get $a))))
    (if (i32.gt_u (local.get $count) (i32.const 1))
      (then
        (call $push_scalar
          (local.get $L) (i32.and (i32.shr_u (local.get $kinds) (i32.const 2)) (i32.const 3)) (local.get $b))))
    (if (i32.gt_u (local.get $count) (i32.const 2))
      (then
        (call $push_scalar
          (local.get $L) (i32.and (i32.shr_u (local.get $kinds) (i32.const 4)) (i32.const 3)) (local.get $c))))
    (if (i32.gt_u (local.get $count) (i32.const 3))
      (then
        (call $push_scalar
          (local.get $L) (i32.and (i32.shr_u (local.get $kinds) (i32.const 6)) (i32.const 3)) (local.get $d))))
    (local.set $answer (call $run (local.get $L) (local.get $from) (local.get $count)))
    (local.set $result (i32.shr_u (local.get $kinds) (i32.const 8)))
    (if (i32.or (i32.eqz (local.get $result)) (i32.ne (local.get $answer) (i32.const 0x100)))
      (then (return (local.get $answer))))
    (local.set $value (call $to_scalar (local.get $L) (i32.sub (local.get $result) (i32.const 1))))
    (if (f64.ne (local.get $value) (local.get $value)) (then (return (local.get $answer))))
    (f64.store offset=8 (global.get $scratch) (local.get $value))
    (call $settop (local.get $L) (i32.const 0))
    (i32.const -1))

  ;; What stands at index 1, or NaN where it is of another kind.
  (func $to_scalar (param $L i32) (param $kind i32) (result f64)
    (local $flag i32)
    (if (i32.eqz (local.get $kind)) (then (return (call $to_integer (local.get $L) (i32.const 1)))))
    (if (i32.eq (local.get $kind) (i32.const 1)) (then (return (call $to_number (local.get $L) (i32.const 1)))))
    (local.set $flag (call $to_boolean (local.get $L) (i32.const 1)))
    (if (i32.eq (local.get $flag) (i32.const 2)) (then (return (f64.const nan))))
    (f64.convert_i32_u (local.get $flag)))

  ;; The status, and eight bits above it the number of results.
  (func $run (export "resume") (param $L i32) (param $from i32) (param $arguments i32) (result i32)
    (local $status i32)
    (local.set $status
      (call $resume (local.get $L) (local.get $from) (local.get $arguments) (global.get $scratch)))
    (i32.or (local.get $status) (i32.shl (i32.load (global.get $scratch)) (i32.const 8))))

  (func (export "push_ref") (param $L i32) (param $ref i32)
    (drop (call $rawgeti (local.get $L) (global.get $registry) (i64.extend_i32_s (local.get $ref)))))
  (func (export "push_s32") (param $L i32) (param $value i32)
    (call $pushinteger (local.get $L) (i64.extend_i32_s (local.get $value))))
  (func (export "push_u32") (param $L i32) (param $value i32)
    (call $pushinteger (local.get $L) (i64.extend_i32_u (local.get $value))))

  ;; NaN where there is no number, or none with an exact integer. Strings that look like numbers are none.
  (func $to_integer (export "to_integer") (param $L i32) (param $index i32) (result f64)
    (local $value i64)
    (if (i32.ne (call $type (local.get $L) (local.get $index)) (i32.const 3)) (then (return (f64.const nan))))
    (local.set $value (call $tointegerx (local.get $L) (local.get $index) (global.get $scratch)))
    (if (i32.eqz (i32.load (global.get $scratch))) (then (return (f64.const nan))))
    (f64.convert_i64_s (local.get $value)))
  ;; NaN as well where there is no number.
  (func $to_number (export "to_number") (param $L i32) (param $index i32) (result f64)
    (if (i32.ne (call $type (local.get $L) (local.get $index)) (i32.const 3)) (then (return (f64.const nan))))
    (call $tonumberx (local.get $L) (local.get $index) (i32.const 0)))
  ;; 0, 1, or 2 where there is no boolean.
  (func $to_boolean (export "to_boolean") (param $L i32) (param $index i32) (result i32)
    (if (i32.ne (call $type (local.get $L) (local.get $index)) (i32.const 1)) (then (return (i32.const 2))))
    (call $toboolean (local.get $L) (local.get $index)))
  ;; The address, with the length in the scratch memory; 0 where there is no string. Numbers are none.
  (func (export "to_string") (param $L i32) (param $index i32) (result i32)
    (if (i32.ne (call $type (local.get $L) (local.get $index)) (i32.const 4)) (then (return (i32.const 0))))
    (call $tolstring (local.get $L) (local.get $index) (global.get $scratch)))

  ;; Of a table: a border, past metatables.
  (func (export "length") (param $L i32) (param $table i32) (result i32)
    (i32.wrap_i64 (call $rawlen (local.get $L) (local.get $table))))
  ;; Pushes what a table has under a key, past metatables; returns its type.
  (func (export "get_field") (param $L i32) (param $table i32) (param $key i32) (param $length i32) (result i32)
    (drop (call $pushlstring (local.get $L) (local.get $key) (local.get $length)))
    (call $rawget (local.get $L) (local.get $table)))
  (func (export "get_item") (param $L i32) (param $table i32) (param $index i32) (result i32)
    (call $rawgeti (local.get $L) (local.get $table) (i64.extend_i32_s (local.get $index))))
  ;; Pops a value and puts it into the table below it.
  (func (export "set_field") (param $L i32) (param $key i32) (param $length i32)
    (drop (call $pushlstring (local.get $L) (local.get $key) (local.get $length)))
    (call $rotate (local.get $L) (i32.const -2) (i32.const 1))
    (call $rawset (local.get $L) (i32.const -3)))
  (func (export "set_item") (param $L i32) (param $index i32)
    (call $rawseti (local.get $L) (i32.const -2) (i64.extend_i32_s (local.get $index))))

  (func (export "pop") (param $L i32)
    (call $settop (local.get $L) (i32.const -2))))
