// Hostile guests: whatever they return, pass or allocate, the host sees a typed error, in bounded memory and time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget } from "@tenon/abi";
import { compileLift, compileLower, compileValues, flattenAll } from "@tenon/abi/canonical";
import type { CanonicalEnv, CoreValue } from "@tenon/abi/canonical";
import { arbitraryType, arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import type { ErrorCode, ValueType } from "@tenon/contract";
import { instantiate } from "./canonical-guests.ts";
import { enumOf, flagsOf, fn, list, map, option, p, result, tuple, variant } from "./types.ts";

const FUZZ_MS = 600;
const SIZE = 65536;

function refuses(code: ErrorCode, run: () => unknown, what?: RegExp): void {
  assert.throws(run, (error) => {
    if (!(error instanceof TenonError)) throw error;
    assert.equal(error.code, code, error.message);
    if (what !== undefined) assert.match(error.what, what);
    return true;
  });
}

/** An export of no parameters that returns `core` with these words in memory, lifted. */
function lifted(
  codegen: boolean,
  type: ValueType,
  core: CoreValue,
  words: Readonly<Record<number, number>> = {},
  more: Partial<CanonicalEnv> = {},
): unknown {
  const view = new DataView(new ArrayBuffer(SIZE));
  for (const [at, word] of Object.entries(words)) view.setUint32(Number(at), word, true);
  const env: CanonicalEnv = { memory: () => ({ buffer: view.buffer }), ...more };
  return compileLift(fn({}, type), env, () => core, { codegen })();
}

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";
  const lift = (
    type: ValueType,
    core: CoreValue,
    words?: Readonly<Record<number, number>>,
    more?: Partial<CanonicalEnv>,
  ): unknown => lifted(codegen, type, core, words, more);

  test(`${mode}: pointers of results are held against memory and alignment`, () => {
    const pair = tuple(p("u32"), p("u32"));
    refuses("plugin-trap", () => lift(pair, 2), /the pointer 2, which is not aligned to 4 bytes/);
    refuses(
      "plugin-trap",
      () => lift(pair, SIZE - 4),
      /pointer 65532 for 8 bytes, which end outside the memory of 65536/,
    );
    refuses("plugin-trap", () => lift(pair, -4), /pointer 4294967292/);
    assert.deepEqual(lift(pair, SIZE - 8, { [SIZE - 4]: 7 }), [0, 7]);
  });

  test(`${mode}: lists are held against memory, alignment and the largest size before anything is allocated`, () => {
    refuses("plugin-trap", () => lift(list(p("u8")), 0, { 0: 1, 4: SIZE }), /outside the memory/);
    refuses("plugin-trap", () => lift(list(p("u8")), 0, { 0: 0xffffffff, 4: 0xffffffff }), /more than 268435455 bytes/);
    refuses(
      "plugin-trap",
      () => lift(list(p("u64")), 0, { 0: 8, 4: 0x20000000 }),
      /536870912 elements takes more than/,
    );
    refuses("plugin-trap", () => lift(list(p("u64")), 0, { 0: 4, 4: 1 }), /not aligned to 8/);
    refuses("plugin-trap", () => lift(list(p("u16")), 0, { 0: 1, 4: 0 }), /not aligned to 2/);
    refuses("plugin-trap", () => lift(list(p("u8")), 0, { 0: SIZE + 1, 4: 0 }), /outside/);
    refuses("plugin-trap", () => lift(map(p("u8"), p("u64")), 0, { 0: 8, 4: 0x10000000 }), /more than/);
    assert.deepEqual(lift(list(p("u8")), 0, { 0: SIZE, 4: 0 }), new Uint8Array(0));
  });

  test(`${mode}: a small memory that names one list again and again is stopped by the budget`, () => {
    // Every inner list is the same 32,000 bytes (ASCII, so that they are text as well): 250 MiB out of 64 KiB.
    const words: Record<number, number> = { 0: 8, 4: 0x1f7f };
    for (let at = 8; at < SIZE - 8; at += 8) [words[at], words[at + 4]] = [0, 0x7d00];
    const before = process.memoryUsage().rss;
    refuses(
      "resource-exhausted",
      () => lift(list(list(p("u8"))), 0, words),
      /more than 134217728 bytes of decoded values/,
    );
    refuses("resource-exhausted", () => lift(list(p("string")), 0, words), /more than 134217728 bytes/);
    refuses("resource-exhausted", () => lift(list(list(p("bool"))), 0, words), /more than/);
    assert.ok(process.memoryUsage().rss - before < 600 * 2 ** 20);
    refuses(
      "resource-exhausted",
      () => lift(list(p("u32")), 0, { 0: 8, 4: 100 }, { limits: { maxBytes: 200 } }),
      /more than 200 bytes/,
    );
    refuses(
      "resource-exhausted",
      () => lift(p("string"), 0, { 0: 8, 4: 100 }, { limits: { maxStringBytes: 99 } }),
      /more than 99 bytes in one string/,
    );
    refuses(
      "resource-exhausted",
      () => lift(list(p("bool")), 0, { 0: 8, 4: 100 }, { limits: { maxListLength: 99 } }),
      /more than 99 elements/,
    );
  });

  test(`${mode}: a shared budget is spent by all lifts together, an own one is full for each`, () => {
    const budget = new Budget({ maxBytes: 1000 });
    const buffer = new ArrayBuffer(SIZE);
    new Uint32Array(buffer).set([8, 400]);
    const call = (env: CanonicalEnv): (() => unknown) => compileLift(fn({}, list(p("u8"))), env, () => 0, { codegen });
    const shared = call({ memory: () => ({ buffer }), budget });
    shared();
    refuses("resource-exhausted", () => (shared(), shared()));
    budget.reset();
    shared();
    const own = call({ memory: () => ({ buffer }), limits: { maxBytes: 1000 } });
    for (let round = 0; round < 5; round++) own();
  });

  test(`${mode}: discriminants and characters trap, integers wrap, booleans and flags take any bits`, () => {
    const cases = variant({ a: null, b: p("u8"), c: p("string") });
    refuses("plugin-trap", () => lift(cases, 0, { 0: 3 }), /case 3 does not exist, the type has 3/);
    refuses("plugin-trap", () => lift(enumOf("a", "b"), 2), /case 2 does not exist, the type has 2/);
    refuses("plugin-trap", () => lift(enumOf("a", "b"), -1), /case 4294967295/);
    refuses("plugin-trap", () => lift(option(p("u8")), 0, { 0: 2 }), /case 2/);
    refuses("plugin-trap", () => lift(result(), 2), /case 2/);
    refuses("plugin-trap", () => lift(tuple(p("u8"), enumOf("a")), 0, { 0: 0x0100 }), /case 1/);
    for (const code of [0xd800, 0xdfff, 0x110000, -1]) {
      refuses("plugin-trap", () => lift(p("char"), code), /is not a character/);
      refuses("plugin-trap", () => lift(tuple(p("char"), p("u8")), 0, { 0: code >>> 0 }), /is not a character/);
    }
    assert.equal(lift(p("char"), 0x1f370), "\u{1f370}");
    const wraps: readonly [ValueType, CoreValue, unknown][] = [
      [p("u8"), 0x1ff, 0xff],
      [p("s8"), 0x180, -128],
      [p("u16"), -1, 0xffff],
      [p("s16"), 0x18000, -32768],
      [p("u32"), -1, 0xffffffff],
      [p("s32"), -1, -1],
      [p("u64"), -1n, 2n ** 64n - 1n],
      [p("s64"), -1n, -1n],
      [p("bool"), 0, false],
      [p("bool"), 0x100, true],
      [flagsOf("a", "b"), -2, { a: false, b: true }],
      [tuple(p("u8")), 0x101, [1]],
    ];
    for (const [type, core, expected] of wraps) assert.deepEqual(lift(type, core), expected);
    assert.deepEqual(lift(tuple(p("bool"), flagsOf("a"), p("s8")), 0, { 0: 0x0080fe02 }), [true, { a: false }, -128]);
  });

  test(`${mode}: realloc is not trusted`, () => {
    const call = (type: ValueType, value: unknown, gives: number): unknown => {
      const guest = instantiate(`(module (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const ${gives}))
        (func (export "take") (param i32 i32)))`);
      return compileLift(fn({ value: type }), guest.env(), guest.exports["take"] as never, { codegen })(value);
    };
    refuses(
      "plugin-trap",
      () => call(list(p("u32")), [1, 2], -4),
      /realloc gave the pointer 4294967292 for 8 bytes, which end outside/,
    );
    refuses("plugin-trap", () => call(list(p("u32")), [], -4), /realloc gave the pointer 4294967292 for 0 bytes/);
    refuses(
      "plugin-trap",
      () => call(list(p("u32")), [1], -1),
      /realloc gave the pointer 4294967295, which is not aligned to 4/,
    );
    refuses("plugin-trap", () => call(list(p("u32")), [1], 2), /not aligned to 4/);
    refuses("plugin-trap", () => call(p("string"), "hello", SIZE - 4), /realloc gave/);
    refuses("plugin-trap", () => call(p("string"), "h".repeat(100), SIZE - 99), /realloc gave/);
    call(p("string"), "h".repeat(300), SIZE - 300);
    refuses("plugin-trap", () => call(p("string"), `${"h".repeat(298)}\u00e9`, SIZE - 299), /realloc gave/);
    // Everything at one place: the guest's own loss.
    call(
      list(tuple(p("string"), list(p("string")))),
      [
        ["abc", ["d", "e"]],
        ["f", []],
      ],
      64,
    );
  });

  test(`${mode}: realloc and post-return that trap, throw or call out end the call`, () => {
    const env = { flags: { mayLeave: true } };
    const log = compileLower(fn({ level: p("u8") }), { ...env, name: "host.log" }, () => undefined, { codegen });
    const guest = instantiate(
      `(module (import "h" "log" (func $log (param i32))) (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (if (i32.eq (local.get 3) (i32.const 3)) (then unreachable))
          (if (i32.eq (local.get 3) (i32.const 4)) (then (call $log (i32.const 1))))
          (i32.const 64))
        (func $loop (export "loop") (param i32 i32) (call $loop (local.get 0) (local.get 1)))
        (func (export "take") (param i32 i32) (call $log (i32.const 1)))
        (func (export "two") (result i32) (i32.const 2))
        (func (export "post") (param i32) (call $log (local.get 0)))
        (func (export "boom") (param i32) unreachable))`,
      { h: { log } },
    );
    const { exports } = guest;
    const take = compileLift(
      fn({ text: p("string") }),
      guest.env({ ...env, name: "guest.take" }),
      exports["take"] as never,
      { codegen },
    );
    take("x");
    refuses("plugin-trap", () => take("abc"), /RuntimeError: unreachable/);
    env.flags.mayLeave = true;
    refuses("plugin-trap", () => take("abcd"), /the plugin called host.log from realloc or post-return/);
    env.flags.mayLeave = true;
    take("x");
    const two = (postReturn: unknown): unknown =>
      compileLift(fn({}, p("u8")), guest.env({ ...env, postReturn: postReturn as never }), exports["two"] as never, {
        codegen,
      })();
    refuses("plugin-trap", () => two(exports["post"]), /called host.log from realloc or post-return/);
    env.flags.mayLeave = true;
    refuses("plugin-trap", () => two(exports["boom"]), /unreachable/);
    const loop = compileLift(fn({ text: p("string") }), guest.env({ name: "guest.loop" }), exports["loop"] as never, {
      codegen,
    });
    assert.throws(
      () => loop("x"),
      (error) =>
        error instanceof TenonError &&
        error.code === "plugin-trap" &&
        error.call === "guest.loop" &&
        /recursed too deeply/.test(error.hint),
    );
  });

  test(`${mode}: parameters and result pointers of imports are held too`, () => {
    const buffer = new ArrayBuffer(SIZE);
    const env: CanonicalEnv = { memory: () => ({ buffer }), realloc: () => 64, name: "host.f" };
    const lower = (
      params: Record<string, ValueType>,
      type: ValueType | undefined,
      host: (...args: unknown[]) => unknown,
      ...flat: CoreValue[]
    ): unknown => compileLower(fn(params, type), env, host, { codegen })(...flat);
    refuses(
      "plugin-trap",
      () => lower({ s: p("string") }, undefined, () => undefined, SIZE - 1, 2),
      /outside the memory/,
    );
    refuses("plugin-trap", () => lower({ e: enumOf("a") }, undefined, () => undefined, 1), /case 1/);
    refuses("plugin-trap", () => lower({}, p("string"), () => "x", SIZE - 4), /pointer 65532 for 8 bytes/);
    refuses("plugin-trap", () => lower({}, p("string"), () => "x", 6), /not aligned to 4/);
    const seventeen = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`p${index}`, p("u32")]));
    refuses("plugin-trap", () => lower(seventeen, undefined, () => undefined, SIZE - 64), /for 68 bytes/);
    refuses("plugin-trap", () => lower(seventeen, undefined, () => undefined, 2), /not aligned/);
  });

  test(`${mode}: random memory and random core values give a value or a typed error`, () => {
    const random = seededRandom(codegen ? 21 : 22);
    const end = Date.now() + FUZZ_MS;
    let values = 0;
    let errors = 0;
    while (Date.now() < end) {
      const types = Array.from({ length: 1 + Math.floor(random() * 3) }, () => arbitraryType(random, 3));
      const words = new Uint32Array(1024);
      for (let index = 0; index < words.length; index++)
        words[index] = random() < 0.7 ? random() * 64 : random() * 2 ** 32;
      const env: CanonicalEnv = {
        memory: () => ({ buffer: words.buffer }),
        limits: { maxBytes: 2 ** 20 },
        realloc: () => random() * 4200,
      };
      const flat = Array.from({ length: 16 }, () => Math.floor(random() * 300));
      try {
        const params = Object.fromEntries(types.map((type, index) => [`p${index}`, type]));
        const { isInMemory } = compileValues([], types, env, 16);
        // Core functions are typed: an i64 is a bigint whatever the guest does.
        const typed = isInMemory ? flat : flat.map((value, index) => (isI64(types, index) ? BigInt(value) : value));
        compileLower(fn(params), env, () => undefined, { codegen })(...typed);
        const type = types[0] as ValueType;
        compileLift(
          fn({}, type),
          env,
          () => (isI64([type], 0) && flattenAll([type]).length === 1 ? 5n : Math.floor(random() * 64)),
          { codegen },
        )();
        compileLift(fn({ value: type }), env, () => 0, { codegen })(arbitraryValue(type, random));
        values += 1;
      } catch (thrown) {
        assert.ok(thrown instanceof TenonError, String(thrown));
        assert.ok(["plugin-trap", "resource-exhausted", "boundary-unsupported"].includes(thrown.code), thrown.message);
        assert.doesNotMatch(thrown.what, /TypeError|SyntaxError|RangeError/, JSON.stringify(types));
        errors += 1;
      }
    }
    assert.ok(values > 5 && errors > 5, `${values} values, ${errors} errors`);
  });
}

test("types whose cases multiply are compiled in bounded time, and work", () => {
  // Twelve levels of two cases that share the level below: 4,096 ways through, and code for each would be too long.
  let type: ValueType = p("u8");
  for (let level = 0; level < 12; level++) type = variant({ a: type, b: type });
  const flat: CoreValue[] = [];
  const call = compileLift(fn({ value: type }), {}, (...core) => void flat.push(...core));
  let value: unknown = 7;
  for (let level = 0; level < 12; level++) value = { tag: level % 2 === 0 ? "b" : "a", val: value };
  call(value);
  assert.deepEqual(flat, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 7]);
  const wide = variant(Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`c${index}`, p("u32")])));
  assert.deepEqual(compileLift(fn({}, tuple(wide)), { memory: () => ({ buffer: new ArrayBuffer(64) }) }, () => 0)(), [
    { tag: "c0", val: 0 },
  ]);
});

function isI64(types: readonly ValueType[], index: number): boolean {
  return flattenAll(types)[index] === "i64";
}
