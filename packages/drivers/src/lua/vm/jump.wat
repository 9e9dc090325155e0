;; setjmp and longjmp for the Lua module, without a frame of JavaScript in between: longjmp throws a tag that only invoke
;; catches. A trap, such as the one for want of fuel, and what JavaScript throws pass through, so that no pcall stops them.
;; The slots hold functions that exist only after the Lua module, which imports this one: see bridge.wat.
(module
  (type $call (func (param i32 i32 i32)))
  (type $save (func (result i32)))
  (type $restore (func (param i32)))
  (type $threw (func (param i32 i32)))
  (table (export "slots") 4 4 funcref)
  (tag $longjmp)
  (func (export "throw_longjmp") (throw $longjmp))
  (func (export "invoke_vii") (param $function i32) (param $a i32) (param $b i32)
    (local $sp i32)
    (local.set $sp (call_indirect (type $save) (i32.const 1)))
    (try
      (do (call_indirect (type $call) (local.get $function) (local.get $a) (local.get $b) (i32.const 0)))
      (catch $longjmp
        (call_indirect (type $restore) (local.get $sp) (i32.const 2))
        (call_indirect (type $threw) (i32.const 1) (i32.const 0) (i32.const 3))))))
