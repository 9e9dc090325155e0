// Link plans: as text and back, kept by digest, their worlds against contracts, and several of them composed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TenonError } from "@tenon/contract";
import {
  checkContract,
  compileModulesSync,
  componentContract,
  compose,
  createPlanCache,
  instantiate,
  isSameInterface,
  planComponent,
  planFromText,
  planToText,
} from "@tenon/wasm";
import type { ComposePart } from "@tenon/wasm";
import { componentOf } from "@tenon/wasm/testing";
import { benchComponent, benchContract } from "./bench-component.ts";
import { contractOf } from "./contract-of.ts";
import { LIBC, wat } from "./wat.ts";

const bench = benchComponent();

function rejection(work: () => unknown): TenonError {
  try {
    work();
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError);
    return thrown;
  }
  return assert.fail("nothing was thrown");
}

describe("plans as text", () => {
  test("a plan comes back equal and works", () => {
    const plan = planComponent(bench);
    const again = planFromText(planToText(plan));
    assert.ok(again !== undefined);
    assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(plan)));
    assert.equal(componentContract(again).digest, benchContract().digest);
    const linked = instantiate(again, compileModulesSync(again, bench), {
      "tenon:bench/host@0.1.0": { tick: () => 0 },
    });
    assert.equal(linked.func("tenon:bench/work@0.1.0", "add")?.(1, 2), 3);
  });

  test("text that was damaged, or is of another version, is not taken", () => {
    const text = planToText(planComponent(bench));
    for (const at of [0, 70, 500, text.length - 2]) {
      const other = text[at] === "0" ? "1" : "0";
      assert.equal(planFromText(text.slice(0, at) + other + text.slice(at + 1)), undefined);
    }
    for (const bad of ["", "\n", "{}", text.slice(0, 400), text.slice(65)]) assert.equal(planFromText(bad), undefined);
  });
});

describe("the cache", () => {
  test("a component is decoded once per digest, and once per store", async () => {
    const kept = new Map<string, string>();
    let reads = 0;
    const store = {
      read: async (key: string) => ((reads += 1), kept.get(key)),
      write: async (key: string, text: string) => void kept.set(key, text),
    };
    const cache = createPlanCache({ store });
    const [one, two] = await Promise.all([cache.plan("abc", bench), cache.plan("abc", bench)]);
    assert.equal(one, two);
    assert.deepEqual([reads, kept.size], [1, 1]);
    // Another process has the store and no plan: the bytes are not even looked at.
    const later = await createPlanCache({ store }).plan("abc", new Uint8Array());
    assert.equal(componentContract(later).digest, benchContract().digest);
  });

  test("a damaged store costs a decoding, not a fault; a refused component is tried again", async () => {
    const store = { read: async () => "rubbish\n{}", write: async () => undefined };
    const cache = createPlanCache({ store });
    await assert.rejects(cache.plan("x", new Uint8Array(3)), /artifact-invalid/);
    assert.equal((await cache.plan("x", bench)).modules.length, 2);
  });

  test("it forgets the longest unused", async () => {
    let writes = 0;
    const store = { read: async () => undefined, write: async () => void (writes += 1) };
    const cache = createPlanCache({ store, maxPlans: 2 });
    for (const digest of ["a", "b", "a", "c", "a", "b"]) await cache.plan(digest, bench);
    assert.equal(writes, 4);
  });
});

describe("contracts", () => {
  const world = (text: string): ReturnType<typeof planComponent>["world"] => contractOf(`package t:t@1.2.0; ${text}`);
  const check = (component: string, host: string): TenonError | undefined => {
    try {
      checkContract(world(component), world(host));
      return undefined;
    } catch (thrown) {
      assert.ok(thrown instanceof TenonError && thrown.code === "contract-mismatch");
      return thrown;
    }
  };

  test("a component has the digest of the world that it was built for", () => {
    assert.equal(componentContract(planComponent(bench)).digest, benchContract().digest);
    checkContract(planComponent(bench).world, benchContract());
  });

  test("components may import less and export more, not the other way round", () => {
    const small = "interface i { a: func(); } interface h { x: func(); }";
    const large = "interface i { a: func(); b: func(); } interface h { x: func(); y: func(); }";
    const both = "world w { import h; export i; }";
    assert.equal(check(`${small} ${both}`, `${small} ${both}`), undefined);
    assert.match(
      check(`${small} ${both}`, `${large} ${both}`)?.what ?? "",
      /does not export the function t:t\/i@1.2.0.b/,
    );
    assert.match(check(`${large} ${both}`, `${small} ${both}`)?.what ?? "", /imports the function t:t\/h@1.2.0.y/);
    assert.match(
      check(`${small} world w { import h; }`, `${small} ${both}`)?.what ?? "",
      /does not export the interface/,
    );
    assert.match(check(`${small} ${both}`, `${small} world w { export i; }`)?.what ?? "", /the host does not offer/);
    assert.equal(check(`${small} world w { export i; }`, `${small} ${both}`), undefined);
  });

  test("the place where types differ is named", () => {
    const of = (type: string): string => `interface i { f: func(arg: ${type}) -> u32; } world w { export i; }`;
    const cases: [string, string, RegExp][] = [
      ["u32", "u64", /i@1\.2\.0\.f: arg: the contract has u64, the component has u32/],
      ["list<tuple<u8, string>>", "list<tuple<u8, char>>", /arg\.element\.1: the contract has char/],
      ["option<result<u8, string>>", "option<result<u8>>", /arg\.some\.err: the contract has nothing/],
      ["list<u8, 4>", "list<u8, 5>", /the contract has list<u8, 5>/],
    ];
    for (const [component, host, message] of cases) assert.match(check(of(component), of(host))?.what ?? "", message);
    const record = (fields: string): string =>
      `interface i { record r { ${fields} } f: func(arg: r); } world w { export i; }`;
    assert.match(check(record("a: u8"), record("b: u8"))?.what ?? "", /the contract has record \{b\}/);
    const named = (name: string): string => `interface i { f: func(${name}: u8); } world w { export i; }`;
    assert.match(check(named("x"), named("y"))?.what ?? "", /parameter 1 named y/);
  });

  test("interfaces of compatible versions stand for each other", () => {
    assert.ok(isSameInterface("wasi:io/streams@0.2.0", "wasi:io/streams@0.2.6"));
    assert.ok(isSameInterface("a:b/c@1", "a:b/c@1.4.2"));
    assert.ok(!isSameInterface("wasi:io/streams@0.2.0", "wasi:io/streams@0.3.0"));
    assert.ok(!isSameInterface("a:b/c@0.0.1", "a:b/c@0.0.2"));
    assert.ok(!isSameInterface("a:b/c@1.0.0", "a:b/c@2.0.0"));
    assert.ok(!isSameInterface("a:b/c", "a:b/d"));
    assert.ok(!isSameInterface("plain", "plain2"));
  });
});

describe("composing", () => {
  const part = (name: string, wit: string, main: string): ComposePart => {
    const bytes = componentOf(contractOf(`package t:t; ${INTERFACES} ${wit}`), { memory: LIBC, main: wat(main) });
    const plan = planComponent(bytes);
    return { name, plan, modules: compileModulesSync(plan, bytes) };
  };
  const INTERFACES = `interface shout { up: func(text: string) -> string; } interface app { run: func(text: string) -> string; }`;
  /** Gives its text back with the first byte in upper case. */
  const shouter = part(
    "shouter",
    "world w { export shout; }",
    `(module (import "env" "memory" (memory 1))
      (func (export "t:t/shout#up") (param i32 i32) (result i32)
        (i32.store8 (local.get 0) (i32.sub (i32.load8_u (local.get 0)) (i32.const 32)))
        (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))`,
  );
  const app = part(
    "app",
    "world w { import shout; export app; }",
    `(module (import "env" "memory" (memory 1)) (import "t:t/shout" "up" (func $up (param i32 i32 i32)))
      (func (export "t:t/app#run") (param i32 i32) (result i32)
        (call $up (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32)))`,
  );

  test("one component's import is served by another's export, in any order", () => {
    for (const parts of [
      [app, shouter],
      [shouter, app],
    ]) {
      const linked = compose(parts);
      assert.equal(linked.get("app")?.func("t:t/app", "run")?.("hello"), "Hello");
      assert.equal(linked.get("shouter")?.func("t:t/shout", "up")?.("abc"), "Abc");
    }
  });

  test("the host serves what no component does", () => {
    const linked = compose([app], { "t:t/shout": { up: (text: string) => text.toUpperCase() } });
    assert.equal(linked.get("app")?.func("t:t/app", "run")?.("hello"), "HELLO");
    assert.equal(rejection(() => compose([app])).code, "function-missing");
  });

  test("two that offer the same, circles and wrong types are refused before anything runs", () => {
    assert.match(rejection(() => compose([app, shouter, { ...shouter, name: "b" }])).what, /shouter and b both export/);
    assert.match(rejection(() => compose([app, app])).what, /the same name/);
    const loop = `(module (import "env" "memory" (memory 1)) (func (export "t:t/shout#up") (param i32 i32) (result i32) unreachable))`;
    const circular = part("circular", "world w { import app; export shout; }", loop);
    assert.match(rejection(() => compose([app, circular])).what, /app -> circular -> app/);
    const other = componentOf(
      contractOf(`package t:t; interface shout { up: func(text: u32) -> string; } world w { export shout; }`),
      {
        memory: LIBC,
        main: wat(`(module (func (export "t:t/shout#up") (param i32) (result i32) unreachable))`),
      },
    );
    const plan = planComponent(other);
    const wrong = { name: "wrong", plan, modules: compileModulesSync(plan, other) };
    assert.equal(rejection(() => compose([app, wrong])).code, "contract-mismatch");
  });
});
