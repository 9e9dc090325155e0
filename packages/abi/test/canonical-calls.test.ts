// One call from end to end: what is checked when, and who is told of what.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createValidator } from "@tenon/abi";
import { compileLift, compileLower, compileValues } from "@tenon/abi/canonical";
import type { CallGate, CanonicalEnv } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract";
import type { ErrorCode } from "@tenon/contract";
import { allocator, forwarder, instantiate } from "./canonical-guests.ts";
import { BUILD_REQUEST, BUILD_RESULT, TYPES, fn, list, p } from "./types.ts";

function codeOf(run: () => unknown): ErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, String(thrown));
    return thrown.code;
  }
}

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";

  test(`${mode}: wrong arguments have the validator's words, and the guest is not entered`, () => {
    let entered = 0;
    const env: CanonicalEnv = { gate: { enter: () => void entered++, exit: () => {}, fail: (error) => error } };
    const types = [...TYPES.values(), BUILD_REQUEST, BUILD_RESULT].filter(
      (type) => !/"(fields|items)":\[\]|"f69"/.test(JSON.stringify(type)),
    );
    const bad = [
      undefined,
      null,
      1.5,
      -1,
      256,
      2 ** 40,
      1n,
      -1n,
      2n ** 64n,
      NaN,
      "x",
      "\ud800",
      true,
      [],
      [1],
      [-1],
      ["\ud800"],
      [1.5],
      {},
      { tag: "ok" },
      { tag: "none", val: 1 },
      { path: "p", target: 5 },
      new Map([["a", -1]]),
      new Uint8Array(3),
      new Float32Array(2),
      Symbol("s"),
      () => 1,
    ];
    const thrower = {
      get tag() {
        throw new Error("no");
      },
      get path() {
        throw new Error("no");
      },
    };
    for (const type of types) {
      const validate = createValidator(type);
      const call = compileLift(fn({ "my-value": type }), env, () => 0, { codegen });
      for (const value of [...bad, thrower]) {
        const message = (run: () => unknown): string => {
          try {
            run();
            return "fine";
          } catch (thrown) {
            return thrown instanceof TenonError ? thrown.message : String(thrown);
          }
        };
        const expected = message(() => validate(value, "myValue"));
        const before = entered;
        const found = message(() => call(value));
        if (expected === "fine") assert.equal(entered, before + 1, found);
        else assert.deepEqual([found, entered], [expected, before], JSON.stringify(type));
      }
    }
  });

  test(`${mode}: the gate brackets each call and is told of everything that goes wrong inside it`, () => {
    const events: string[] = [];
    const gate = (name: string): CallGate => ({
      enter: () => void events.push(`${name} enter`),
      exit: () => void events.push(`${name} exit`),
      fail: (error, thrown) => {
        events.push(`${name} fail ${error.code} ${thrown === error}`);
        return error;
      },
    });
    let host: () => unknown = () => 1;
    const call = compileLower(fn({}, p("u8")), { gate: gate("import"), name: "host.f" }, () => host(), { codegen });
    const guest = instantiate(forwarder(fn({}, p("u8"))), { host: { call } });
    const run = compileLift(
      fn({}, p("u8")),
      { gate: gate("export"), name: "guest.f" },
      guest.exports["call"] as never,
      { codegen },
    );
    assert.equal(run(), 1);
    assert.deepEqual(events.splice(0), ["export enter", "import enter", "import exit", "export exit"]);
    host = () => {
      throw new Error("no disk");
    };
    assert.throws(
      () => run(),
      (error) =>
        error instanceof TenonError &&
        error.code === "host-function-failed" &&
        error.call === "host.f" &&
        /host.f failed: Error: no disk/.test(error.what),
    );
    assert.deepEqual(events.splice(0), [
      "export enter",
      "import enter",
      "import fail host-function-failed true",
      "export fail host-function-failed true",
    ]);
    host = () => 256;
    assert.throws(
      () => run(),
      /\[host-function-failed\] host.f returned what the contract does not allow: result: expected u8/,
    );
    host = async () => 1;
    assert.throws(() => run(), /return the value, not a promise/);
    host = () => {
      throw new TenonError("capability-denied", "not you");
    };
    assert.equal(codeOf(run), "capability-denied");
    const boom = instantiate(`(module (func (export "boom") unreachable))`);
    events.length = 0;
    assert.equal(
      codeOf(compileLift(fn({}), { gate: gate("export") }, boom.exports["boom"] as never, { codegen })),
      "plugin-trap",
    );
    assert.deepEqual(events, ["export enter", "export fail plugin-trap false"]);
    const refusing = {
      ...gate("export"),
      enter: () => {
        throw new TenonError("plugin-crashed", "poisoned");
      },
    };
    events.length = 0;
    assert.equal(codeOf(compileLift(fn({}), { gate: refusing }, () => 0, { codegen })), "plugin-crashed");
    assert.deepEqual(events, []);
  });

  test(`${mode}: what fail gives is what is thrown, so an exit can leave as itself`, () => {
    const exit = { code: 3 };
    const gate: CallGate = { enter: () => {}, exit: () => {}, fail: (_error, thrown) => thrown };
    const call = compileLower(fn({}), { gate }, () => undefined, { codegen });
    const guest = instantiate(forwarder(fn({})), {
      host: {
        call: () => {
          call();
          throw exit;
        },
      },
    });
    try {
      compileLift(fn({}), { gate }, guest.exports["call"] as never, { codegen })();
      assert.fail("did not throw");
    } catch (thrown) {
      assert.equal(thrown, exit);
    }
  });

  test(`${mode}: functions without a result take and give only undefined; post-return gets the core result`, () => {
    const host = (value: unknown): (() => unknown) => compileLower(fn({}), {}, () => value, { codegen });
    assert.equal(host(undefined)(), undefined);
    assert.equal(codeOf(host(5)), "host-function-failed");
    assert.match(String(codeOf(host(Promise.resolve()))), /host-function-failed/);
    const seen: unknown[] = [];
    const post = (...flat: unknown[]): void => void seen.push(flat);
    assert.equal(compileLift(fn({}, p("u8")), { postReturn: post }, () => 0x101, { codegen })(), 1);
    assert.equal(compileLift(fn({}), { postReturn: post }, () => undefined, { codegen })(), undefined);
    assert.deepEqual(seen, [[0x101], []]);
  });

  test(`${mode}: missing options of the definition are said`, () => {
    assert.throws(
      () =>
        compileLift(fn({ s: p("string") }), { memory: () => ({ buffer: new ArrayBuffer(8) }) }, () => 0, { codegen })(
          "x",
        ),
      /\[artifact-invalid\] a function needs the canonical option realloc/,
    );
    assert.throws(
      () => compileLift(fn({}, p("string")), {}, () => 0, { codegen })(),
      /needs the canonical option memory/,
    );
  });

  test(`${mode}: a shared memory that grows is followed, and text is copied before it is checked`, () => {
    const guest = instantiate(`(module (memory (export "memory") 1 4 shared)
      (global $top (mut i32) (i32.const 65536))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (if (i32.eq (memory.size) (i32.const 1)) (then (drop (memory.grow (i32.const 2)))))
        (global.set $top (i32.add (global.get $top) (i32.const 64)))
        (i32.sub (global.get $top) (i32.const 64)))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))`);
    const echo = compileLift(fn({ s: p("string") }, p("string")), guest.env(), guest.exports["echo"] as never, {
      codegen,
    });
    for (const text of ["short", "somewhat longer than sixteen", "h\u00e9llo \u2603"]) assert.equal(echo(text), text);
    const bytes = compileLift(fn({ s: list(p("u8")) }, list(p("u8"))), guest.env(), guest.exports["echo"] as never, {
      codegen,
    });
    const copy = bytes(new Uint8Array([1, 2])) as Uint8Array;
    assert.deepEqual(copy, new Uint8Array([1, 2]));
    assert.ok(copy.buffer instanceof ArrayBuffer);
  });

  test(`${mode}: methods of one instance nest, and each call has its own budget and views`, () => {
    const inner = instantiate(forwarder(fn({ s: p("string") }, p("string")), 1), {
      host: { call: (a: number, b: number, at: number) => new Uint32Array(inner.memory.buffer).set([a, b], at / 4) },
    });
    const innerCall = compileLift(fn({ s: p("string") }, p("string")), inner.env(), inner.exports["call"] as never, {
      codegen,
    });
    const holder: { env?: CanonicalEnv } = {};
    let depth = 0;
    const host = compileLower(
      fn({ s: p("string") }, p("string")),
      {
        get memory() {
          return holder.env?.memory as never;
        },
        get realloc() {
          return holder.env?.realloc as never;
        },
      },
      (s) => (depth++ < 5 ? outerCall(innerCall(`${String(s)}.`)) : s),
      { codegen },
    );
    const outer = instantiate(forwarder(fn({ s: p("string") }, p("string")), 1), { host: { call: host } });
    holder.env = outer.env();
    const outerCall = compileLift(fn({ s: p("string") }, p("string")), holder.env, outer.exports["call"] as never, {
      codegen,
    });
    assert.equal(outerCall("x"), "x.....");
  });
}

test("the halves of a call serve callers that have a way of their own", () => {
  const guest = instantiate(`(module ${allocator()})`);
  const row = compileValues(["a", "b"], [p("string"), p("u64")], guest.env(), 16);
  row.check(["x", 1n]);
  assert.throws(() => row.check(["x", 1]), /b: expected u64/);
  const flat = row.lower(["hello", 5n]);
  assert.deepEqual(flat, [4096, 5, 5n]);
  assert.deepEqual(row.lift(flat), ["hello", 5n]);
  const stored = compileValues(["result"], [p("string")], guest.env(), 0);
  assert.equal(stored.isInMemory, true);
  assert.deepEqual(stored.lower(["abc"], 64), []);
  assert.deepEqual(stored.lift([64]), ["abc"]);
  assert.equal(stored.lower(["abc"]).length, 1);
});
