// Components that run: calls both ways, resources, traps, and what is refused before anything runs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TenonError } from "@tenon/contract";
import { GuestHandle, compileModulesSync, componentContract, instantiate, planComponent } from "@tenon/wasm";
import type { HostImport, InstantiateOptions, LinkedComponent } from "@tenon/wasm";
import { ComponentEncoder, componentOf, funcBytes, uleb } from "@tenon/wasm/testing";
import { benchComponent } from "./bench-component.ts";
import { contractOf } from "./contract-of.ts";
import { LIBC, wat } from "./wat.ts";

const WORK = "tenon:bench/work@0.1.0";
const HOST = "tenon:bench/host@0.1.0";
const U32 = [0x79];

function open(
  bytes: Uint8Array,
  imports: Record<string, HostImport> = {},
  options: InstantiateOptions = {},
): LinkedComponent {
  const plan = planComponent(bytes);
  return instantiate(plan, compileModulesSync(plan, bytes), imports, options);
}

function built(build: (encoder: ComponentEncoder) => void): Uint8Array {
  const encoder = new ComponentEncoder();
  build(encoder);
  return encoder.finish();
}

const call = (linked: LinkedComponent, name: string, ...args: unknown[]): unknown => linked.func("", name)?.(...args);
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof TenonError) return thrown.code;
    throw thrown;
  }
  return "nothing was thrown";
};

/** A component whose one core module exports functions of no or one u32, each lifted under its name. */
function simple(source: string, names: readonly string[]): Uint8Array {
  return built((encoder) => {
    const instance = encoder.coreInstance(encoder.coreModule(wat(source)));
    const type = encoder.type(funcBytes([], U32));
    for (const name of names) {
      encoder.export(name, ["func", encoder.lift(encoder.coreAlias("func", instance, name), type)]);
    }
  });
}

for (const codegen of [true, false]) {
  describe(`the bench component, ${codegen ? "generated code" : "closures"}`, () => {
    const linked = open(benchComponent(), { [HOST]: { tick: (n: number) => n + 1 } }, { codegen });
    const work = (name: string, ...args: unknown[]): unknown => linked.func(WORK, name)?.(...args);

    test("values cross both ways", () => {
      assert.equal(work("add", 2, 40), 42);
      assert.equal(work("add", 2147483647, 1), -2147483648);
      assert.equal(work("echo", "grüße \u{1f40e}\u{feff}"), "grüße \u{1f40e}\u{feff}");
      assert.deepEqual(work("bytes", Uint8Array.of(1, 2, 255)), Uint8Array.of(1, 2, 255));
      const request = { path: "a", target: "b", args: ["x", "yz"], env: [["k", "v"]] };
      const { artifact, log } = work("build", request) as { artifact: Uint8Array; log: string };
      assert.equal(artifact.length, 4096);
      assert.equal(log.length, 256);
      assert.equal(work("callbacks", 1000), 1000);
    });

    test("arguments are held against their types before the guest is touched", () => {
      for (const bad of [[1], [1, 2.5], [1, 2 ** 31], ["1", 2]]) {
        assert.equal(
          codeOf(() => work("add", ...bad)),
          "value-invalid",
        );
      }
      assert.equal(work("add", 1, 1), 2, "a refused call does not kill the instance");
    });

    test("what is not exported is not there", () => {
      assert.equal(linked.func(WORK, "nothing"), undefined);
      assert.equal(linked.func("other:one/x", "add"), undefined);
      assert.equal(linked.func("__proto__", "constructor"), undefined);
    });
  });
}

describe("imports", () => {
  test("one that is missing is named by its path", () => {
    const plan = planComponent(benchComponent());
    const modules = compileModulesSync(plan, benchComponent());
    const open = (imports: Record<string, HostImport>): string => codeOf(() => instantiate(plan, modules, imports));
    assert.equal(open({}), "function-missing");
    assert.equal(open({ [HOST]: {} }), "function-missing");
    assert.equal(open({ [HOST]: Object.create({ tick: () => 1 }) as HostImport }), "function-missing");
    assert.equal(open({ [HOST]: { tick: { resource: {} } } }), "config-invalid");
    assert.throws(() => instantiate(plan, modules, { [HOST]: {} }), /`tenon:bench\/host@0\.1\.0\.tick`/);
  });

  test("what a host function throws ends the call and the instance", () => {
    let isBroken = true;
    const linked = open(benchComponent(), {
      [HOST]: {
        tick: (n: number) => {
          if (isBroken) throw new Error("on purpose");
          return n + 1;
        },
      },
    });
    const callbacks = linked.func(WORK, "callbacks");
    assert.equal(
      codeOf(() => callbacks?.(3)),
      "host-function-failed",
    );
    isBroken = false;
    assert.throws(() => callbacks?.(3), /cannot enter component instance: it trapped before/);
  });

  test("a host function that gives the wrong type is a fault of the host", () => {
    const linked = open(benchComponent(), { [HOST]: { tick: () => "3" } });
    assert.equal(
      codeOf(() => linked.func(WORK, "callbacks")?.(1)),
      "host-function-failed",
    );
  });

  test("a component cannot be entered again while it runs", () => {
    const again: { callbacks?: ((...args: unknown[]) => unknown) | undefined } = {};
    const linked = open(benchComponent(), {
      [HOST]: { tick: (n: number) => Number(again.callbacks?.(0) ?? n) },
    });
    again.callbacks = linked.func(WORK, "callbacks");
    assert.throws(() => linked.func(WORK, "callbacks")?.(1), /re-entrance is not allowed/);
  });
});

describe("traps", () => {
  const source = `(module
    (global $n (mut i32) (i32.const 0))
    (func (export "good") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "bad") (result i32) unreachable)
    (func $deep (export "deep") (result i32) (call $deep)))`;

  test("every call after a trap says that the instance trapped before, and why", () => {
    const linked = open(simple(source, ["good", "bad"]));
    assert.equal(call(linked, "good"), 1);
    assert.equal(
      codeOf(() => call(linked, "bad")),
      "plugin-trap",
    );
    for (let round = 0; round < 2; round++) {
      assert.throws(
        () => call(linked, "good"),
        (error: TenonError) =>
          error.code === "plugin-trap" && /trapped before/.test(error.what) && /unreachable/.test(error.notes.join()),
      );
    }
  });

  test("a fresh instance of the same plan knows nothing of it", () => {
    const bytes = simple(source, ["good", "bad"]);
    const plan = planComponent(bytes);
    const modules = compileModulesSync(plan, bytes);
    assert.equal(
      codeOf(() => call(instantiate(plan, modules), "bad")),
      "plugin-trap",
    );
    assert.equal(call(instantiate(plan, modules), "good"), 1);
  });

  test("endless recursion of the guest is a trap", () => {
    const linked = open(simple(source, ["good", "deep"]));
    assert.equal(
      codeOf(() => call(linked, "deep")),
      "plugin-trap",
    );
    assert.equal(
      codeOf(() => call(linked, "good")),
      "plugin-trap",
    );
  });

  test("a start function that traps refuses the component", () => {
    const bytes = simple(`(module (func (export "f") (result i32) (i32.const 1)) (func $s unreachable) (start $s))`, [
      "f",
    ]);
    assert.equal(
      codeOf(() => open(bytes)),
      "plugin-trap",
    );
  });

  test("a trap in an inner component kills the outer one that called it", () => {
    const inner = simple(source, ["good", "bad"]);
    const bytes = built((encoder) => {
      const instance = encoder.instance(encoder.component(inner));
      const lowered = encoder.lower(encoder.alias("func", instance, "bad"));
      const shim = wat(`(module (import "" "bad" (func $f (result i32)))
        (func (export "run") (result i32) (call $f))
        (func (export "other") (result i32) (i32.const 5)))`);
      const main = encoder.coreInstance(encoder.coreModule(shim), { "": encoder.coreBag({ bad: ["func", lowered] }) });
      const type = encoder.type(funcBytes([], U32));
      for (const name of ["run", "other"]) {
        encoder.export(name, ["func", encoder.lift(encoder.coreAlias("func", main, name), type)]);
      }
    });
    const linked = open(bytes);
    assert.equal(call(linked, "other"), 5);
    assert.equal(
      codeOf(() => call(linked, "run")),
      "plugin-trap",
    );
    assert.throws(() => call(linked, "other"), /trapped before/);
  });
});

describe("post-return", () => {
  test("it is told the core results, after the value was lifted, and may not call out", () => {
    const contract = contractOf(
      `package t:t; interface i { get: func() -> string; seen: func() -> u32; } world w { export i; }`,
    );
    const main = (post: string): Uint8Array =>
      wat(`(module (import "env" "memory" (memory 1))
        (global $seen (mut i32) (i32.const 0))
        (data (i32.const 8) "\\20\\00\\00\\00\\02\\00\\00\\00") (data (i32.const 32) "ok")
        (func (export "t:t/i#get") (result i32) (i32.const 8))
        (func (export "cabi_post_t:t/i#get") (param i32) ${post})
        (func (export "t:t/i#seen") (result i32) (global.get $seen)))`);
    const bytes = componentOf(contract, {
      memory: LIBC,
      main: main("(global.set $seen (local.get 0)) (i32.store8 (i32.const 32) (i32.const 0))"),
      postReturn: ["t:t/i#get"],
    });
    const linked = open(bytes);
    assert.equal(linked.func("t:t/i", "get")?.(), "ok", "lifted before the memory was freed");
    assert.equal(linked.func("t:t/i", "seen")?.(), 8);
  });
});

describe("resources of the plugin", () => {
  /** Exports a resource `r` with a constructor, a method, and functions that take it; counts what is dropped. */
  const component = (): Uint8Array =>
    built((encoder) => {
      const table = wat(`(module (table (export "t") 1 funcref) (type $d (func (param i32)))
        (func (export "dtor") (param i32) (call_indirect (type $d) (local.get 0) (i32.const 0))))`);
      const indirect = encoder.coreInstance(encoder.coreModule(table));
      const resource = encoder.resource(encoder.coreAlias("func", indirect, "dtor"));
      const named = encoder.export("r", ["type", resource]);
      const main = wat(`(module (import "" "t" (table 1 funcref)) (import "" "new" (func $new (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (global $drops (mut i32) (i32.const 0))
        (func $dtor (param i32) (global.set $drops (i32.add (global.get $drops) (local.get 0))))
        (elem (i32.const 0) $dtor)
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "rep") (param i32) (result i32) (local.get 0))
        (func (export "take") (param i32) (call $drop (local.get 0)))
        (func (export "drops") (result i32) (global.get $drops)))`);
      const core = encoder.coreInstance(encoder.coreModule(main), {
        "": encoder.coreBag({
          t: ["table", encoder.coreAlias("table", indirect, "t")],
          new: ["func", encoder.resourceBuiltin("new", resource)],
          drop: ["func", encoder.resourceBuiltin("drop", resource)],
        }),
      });
      const own = uleb(encoder.type([0x69, ...uleb(named)]));
      const borrow = uleb(encoder.type([0x68, ...uleb(named)]));
      const lift = (name: string, as: string, type: readonly number[]): void => {
        const lifted = encoder.lift(encoder.coreAlias("func", core, name), encoder.type(type));
        encoder.export(as, ["func", lifted]);
      };
      lift("make", "[constructor]r", funcBytes([["n", U32]], own));
      lift("rep", "[method]r.rep", funcBytes([["self", borrow]], U32));
      lift("take", "take", funcBytes([["it", own]]));
      lift("drops", "drops", funcBytes([], U32));
    });

  test("they come as handles that methods take, and their destructors run once", () => {
    const linked = open(component());
    const made = call(linked, "[constructor]r", 7) as GuestHandle;
    assert.ok(made instanceof GuestHandle);
    assert.equal(call(linked, "[method]r.rep", made), 7);
    made[Symbol.dispose]();
    made[Symbol.dispose]();
    assert.equal(call(linked, "drops"), 7);
    assert.equal(
      codeOf(() => call(linked, "[method]r.rep", made)),
      "handle-invalid",
    );
  });

  test("given away they are gone", () => {
    const linked = open(component());
    const made = call(linked, "[constructor]r", 5);
    call(linked, "take", made);
    assert.equal(call(linked, "drops"), 5);
    assert.equal(
      codeOf(() => call(linked, "take", made)),
      "handle-invalid",
    );
    assert.equal(call(linked, "drops"), 5, "the refused call did not enter the guest");
  });

  test("handles of another instance and other objects are refused", () => {
    const [one, other] = [open(component()), open(component())];
    const made = call(one, "[constructor]r", 1);
    for (const value of [made, {}, null, 1]) {
      const code = codeOf(() => call(other, "[method]r.rep", value));
      assert.ok(["handle-invalid", "value-invalid"].includes(code), code);
    }
    assert.equal(call(one, "[method]r.rep", made), 1);
  });

  test("an instance that hoards handles meets a bound", () => {
    const hoarder = built((encoder) => {
      const resource = encoder.resource();
      const main = wat(`(module (import "" "new" (func $new (param i32) (result i32)))
        (func (export "f") (result i32) (loop $l (drop (call $new (i32.const 1))) (br $l)) unreachable))`);
      const bag = encoder.coreBag({ new: ["func", encoder.resourceBuiltin("new", resource)] });
      const core = encoder.coreInstance(encoder.coreModule(main), { "": bag });
      const type = encoder.type(funcBytes([], U32));
      encoder.export("f", ["func", encoder.lift(encoder.coreAlias("func", core, "f"), type)]);
    });
    assert.equal(
      codeOf(() => call(open(hoarder, {}, { maxHandles: 100 }), "f")),
      "resource-exhausted",
    );
  });
});

describe("resources of the host", () => {
  /** Imports `h` with a resource and functions of it; exports `run`, which makes one, uses it twice and drops it. */
  const component = (body: string): Uint8Array =>
    built((encoder) => {
      const decls = [
        [0x04, 0x00, 1, 0x72, 0x03, 0x01],
        [0x01, 0x69, 0],
        [0x01, 0x68, 0],
        [0x01, ...funcBytes([], [1])],
        [0x04, 0x00, 4, ...Buffer.from("make"), 0x01, 3],
        [0x01, ...funcBytes([["it", [2]]], U32)],
        [0x04, 0x00, 4, ...Buffer.from("look"), 0x01, 4],
        [0x01, ...funcBytes([["it", [1]]])],
        [0x04, 0x00, 4, ...Buffer.from("take"), 0x01, 5],
      ];
      const instance = encoder.import("instance", "h", [0x05, encoder.type([0x42, decls.length, ...decls.flat()])]);
      const resource = encoder.alias("type", instance, "r");
      const bag = encoder.coreBag({
        make: ["func", encoder.lower(encoder.alias("func", instance, "make"))],
        look: ["func", encoder.lower(encoder.alias("func", instance, "look"))],
        take: ["func", encoder.lower(encoder.alias("func", instance, "take"))],
        drop: ["func", encoder.resourceBuiltin("drop", resource)],
      });
      const main = wat(`(module (import "" "make" (func $make (result i32)))
        (import "" "look" (func $look (param i32) (result i32))) (import "" "take" (func $take (param i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (result i32) (local $h i32) ${body}))`);
      const core = encoder.coreInstance(encoder.coreModule(main), { "": bag });
      const type = encoder.type(funcBytes([], U32));
      encoder.export("run", ["func", encoder.lift(encoder.coreAlias("func", core, "run"), type)]);
    });

  class Thing {
    readonly log: string[];
    constructor(log: string[]) {
      this.log = log;
    }
    [Symbol.dispose](): void {
      this.log.push("dropped");
    }
  }
  const run = (body: string): { result: () => unknown; log: string[] } => {
    const log: string[] = [];
    const linked = open(component(body), {
      h: {
        r: { resource: { accepts: (value: object) => value instanceof Thing } },
        make: () => new Thing(log),
        look: (thing: unknown) => (thing instanceof Thing ? log.push("looked") : 0),
        take: (thing: unknown) => void log.push(thing instanceof Thing ? "taken" : "lost"),
      },
    });
    return { result: () => call(linked, "run"), log };
  };

  test("their objects cross as they are, and are disposed of when the guest drops them", () => {
    const { result, log } = run(`(local.set $h (call $make)) (drop (call $look (local.get $h)))
      (drop (call $look (local.get $h))) (call $drop (local.get $h)) (i32.const 3)`);
    assert.equal(result(), 3);
    assert.deepEqual(log, ["looked", "looked", "dropped"]);
  });

  test("what is given back is the host's again, and the handle is dead", () => {
    const { result, log } = run(`(local.set $h (call $make)) (call $take (local.get $h)) (call $look (local.get $h))`);
    assert.throws(result, /unknown handle index 1/);
    assert.deepEqual(log, ["taken"]);
  });

  test("guessed handles are traps", () => {
    for (const handle of ["0", "1", "7", "-1"]) {
      assert.throws(run(`(call $look (i32.const ${handle}))`).result, /unknown handle index/);
      assert.throws(run(`(call $drop (i32.const ${handle})) (i32.const 0)`).result, /unknown handle index/);
    }
  });
});

describe("interfaces that use each other's resources", () => {
  test("a used resource is supplied once, where it is defined", () => {
    const contract = contractOf(`package t:t;
      interface streams { resource %stream { write: func(n: u32); } }
      interface out { use streams.{%stream}; get: func() -> %stream; }
      interface app { run: func(); }
      world w { import streams; import out; export app; }`);
    const encoder = new ComponentEncoder();
    const U = [0x79];
    const streams = encoder.import("instance", "t:t/streams", [
      0x05,
      encoder.type([
        ...[0x42, 4],
        ...[0x04, 0x00, 6, ...Buffer.from("stream"), 0x03, 0x01],
        ...[0x01, 0x68, 0],
        ...[
          0x01,
          ...funcBytes([
            ["self", [1]],
            ["n", U],
          ]),
        ],
        ...[0x04, 0x00, 20, ...Buffer.from("[method]stream.write"), 0x01, 2],
      ]),
    ]);
    const stream = encoder.alias("type", streams, "stream");
    const out = encoder.import("instance", "t:t/out", [
      0x05,
      encoder.type([
        ...[0x42, 5],
        ...[0x02, 0x03, 0x02, 0x01, stream],
        ...[0x04, 0x00, 6, ...Buffer.from("stream"), 0x03, 0x00, 0],
        ...[0x01, 0x69, 1],
        ...[0x01, ...funcBytes([], [2])],
        ...[0x04, 0x00, 3, ...Buffer.from("get"), 0x01, 3],
      ]),
    ]);
    const main =
      wat(`(module (import "" "get" (func $get (result i32))) (import "" "write" (func $write (param i32 i32)))
      (func (export "run") (call $write (call $get) (i32.const 9))))`);
    const core = encoder.coreInstance(encoder.coreModule(main), {
      "": encoder.coreBag({
        get: ["func", encoder.lower(encoder.alias("func", out, "get"))],
        write: ["func", encoder.lower(encoder.alias("func", streams, "[method]stream.write"))],
      }),
    });
    const run = encoder.lift(encoder.coreAlias("func", core, "run"), encoder.type(funcBytes([])));
    encoder.export("t:t/app", ["instance", encoder.bag({ run: ["func", run] })]);
    const bytes = encoder.finish();
    assert.equal(componentContract(planComponent(bytes)).digest, contract.digest);
    const written: unknown[] = [];
    const linked = open(bytes, {
      "t:t/streams": {
        stream: { resource: {} },
        "[method]stream.write": (self: object, n: number) => {
          written.push(self, n);
        },
      },
      "t:t/out": { get: () => ({ name: "it" }) },
    });
    linked.func("t:t/app", "run")?.();
    assert.deepEqual(written, [{ name: "it" }, 9]);
  });
});
