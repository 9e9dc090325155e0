// Async functions of components: what works on every engine, and what needs stacks that can be suspended.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TenonError } from "@tenon/contract";
import { canSuspend, compileModulesSync, instantiate, planComponent } from "@tenon/wasm";
import type { HostImport, LinkedComponent } from "@tenon/wasm";
import { ComponentEncoder, funcBytes } from "@tenon/wasm/testing";
import { wat } from "./wat.ts";

const U32 = [0x79];
const ASYNC_U32 = funcBytes([], U32, true);
const SUSPENDS = canSuspend() ? false : "this engine has no WebAssembly.Suspending";

function open(bytes: Uint8Array, imports: Record<string, HostImport> = {}): LinkedComponent {
  const plan = planComponent(bytes);
  return instantiate(plan, compileModulesSync(plan, bytes), imports);
}

const call = (linked: LinkedComponent, name: string): Promise<unknown> => linked.func("", name)?.() as Promise<unknown>;
const later = async (value: number): Promise<number> =>
  await new Promise((resolve) => setImmediate(() => resolve(value)));
const codeOf = async (work: Promise<unknown>): Promise<TenonError> => {
  try {
    await work;
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, String(thrown));
    return thrown;
  }
  return assert.fail("nothing was thrown");
};

/** Imports `slow: async func() -> u32`; exports `run: async func() -> u32`, lifted with a callback. */
function withCallback(main: string): Uint8Array {
  const encoder = new ComponentEncoder();
  const slow = encoder.import("func", "slow", [0x01, encoder.type(ASYNC_U32)]);
  const libc = encoder.coreInstance(encoder.coreModule(wat(`(module (memory (export "memory") 1))`)));
  const memory = encoder.coreAlias("memory", libc, "memory");
  const bag = encoder.coreBag({
    memory: ["memory", memory],
    slow: ["func", encoder.lower(slow, { isAsync: true, memory })],
    return: ["func", encoder.builtin([0x09, 0x00, ...U32, 0])],
    "set-new": ["func", encoder.builtin([0x1f])],
    join: ["func", encoder.builtin([0x23])],
  });
  const core = encoder.coreInstance(
    encoder.coreModule(
      wat(`(module (import "" "memory" (memory 1)) (import "" "slow" (func $slow (param i32) (result i32)))
        (import "" "return" (func $return (param i32))) (import "" "set-new" (func $set-new (result i32)))
        (import "" "join" (func $join (param i32 i32))) ${main})`),
    ),
    { "": bag },
  );
  const callback = encoder.coreAlias("func", core, "callback");
  const lifted = encoder.lift(encoder.coreAlias("func", core, "run"), encoder.type(ASYNC_U32), {
    isAsync: true,
    callback,
  });
  encoder.export("run", ["func", lifted]);
  return encoder.finish();
}

/** Calls `slow` without waiting; when it has returned, gives its result plus 1. */
const WAITS = withCallback(`
  (func (export "run") (result i32) (local $state i32) (local $set i32)
    (local.set $state (call $slow (i32.const 16)))
    (if (i32.eq (local.get $state) (i32.const 2))
      (then (call $return (i32.add (i32.load (i32.const 16)) (i32.const 1))) (return (i32.const 0))))
    (local.set $set (call $set-new))
    (call $join (i32.shr_u (local.get $state) (i32.const 4)) (local.get $set))
    (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
  (func (export "callback") (param $event i32) (param $index i32) (param $state i32) (result i32)
    (if (i32.ne (local.get $event) (i32.const 1)) (then unreachable))
    (if (i32.ne (local.get $state) (i32.const 2)) (then unreachable))
    (call $return (i32.add (i32.load (i32.const 16)) (i32.const 1)))
    (i32.const 0))`);

describe("async functions with callbacks", () => {
  test("a host function that answers at once, and one that answers later", async () => {
    assert.equal(await call(open(WAITS, { slow: () => 41 }), "run"), 42);
    assert.equal(await call(open(WAITS, { slow: () => later(41) }), "run"), 42);
  });

  test("calls that overlap take their turns", async () => {
    let count = 0;
    const linked = open(WAITS, { slow: () => later((count += 10)) });
    assert.deepEqual(await Promise.all([call(linked, "run"), call(linked, "run"), call(linked, "run")]), [11, 21, 31]);
  });

  test("a host function that rejects ends the call and the component", async () => {
    const linked = open(WAITS, { slow: () => Promise.reject(new Error("no")) });
    assert.equal((await codeOf(call(linked, "run"))).code, "host-function-failed");
    assert.equal((await codeOf(call(linked, "run"))).code, "host-function-failed");
    assert.ok(linked.trap !== undefined);
  });

  test("a task that yields goes on; one that never returns is a trap", async () => {
    const yielding = withCallback(`(func (export "run") (result i32) (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32) (call $return (i32.const 7)) (i32.const 0))`);
    assert.equal(await call(open(yielding, { slow: () => 0 }), "run"), 7);
    const silent = withCallback(`(func (export "run") (result i32) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable)`);
    assert.match((await codeOf(call(open(silent, { slow: () => 0 }), "run"))).what, /failed to produce a result/);
  });

  test("a task that waits for nothing that could happen is a deadlock, not a wait for ever", async () => {
    const stuck =
      withCallback(`(func (export "run") (result i32) (i32.or (i32.const 2) (i32.shl (call $set-new) (i32.const 4))))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable)`);
    const error = await codeOf(call(open(stuck, { slow: () => 0 }), "run"));
    assert.equal(error.code, "plugin-trap");
    assert.match(error.what, /deadlock/);
  });
});

/** Imports `slow: async func() -> u32`, calls it and waits, as `run: async func() -> u32`. */
const SUSPENDING = ((): Uint8Array => {
  const encoder = new ComponentEncoder();
  const slow = encoder.import("func", "slow", [0x01, encoder.type(ASYNC_U32)]);
  const main = wat(`(module (import "" "slow" (func $slow (result i32)))
    (func (export "run") (result i32) (i32.add (call $slow) (call $slow))))`);
  const bag = encoder.coreBag({ slow: ["func", encoder.lower(slow)] });
  const core = encoder.coreInstance(encoder.coreModule(main), { "": bag });
  encoder.export("run", ["func", encoder.lift(encoder.coreAlias("func", core, "run"), encoder.type(ASYNC_U32))]);
  const sync = encoder.lift(encoder.coreAlias("func", core, "run"), encoder.type(funcBytes([], U32)));
  encoder.export("run-sync", ["func", sync]);
  return encoder.finish();
})();

describe("async functions that wait in the middle of their code", () => {
  test("nothing is suspended where nothing has to be waited for", async () => {
    const linked = open(SUSPENDING, { slow: () => 4 });
    assert.equal(await call(linked, "run"), 8);
    assert.equal(linked.func("", "run-sync")?.(), 8);
  });

  test("host functions that answer later suspend it", { skip: SUSPENDS }, async () => {
    let count = 0;
    const linked = open(SUSPENDING, { slow: () => later(++count) });
    assert.equal(await call(linked, "run"), 3);
    assert.deepEqual(await Promise.all([call(linked, "run"), call(linked, "run")]), [7, 11]);
  });

  test(
    "without suspension the error says what is missing",
    { skip: SUSPENDS === false && "this engine suspends" },
    async () => {
      const error = await codeOf(call(open(SUSPENDING, { slow: () => later(1) }), "run"));
      assert.equal(error.code, "boundary-unsupported");
      assert.match(error.message, /WebAssembly\.Suspending and WebAssembly\.promising/);
    },
  );

  test("a synchronous function cannot wait, whatever the engine", () => {
    const linked = open(SUSPENDING, { slow: () => later(1) });
    assert.throws(() => linked.func("", "run-sync")?.(), /cannot block a synchronous task/);
  });
});
