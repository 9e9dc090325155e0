// WAT text of core modules -> bytes, for tests.
import wabt from "wabt";

const tool = await wabt();

export function wat(source: string): Uint8Array {
  const module = tool.parseWat("test.wat", source, { multi_value: true, bulk_memory: true, reference_types: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** A memory of one page that grows, and an allocator that only moves forward. */
export const LIBC: Uint8Array = wat(`(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 1024))
  (func (export "reset") (global.set $next (i32.const 1024)))
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $end i32)
    (local.set $at (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (global.set $next (local.get $end))
    (if (i32.gt_u (local.get $end) (i32.mul (memory.size) (i32.const 65536)))
      (then
        (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.const 1)
              (i32.shr_u (i32.sub (local.get $end) (i32.mul (memory.size) (i32.const 65536))) (i32.const 16)))))
          (then unreachable))))
    (if (i32.ne (local.get $old) (i32.const 0))
      (then (memory.copy (local.get $at) (local.get $old) (local.get $old-size))))
    (local.get $at)))`);
