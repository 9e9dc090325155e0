// What the component driver does beyond calls: resources as objects, instances replaced after traps, what it refuses.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TenonError, contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { componentDriver } from "@tenon/drivers/component";
import type { ComponentArtifact } from "@tenon/drivers/component";
import { createHost } from "@tenon/host";
import type { Plugin } from "@tenon/host";
import { ComponentEncoder, componentOf, funcBytes, uleb } from "@tenon/wasm/testing";
import { takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { createAdapter } from "@tenon/abi/adapt";
import wabt from "wabt";

const tool = await wabt();
const wat = (source: string): Uint8Array => tool.parseWat("t.wat", source).toBinary({}).buffer;
const MEMORY = wat(`(module (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))`);

function contractOf(text: string): Contract {
  const { resolve } = resolveWit(text);
  return contractFromResolve(resolve, resolve.worlds.length - 1);
}

function snapshotOf(text: string): Snapshot {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, loaded.resolve.worlds.length - 1);
}

type Calls = Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;
async function load(
  contract: Contract,
  artifact: ComponentArtifact,
  imports: unknown = {},
): Promise<Plugin<unknown> & { readonly exports: Calls }> {
  const host = createHost({ drivers: [componentDriver] });
  const options = { id: "p", boundary: "component", artifact, imports } as never;
  return (await host.load(contract, options)) as Plugin<unknown> & { readonly exports: Calls };
}
const codeOf = async (work: Promise<unknown>): Promise<TenonError> => {
  try {
    await work;
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, String(thrown));
    return thrown;
  }
  return assert.fail("nothing was thrown");
};

const COUNTING_WIT = `package t:t@1.0.0;
  interface host { tell: func(n: u32); }
  interface count { next: func() -> u32; bad: func(); via-host: func(); }
  world w { import host; export count; }`;
const COUNTING = contractOf(COUNTING_WIT);
const counting = (): Uint8Array =>
  componentOf(COUNTING, {
    memory: MEMORY,
    main: wat(`(module (import "t:t/host@1.0.0" "tell" (func $tell (param i32)))
      (global $n (mut i32) (i32.const 0))
      (func (export "t:t/count@1.0.0#next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
      (func (export "t:t/count@1.0.0#bad") unreachable)
      (func (export "t:t/count@1.0.0#via-host") (call $tell (global.get $n))))`),
  });

describe("the component driver", () => {
  test("state lives as long as the instance; a trap ends it, and the next call has a new one", async () => {
    const plugin = await load(COUNTING, { module: counting() }, { host: { tell: () => undefined } });
    const { count } = plugin.exports;
    assert.equal(await count?.["next"]?.(), 1);
    assert.equal(await count?.["next"]?.(), 2);
    assert.equal((await codeOf(count!["bad"]!())).code, "plugin-trap");
    assert.equal(await count?.["next"]?.(), 1);
    await plugin.close();
  });

  test("behind an adapter it links and answers where functions were when it was built", async () => {
    const moved = `package t:t@1.1.0;
      interface journal {\n/// @moved-from host.tell\nwrite: func(n: u64); }
      interface count { bad: func(); via-host: func(); }
      interface steps {\n/// @moved-from count.next\nnext: func() -> u64; }
      world w { import journal; export count; export steps; }`;
    const adapter = createAdapter(snapshotOf(COUNTING_WIT), snapshotOf(moved));
    const told: unknown[] = [];
    await using host = createHost({ drivers: [componentDriver] });
    const plugin = await host.load(adapter.host, {
      id: "mover",
      boundary: "component",
      artifact: { module: counting() },
      imports: { journal: { write: (n: bigint) => void told.push(n) } },
      adapter,
    });
    assert.equal(await plugin.invoke("steps.next", []), 1n);
    await plugin.invoke("count.via-host", []);
    assert.deepEqual(told, [1n]);
  });

  test("a host function that throws costs the instance; one that answers later is refused", async () => {
    let answer: () => unknown = () => undefined;
    const plugin = await load(COUNTING, { module: counting() }, { host: { tell: () => answer() } });
    const { count } = plugin.exports;
    await count?.["next"]?.();
    answer = () => {
      throw new Error("no");
    };
    assert.equal((await codeOf(count!["viaHost"]!())).code, "host-function-failed");
    assert.equal(await count?.["next"]?.(), 1);
    answer = () => Promise.reject(new Error("later"));
    const late = await codeOf(count!["viaHost"]!());
    assert.match(late.message, /answered with a promise/);
    await plugin.close();
  });

  test("worlds that do not fit the contract are refused with the place", async () => {
    const other =
      contractOf(`package t:t@1.0.0; interface count { next: func() -> string; bad: func(); via-host: func(); }
      world w { export count; }`);
    const error = await codeOf(load(other, { module: counting() }));
    assert.equal(error.code, "contract-mismatch");
    assert.match(error.what, /t:t\/count@1\.0\.0\.next: result: the contract has string, the component has u32/);
    const silent = contractOf(`package t:t@1.0.0; interface count { next: func() -> u32; } world w { export count; }`);
    assert.match((await codeOf(load(silent, { module: counting() }))).what, /imports the interface t:t\/host@1\.0\.0/);
  });

  test("imports beside the contract are found by compatible versions", async () => {
    const silent = contractOf(
      `package t:t@1.0.0; interface count { next: func() -> u32; via-host: func(); } world w { export count; }`,
    );
    const told: unknown[] = [];
    const imports = { "t:t/host@1.2.0": { tell: (n: unknown) => void told.push(n) } };
    const plugin = await load(silent, { module: counting(), imports });
    await plugin.exports["count"]?.["next"]?.();
    await plugin.exports["count"]?.["viaHost"]?.();
    assert.deepEqual(told, [1]);
    await plugin.close();
  });

  test("core modules, rubbish and missing files are refused", async () => {
    assert.match((await codeOf(load(COUNTING, { module: MEMORY }, { host: { tell: () => 0 } }))).what, /core module/);
    const broken = await codeOf(load(COUNTING, { module: Uint8Array.of(1, 2, 3) }, { host: { tell: () => 0 } }));
    assert.equal(broken.code, "artifact-invalid");
    const missing = await codeOf(load(COUNTING, { module: "/nowhere/at/all.wasm" }, { host: { tell: () => 0 } }));
    assert.equal(missing.code, "file-missing");
  });
});

describe("resources of a component", () => {
  const CONTRACT = contractOf(`package t:t;
    interface things { resource counter { constructor(start: u32); bump: func(by: u32) -> u32; } drops: func() -> u32; }
    world w { export things; }`);

  function component(): Uint8Array {
    const encoder = new ComponentEncoder();
    const indirect = encoder.coreInstance(
      encoder.coreModule(
        wat(`(module (table (export "t") 1 funcref) (type $d (func (param i32)))
          (func (export "dtor") (param i32) (call_indirect (type $d) (local.get 0) (i32.const 0))))`),
      ),
    );
    const resource = encoder.resource(encoder.coreAlias("func", indirect, "dtor"));
    const main = wat(`(module (import "" "t" (table 1 funcref)) (import "" "new" (func $new (param i32) (result i32)))
      (memory 1) (global $next (mut i32) (i32.const 4)) (global $drops (mut i32) (i32.const 0))
      (func $dtor (param i32) (global.set $drops (i32.add (global.get $drops) (i32.const 1))))
      (elem (i32.const 0) $dtor)
      (func (export "new") (param i32) (result i32)
        (global.set $next (i32.add (global.get $next) (i32.const 4)))
        (i32.store (global.get $next) (local.get 0)) (call $new (global.get $next)))
      (func (export "bump") (param i32 i32) (result i32)
        (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (local.get 1))) (i32.load (local.get 0)))
      (func (export "drops") (result i32) (global.get $drops)))`);
    const core = encoder.coreInstance(encoder.coreModule(main), {
      "": encoder.coreBag({
        t: ["table", encoder.coreAlias("table", indirect, "t")],
        new: ["func", encoder.resourceBuiltin("new", resource)],
      }),
    });
    // Methods stand beside their resource: an inner component takes the functions in and gives them out under its name.
    const inner = new ComponentEncoder();
    const outside = inner.import("type", "counter", [0x03, 0x01]);
    const U32 = [0x79];
    const types = (to: ComponentEncoder, counter: number): Record<string, number> => {
      const own = uleb(to.type([0x69, ...uleb(counter)]));
      const borrow = uleb(to.type([0x68, ...uleb(counter)]));
      return {
        "[constructor]counter": to.type(funcBytes([["start", U32]], own)),
        "[method]counter.bump": to.type(
          funcBytes(
            [
              ["self", borrow],
              ["by", U32],
            ],
            U32,
          ),
        ),
        drops: to.type(funcBytes([], U32)),
      };
    };
    const imported = Object.entries(types(inner, outside)).map(
      ([name, type]) =>
        [
          name,
          inner.import("func", `import-${name.replace(/\W+/g, "-").replace(/^-/, "")}`, [0x01, ...uleb(type)]),
        ] as const,
    );
    const named = inner.export("counter", ["type", outside]);
    const exported = types(inner, named);
    for (const [name, func] of imported) inner.exportAs(name, ["func", func], [0x01, ...uleb(exported[name]!)]);
    const lifted = types(encoder, resource);
    const lift = (core_: string, name: string): readonly ["func", number] => [
      "func",
      encoder.lift(encoder.coreAlias("func", core, core_), lifted[name]!),
    ];
    const instance = encoder.instance(encoder.component(inner.finish()), {
      counter: ["type", resource],
      "import-constructor-counter": lift("new", "[constructor]counter"),
      "import-method-counter-bump": lift("bump", "[method]counter.bump"),
      "import-drops": lift("drops", "drops"),
    });
    encoder.export("t:t/things", ["instance", instance]);
    return encoder.finish();
  }

  test("they are objects with methods, and are dropped when they are disposed of", async () => {
    const plugin = await load(CONTRACT, { module: component() });
    const things = plugin.exports["things"] as unknown as {
      readonly Counter: { create(start: number): Promise<Disposable & { bump(by: number): number }> };
      drops(): Promise<number>;
    };
    const one = await things.Counter.create(5);
    const two = await things.Counter.create(50);
    assert.deepEqual([one.bump(1), one.bump(2), two.bump(1)], [6, 8, 51]);
    one[Symbol.dispose]();
    assert.equal(await things.drops(), 1);
    assert.throws(() => one.bump(1), /handle-invalid/);
    assert.equal(two.bump(1), 52);
    await plugin.close();
  });

  test("behind an adapter they have the methods of the host's version", async () => {
    const things = (bump: string): Snapshot =>
      snapshotOf(
        `package t:t; interface things { resource counter { constructor(start: u32); ${bump} } drops: func() -> u32; } world w { export things; }`,
      );
    const adapter = createAdapter(
      things("bump: func(by: u32) -> u32;"),
      things("/// @renamed-from bump\n add: func(by: u64) -> u64;"),
    );
    await using host = createHost({ drivers: [componentDriver] });
    const options = { id: "adapted", boundary: "component", artifact: { module: component() }, adapter };
    const plugin = await host.load(adapter.host, options);
    const create = (start: number): Promise<unknown> => plugin.invoke("things.[constructor]counter", [start]);
    const one = (await create(5)) as Disposable & { add(by: bigint): bigint };
    assert.deepEqual([one.add(1n), one.add(2n)], [6n, 8n]);
    assert.throws(() => one.add(2n ** 32n), /value-invalid.*is no u32/);
    one[Symbol.dispose]();
    assert.equal(await plugin.invoke("things.drops", []), 1);
    assert.throws(() => one.add(1n), /handle-invalid/);
  });
});
