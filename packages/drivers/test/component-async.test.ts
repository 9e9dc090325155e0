// Fuel and budgets where calls of one component overlap: they share, and what a call may have never goes to waste or adds up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TenonError, contractFromResolve, resolveWit } from "@tenon/contract";
import { componentDriver } from "@tenon/drivers/component";
import type { ComponentArtifact } from "@tenon/drivers/component";
import { createHost } from "@tenon/host";
import { canSuspend } from "@tenon/wasm";
import { ComponentEncoder, funcBytes } from "@tenon/wasm/testing";
import { assemble } from "./wasm-guests.ts";

interface Exports {
  readonly run: () => Promise<number>;
}
interface Imports {
  readonly turns: () => Promise<number>;
}
const { resolve } = resolveWit(
  "package t:t; world w { import turns: async func() -> u32; export run: async func() -> u32; }",
);
const contract = contractFromResolve(resolve, 0);

/** Asks the host for a number without waiting for it, and makes so many turns of a loop once it is there. */
function component(): Uint8Array {
  const U32 = [0x79];
  const type = funcBytes([], U32, true);
  const encoder = new ComponentEncoder();
  const turns = encoder.import("func", "turns", [0x01, encoder.type(type)]);
  const libc = encoder.coreInstance(encoder.coreModule(assemble(`(module (memory (export "memory") 1))`)));
  const memory = encoder.coreAlias("memory", libc, "memory");
  const bag = encoder.coreBag({
    memory: ["memory", memory],
    turns: ["func", encoder.lower(turns, { isAsync: true, memory })],
    return: ["func", encoder.builtin([0x09, 0x00, ...U32, 0])],
    "set-new": ["func", encoder.builtin([0x1f])],
    join: ["func", encoder.builtin([0x23])],
  });
  const main = `(module (import "" "memory" (memory 1)) (import "" "turns" (func $turns (param i32) (result i32)))
    (import "" "return" (func $return (param i32))) (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (global $slot (mut i32) (i32.const 0))
    (func (export "run") (result i32) (local $state i32) (local $set i32)
      (global.set $slot (i32.add (global.get $slot) (i32.const 16)))
      (local.set $state (call $turns (global.get $slot)))
      (local.set $set (call $set-new))
      (i32.store (i32.add (i32.const 1024) (i32.mul (i32.shr_u (local.get $state) (i32.const 4)) (i32.const 4)))
        (global.get $slot))
      (call $join (i32.shr_u (local.get $state) (i32.const 4)) (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param $event i32) (param $index i32) (param $state i32) (result i32) (local $left i32)
      (local.set $left (i32.load (i32.load (i32.add (i32.const 1024) (i32.mul (local.get $index) (i32.const 4))))))
      (loop (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (call $return (local.get $left)) (i32.const 0)))`;
  const core = encoder.coreInstance(encoder.coreModule(assemble(main)), { "": bag });
  const callback = encoder.coreAlias("func", core, "callback");
  const options = { isAsync: true, callback } as const;
  encoder.export("run", ["func", encoder.lift(encoder.coreAlias("func", core, "run"), encoder.type(type), options)]);
  return encoder.finish();
}
const module = component();

/** The same with a stack that is suspended until the number is there. */
function suspending(): Uint8Array {
  const encoder = new ComponentEncoder();
  const type = encoder.type(funcBytes([], [0x79], true));
  const turns = encoder.import("func", "turns", [0x01, type]);
  const main = `(module (import "" "turns" (func $turns (result i32)))
    (func (export "run") (result i32) (local $left i32) (local.set $left (call $turns))
      (loop (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1))))) (local.get $left)))`;
  const bag = encoder.coreBag({ turns: ["func", encoder.lower(turns)] });
  const core = encoder.coreInstance(encoder.coreModule(assemble(main)), { "": bag });
  encoder.export("run", [
    "func",
    encoder.lift(encoder.coreAlias("func", core, "run"), encoder.type(funcBytes([], [0x79], true))),
  ]);
  return encoder.finish();
}

async function use(
  artifact: Partial<ComponentArtifact>,
  turns: Imports["turns"],
  run: (call: () => Promise<number>) => Promise<void>,
): Promise<void> {
  await using host = createHost({ drivers: [componentDriver] });
  const plugin = (await host.load(contract, {
    id: "p",
    boundary: "component",
    artifact: { module, ...artifact },
    imports: { turns },
  })) as unknown as Exports;
  await run(plugin.run);
}

const later = (turns: number): Promise<number> => new Promise((done) => setImmediate(() => done(turns)));
async function exhausted(pending: Promise<unknown>): Promise<void> {
  const error = await pending.then(
    () => assert.fail("did not fail"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof TenonError, String(error));
  assert.deepEqual([error.code, (error.details as { limit: string }).limit], ["resource-exhausted", "fuel"]);
}

test("a call has the same tank before and after it waits", async () => {
  await use(
    { fuel: 2_000 },
    () => later(1_000),
    async (call) => assert.equal(await call(), 0),
  );
  await use(
    { fuel: 500 },
    () => later(1_000),
    async (call) => exhausted(call()),
  );
});

test(
  "a stack that is suspended keeps charging the tank when it goes on",
  { skip: canSuspend() ? false : "this engine has no WebAssembly.Suspending" },
  async () => {
    const one = { module: suspending() };
    await use(
      { ...one, fuel: 2_000 },
      () => later(1_000),
      async (call) => {
        assert.equal(await call(), 0);
        assert.deepEqual(await Promise.all([call(), call()]), [0, 0]);
      },
    );
    await use(
      { ...one, fuel: 500 },
      () => later(1_000),
      async (call) => exhausted(call()),
    );
  },
);

test("calls that overlap have as much together as they have one by one", () =>
  use(
    { fuel: 1_500 },
    () => later(1_000),
    async (call) => {
      assert.deepEqual(await Promise.all([call(), call(), call()]), [0, 0, 0]);
    },
  ));

test("what overlapping calls left is not saved up", async () => {
  let turns = 1;
  await use(
    { fuel: 1_500 },
    () => later(turns),
    async (call) => {
      await Promise.all([call(), call(), call(), call()]);
      turns = 1_600;
      await exhausted(call());
      turns = 1_400;
      assert.equal(await call(), 0);
    },
  );
});

test("a tank that runs dry ends the instance with all calls in flight, and the next call finds a new one", async () => {
  const answers = [10, 1_000_000];
  await use(
    { fuel: 1_500 },
    () => later(answers.pop() ?? 5),
    async (call) => {
      const [greedy, other] = [call(), call()];
      await Promise.all([exhausted(greedy), exhausted(other)]);
      assert.equal(await call(), 0);
    },
  );
});

test("one instance for each call: those that wait keep theirs to the end", () =>
  use(
    { instances: "per-call", fuel: 1_500 },
    () => later(1_000),
    async (call) => {
      assert.deepEqual(await Promise.all([call(), call()]), [0, 0]);
      assert.equal(await call(), 0);
    },
  ));
