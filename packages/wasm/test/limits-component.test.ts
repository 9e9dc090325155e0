// The core modules of a component under one tank and one cap: nested, composed, instantiated often, and hostile ones.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CallBudget } from "@tenon/abi";
import { TenonError, contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { compileModulesSync, compose, engine, instantiate, planComponent } from "@tenon/wasm";
import type { ComposePart, HostImport, LinkedComponent, WasmModule } from "@tenon/wasm";
import { fuelFillOf, FuelTank, rewriteComponent, rewriteModule } from "@tenon/wasm/limits";
import type { ComponentRewriteOptions } from "@tenon/wasm/limits";
import { ComponentEncoder, componentOf, funcBytes } from "@tenon/wasm/testing";
import { assemble } from "./limits-corpus.ts";
import { LIBC, wat } from "./wat.ts";

const U32 = [0x79];
const NUMBER = funcBytes([], U32);

function contractOf(text: string): Contract {
  const { resolve } = resolveWit(text);
  return contractFromResolve(resolve, resolve.worlds.length - 1);
}

function compiled(bytes: Uint8Array, options: ComponentRewriteOptions = {}): Omit<ComposePart, "name"> {
  const plan = planComponent(bytes);
  const rewritten = rewriteComponent(plan, bytes, { fuel: "loop", ...options });
  return { plan, modules: compileModulesSync(plan, bytes, { rewrite: (_, index) => rewritten[index]!.bytes }) };
}

interface Metered {
  readonly linked: LinkedComponent;
  readonly tank: FuelTank;
}
function open(bytes: Uint8Array, imports: Record<string, HostImport> = {}, startFuel = 1_000): Metered {
  const { plan, modules } = compiled(bytes);
  const tank = new FuelTank();
  tank.fill(startFuel);
  return { linked: instantiate(plan, modules, imports, { coreImports: tank.imports }), tank };
}

function errorOf(work: () => unknown): TenonError {
  try {
    work();
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, String(thrown));
    return thrown;
  }
  return assert.fail("nothing was thrown");
}
const built = (write: (encoder: ComponentEncoder) => void): Uint8Array => {
  const encoder = new ComponentEncoder();
  write(encoder);
  return encoder.finish();
};

/** `f` of a module that calls `g` of another one ten times; each entry and each turn is a tick. */
const TWO_MODULES = built((encoder) => {
  const leaf = encoder.coreInstance(encoder.coreModule(wat(`(module (func (export "g")))`)));
  const main = wat(`(module (import "" "g" (func $g)) (func (export "f") (result i32) (local $i i32)
    (loop (call $g) (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))
    (local.get $i)))`);
  const core = encoder.coreInstance(encoder.coreModule(main), { "": leaf });
  encoder.export("f", ["func", encoder.lift(encoder.coreAlias("func", core, "f"), encoder.type(NUMBER))]);
});

describe("one tank", () => {
  test("is charged by every module, and its total is exact", () => {
    const { linked, tank } = open(TWO_MODULES);
    const f = linked.func("", "f")!;
    tank.fill(21);
    assert.equal(f(), 10);
    assert.deepEqual([tank.used, tank.left], [21, 0]);
    tank.fill(20);
    assert.equal(errorOf(f).code, "plugin-trap");
    assert.equal(tank.isDry, true);
    assert.deepEqual(tank.error().details, { limit: "fuel", allowed: 20 });
  });

  test("is one for host and guest within each other: what the inner call uses is gone for the outer one", () => {
    const bytes = built((encoder) => {
      const tick = encoder.import("func", "tick", [0x01, encoder.type(funcBytes([]))]);
      const bag = encoder.coreBag({ tick: ["func", encoder.lower(tick)] });
      const main = wat(
        `(module (import "" "tick" (func $tick)) (func (export "f") (result i32) (call $tick) (i32.const 1)))`,
      );
      const core = encoder.coreInstance(encoder.coreModule(main), { "": bag });
      encoder.export("f", ["func", encoder.lift(encoder.coreAlias("func", core, "f"), encoder.type(NUMBER))]);
    });
    const plan = compiled(bytes);
    const tank = new FuelTank();
    const options = { coreImports: tank.imports };
    const inner = instantiate(plan.plan, plan.modules, { tick: () => undefined }, options);
    const outer = instantiate(plan.plan, plan.modules, { tick: () => void inner.func("", "f")!() }, options);
    tank.fill(100);
    outer.func("", "f")!();
    assert.equal(tank.used, 2);
  });

  test("is shared by nested components, and by composed ones", () => {
    const nested = built((encoder) => {
      const inner = encoder.component(TWO_MODULES);
      const made = encoder.instance(inner);
      encoder.export("f", ["func", encoder.alias("func", made, "f")]);
    });
    const { linked, tank } = open(nested);
    tank.fill(1_000);
    assert.equal(linked.func("", "f")!(), 10);
    assert.equal(tank.used, 21);

    const INTERFACES = `interface a { f: func() -> u32; } interface b { f: func() -> u32; }`;
    const part = (name: string, world: string, main: string): ComposePart => ({
      name,
      ...compiled(
        componentOf(contractOf(`package t:t; ${INTERFACES} world w { ${world} }`), { memory: LIBC, main: wat(main) }),
      ),
    });
    const b = part("b", "export b;", `(module (func (export "t:t/b#f") (result i32) (i32.const 7)))`);
    const a = part(
      "a",
      "import b; export a;",
      `(module (import "t:t/b" "f" (func $f (result i32))) (func (export "t:t/a#f") (result i32) (call $f)))`,
    );
    const shared = new FuelTank();
    const set = compose([a, b], {}, { coreImports: shared.imports });
    shared.fill(10);
    assert.equal(set.get("a")!.func("t:t/a", "f")!(), 7);
    assert.equal(shared.used, 2);
  });

  test("is filled by the module that is called, and is the same one", () => {
    const { plan, modules } = compiled(TWO_MODULES);
    const tank = new FuelTank();
    tank.fill(1_000);
    const sources: Readonly<Record<string, unknown>>[] = [];
    const onLift = (exports: Readonly<Record<string, unknown>>): undefined => void sources.push(exports);
    const f = instantiate(plan, modules, {}, { coreImports: tank.imports, onLift }).func("", "f")!;
    assert.deepEqual(
      sources.map((exports) => "f" in exports),
      [true],
    );
    const fill = fuelFillOf(sources[0]!)!;
    for (const ticks of [21, Number.MAX_SAFE_INTEGER]) {
      tank.fill(ticks);
      assert.equal(f(), 10);
      assert.deepEqual([tank.used, tank.left], [21, ticks - 21]);
      fill(ticks);
      assert.deepEqual([tank.used, tank.left], [0, ticks]);
    }
    assert.equal(fuelFillOf({}), undefined);
    fill(20);
    assert.equal(errorOf(f).code, "plugin-trap");
    assert.equal(tank.isDry, true);
  });

  test("is filled for the calls of an owner that leaves it to them, and for no other", () => {
    const { plan, modules } = compiled(TWO_MODULES);
    const tank = new FuelTank();
    tank.fill(1_000);
    const calls: string[] = [];
    let isOutermost = true;
    const owner = {
      enter: () => void calls.push("enter"),
      enterUnfilled: () => (calls.push("unfilled"), isOutermost),
      exit: () => void calls.push("exit"),
      fail: (error: TenonError) => error,
      enterHost: () => undefined,
      exitHost: () => undefined,
      failHost: (error: TenonError) => error,
    };
    const onLift = (exports: Readonly<Record<string, unknown>>) => ({ call: fuelFillOf(exports)!, ticks: 100 });
    const f = instantiate(plan, modules, {}, { coreImports: tank.imports, onLift, owner }).func("", "f")!;
    for (let call = 0; call < 3; call++) {
      assert.equal(f(), 10);
      assert.equal(tank.left, 79);
    }
    isOutermost = false;
    f();
    assert.equal(tank.left, 58);
    assert.deepEqual(calls, Array.from({ length: 4 }, () => ["unfilled", "exit"]).flat());
  });

  test("is charged by start functions", () => {
    const loops = built((encoder) => {
      encoder.coreInstance(encoder.coreModule(wat(`(module (func $s (loop (br 0))) (start $s))`)));
    });
    assert.equal(errorOf(() => open(loops)).code, "plugin-trap");
  });

  test("cannot be reached by the guest: an import of its name is refused", () => {
    const thief = assemble(`(module (import "tenon:fuel" "left" (global (mut i64))))`);
    const error = errorOf(() => rewriteModule(thief, { fuel: "loop", isLinked: true }));
    assert.match(error.message, /imports `tenon:fuel`/);
  });
});

test("globals that move up keep their names, their first values and their users", () => {
  const text = `(module (import "e" "g" (global $ig i32))
    (global $a (mut i32) (i32.const 5)) (global $b i32 (global.get $ig)) (global $c i64 (i64.const 9))
    (export "a" (global $a)) (export "g" (global $ig)) (export "c" (global $c))
    (table 4 funcref) (elem (global.get $ig) func $f)
    (func $f (export "f") (result i32) (global.set $a (i32.add (global.get $a) (global.get $b))) (global.get $a)))`;
  const { bytes } = rewriteModule(assemble(text), { fuel: "loop", isLinked: true });
  const tank = new FuelTank();
  tank.fill(10);
  const { exports } = new engine.Instance(new engine.Module(bytes), { e: { g: 2 }, ...tank.imports });
  const value = (name: string): unknown => (exports[name] as { value: unknown }).value;
  assert.equal((exports["f"] as () => number)(), 7);
  assert.deepEqual([value("a"), value("g"), value("c"), tank.used], [7, 2, 9n, 1]);
});

describe("one cap", () => {
  const memories = (...texts: string[]): Uint8Array =>
    built((encoder) => {
      for (const text of texts) encoder.coreInstance(encoder.coreModule(wat(text)));
    });
  const maxima = (bytes: Uint8Array, options: ComponentRewriteOptions): unknown[] =>
    rewriteComponent(planComponent(bytes), bytes, options).map(({ report }) => report.memories.map(({ max }) => max));

  test("is shared out among all memories of the component", () => {
    const two = memories("(module (memory 10))", "(module (memory 2))", "(module)");
    assert.deepEqual(maxima(two, { maxMemoryPages: 20 }), [[14], [6], []]);
    const error = errorOf(() => maxima(two, { maxMemoryPages: 11 }));
    assert.deepEqual(
      [error.code, error.details],
      ["resource-exhausted", { limit: "maxMemoryPages", needed: 12, allowed: 11 }],
    );
  });

  test("counts a module as often as it is instantiated, through nested components and aliases", () => {
    const inner = built((encoder) => {
      encoder.coreInstance(encoder.coreModule(wat("(module (memory 1))")));
    });
    const thrice = built((encoder) => {
      const component = encoder.component(inner);
      for (let left = 3; left > 0; left--) encoder.instance(component);
    });
    assert.deepEqual(maxima(thrice, { maxMemoryPages: 30 }), [[10]]);
    assert.equal(errorOf(() => maxima(thrice, { maxMemoryPages: 2 })).code, "resource-exhausted");
  });

  test("tables have theirs, and a table that is imported is counted where it is defined", () => {
    const bytes = built((encoder) => {
      const table = encoder.coreInstance(encoder.coreModule(wat(`(module (table (export "t") 4 funcref))`)));
      const user = wat(`(module (import "" "t" (table 4 funcref))
        (func (export "f") (result i32) (table.grow (ref.null func) (i32.const 100))))`);
      const core = encoder.coreInstance(encoder.coreModule(user), { "": table });
      encoder.export("f", ["func", encoder.lift(encoder.coreAlias("func", core, "f"), encoder.type(NUMBER))]);
    });
    const { plan, modules } = compiled(bytes, { maxTableElements: 50 });
    const tank = new FuelTank();
    tank.fill(10_000);
    const linked = instantiate(plan, modules, {}, { coreImports: tank.imports });
    assert.equal(linked.func("", "f")!(), 2 ** 32 - 1);
    assert.equal(errorOf(() => compiled(bytes, { maxTableElements: 3 })).code, "resource-exhausted");
  });

  test("a component of 2^20 instances in 20 lines is refused before any is made", () => {
    let bytes = built((encoder) => {
      encoder.coreInstance(encoder.coreModule(wat("(module)")));
    });
    for (let level = 0; level < 20; level++) {
      const part = bytes;
      bytes = built((encoder) => {
        const component = encoder.component(part);
        encoder.instance(component);
        encoder.instance(component);
      });
    }
    const error = errorOf(() => compiled(bytes));
    assert.deepEqual(
      [error.code, error.details],
      ["resource-exhausted", { limit: "maxCoreInstances", allowed: 1_000 }],
    );
  });

  test("so is one of very many modules, which would all have to be compiled", () => {
    const bytes = built((encoder) => {
      for (let left = 1_001; left > 0; left--) encoder.coreModule(wat("(module)"));
    });
    assert.match(errorOf(() => compiled(bytes)).message, /more than 1000 core modules/);
  });

  test("a module that is no valid module stays none, and is named", () => {
    const bytes = built((encoder) => {
      encoder.coreModule(wat("(module)"));
      encoder.coreModule(assemble("(module (memory 1 1 shared))"));
    });
    assert.match(errorOf(() => compiled(bytes)).message, /core module 1: the module uses threads/);
  });
});

test("handles of all instances of a component are held from one budget", () => {
  const hoarder = built((encoder) => {
    const resource = encoder.resource();
    const main = wat(`(module (import "" "new" (func $new (param i32) (result i32)))
      (func (export "f") (result i32) (loop $l (drop (call $new (i32.const 1))) (br $l)) unreachable))`);
    const bag = encoder.coreBag({ new: ["func", encoder.resourceBuiltin("new", resource)] });
    const core = encoder.coreInstance(encoder.coreModule(main), { "": bag });
    encoder.export("f", ["func", encoder.lift(encoder.coreAlias("func", core, "f"), encoder.type(NUMBER))]);
  });
  const plan = planComponent(hoarder);
  const budget = new CallBudget({ maxHandles: 100 });
  const modules: readonly WasmModule[] = compileModulesSync(plan, hoarder);
  const linked = instantiate(plan, modules, {}, { budget });
  const error = errorOf(() => linked.func("", "f")!());
  assert.deepEqual([error.code, error.details], ["resource-exhausted", { limit: "maxHandles", allowed: 100 }]);
  assert.equal(budget.handles, 100);
});
