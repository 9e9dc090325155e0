// Types in memory and as core values: sizes, alignments, bytes and slots by the book.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileLift, coreSignature, flattenType, layoutOf, recordLayout } from "@tenon/abi/canonical";
import type { CoreValue } from "@tenon/abi/canonical";
import type { ValueType } from "@tenon/contract";
import { allocator, instantiate } from "./canonical-guests.ts";
import { enumOf, flagsOf, fn, list, map, option, p, record, result, tuple, variant } from "./types.ts";

test("sizes, alignments and flat types are those of the specification", () => {
  const rows: readonly [ValueType, number, number, number, number, string][] = [
    [p("bool"), 1, 1, 1, 1, "i32"],
    [p("char"), 4, 4, 4, 4, "i32"],
    [p("f64"), 8, 8, 8, 8, "f64"],
    [p("string"), 8, 4, 16, 8, "i32 i32"],
    [list(p("u64")), 8, 4, 16, 8, "i32 i32"],
    [map(p("u8"), p("u64")), 8, 4, 16, 8, "i32 i32"],
    [list(p("u16"), 3), 6, 2, 6, 2, "i32 i32 i32"],
    [tuple(p("u8"), p("u64"), p("u8")), 24, 8, 24, 8, "i32 i64 i32"],
    [record({ a: p("u8"), b: p("string") }), 12, 4, 24, 8, "i32 i32 i32"],
    [option(p("u8")), 2, 1, 2, 1, "i32 i32"],
    [option(p("u64")), 16, 8, 16, 8, "i32 i64"],
    [result(p("f32"), p("u32")), 8, 4, 8, 4, "i32 i32"],
    [result(p("f32"), p("u64")), 16, 8, 16, 8, "i32 i64"],
    [result(), 1, 1, 1, 1, "i32"],
    [variant({ a: p("f32"), b: p("f64"), c: null }), 16, 8, 16, 8, "i32 i64"],
    [enumOf(...Array.from({ length: 256 }, (_, index) => `c${index}`)), 1, 1, 1, 1, "i32"],
    [enumOf(...Array.from({ length: 257 }, (_, index) => `c${index}`)), 2, 2, 2, 2, "i32"],
    [flagsOf(..."abcdefgh"), 1, 1, 1, 1, "i32"],
    [flagsOf(..."abcdefghi"), 2, 2, 2, 2, "i32"],
    [flagsOf(...Array.from({ length: 17 }, (_, index) => `f${index}`)), 4, 4, 4, 4, "i32"],
    [{ kind: "own", resource: "a:b/c#file", owner: "host" }, 4, 4, 4, 4, "i32"],
    [{ kind: "stream" }, 4, 4, 4, 4, "i32"],
  ];
  for (const [type, size, align, wideSize, wideAlign, flat] of rows) {
    assert.deepEqual(layoutOf(type), { ...layoutOf(type), size, align }, JSON.stringify(type));
    assert.deepEqual(
      layoutOf(type, 8),
      { ...layoutOf(type, 8), size: wideSize, align: wideAlign },
      JSON.stringify(type),
    );
    assert.equal(flattenType(type).join(" "), flat);
  }
  assert.deepEqual(recordLayout([p("u8"), p("u32"), p("u16")]), { size: 12, align: 4, offsets: [0, 4, 8] });
  assert.deepEqual(flattenType(p("string"), 8), ["i64", "i64"]);
});

test("more than 16 core parameters or one core result go through memory", () => {
  const many = (count: number): Record<string, ValueType> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, p("f32")]));
  assert.equal(coreSignature(fn(many(16)), "lift").params.length, 16);
  assert.deepEqual(coreSignature(fn(many(17), p("string")), "lift"), {
    params: ["i32"],
    results: ["i32"],
    hasParamsInMemory: true,
    hasResultInMemory: true,
  });
  assert.deepEqual(coreSignature(fn({ a: p("u64") }, p("string")), "lower"), {
    params: ["i64", "i32"],
    results: [],
    hasParamsInMemory: false,
    hasResultInMemory: true,
  });
  assert.deepEqual(coreSignature(fn({ a: p("string") }, p("u8")), "lower", 8).params, ["i64", "i64"]);
});

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";

  test(`${mode}: a record lies in memory as C would lay it`, () => {
    const seen: number[] = [];
    const guest = instantiate(`(module ${allocator()})`);
    const type = record({
      small: p("u8"),
      wide: p("s64"),
      text: p("string"),
      maybe: option(p("u16")),
      pick: variant({ no: null, yes: p("u32") }),
      set: flagsOf("a", "b", "c"),
    });
    const call = compileLift(fn({ values: list(type) }), guest.env(), (at) => void seen.push(at as number), {
      codegen,
    });
    call([{ small: 1, wide: -2n, text: "hi", maybe: 0x1234, pick: { tag: "yes", val: 7 }, set: { a: true, c: true } }]);
    const at = seen[0] as number;
    const expected = [1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert.deepEqual(guest.bytes(at, 16), expected);
    assert.deepEqual(guest.bytes(at + 20, 4), [2, 0, 0, 0]);
    assert.deepEqual(guest.bytes(at + 24, 4), [1, 0, 0x34, 0x12]);
    assert.deepEqual(guest.bytes(at + 28, 9), [1, 0, 0, 0, 7, 0, 0, 0, 5]);
    assert.deepEqual(guest.bytes(at + 40, 2), [104, 105]);
  });

  test(`${mode}: core values are what the specification flattens to`, () => {
    const flat = (type: ValueType, value: unknown): CoreValue[] => {
      const seen: CoreValue[] = [];
      compileLift(fn({ value: type }), {}, (...core) => void seen.push(...core), { codegen })(value);
      return seen;
    };
    assert.deepEqual(flat(tuple(p("bool"), p("char"), p("u64"), p("f32")), [true, "\u{1f370}", 2n ** 64n - 1n, 0.5]), [
      1,
      0x1f370,
      2n ** 64n - 1n,
      0.5,
    ]);
    const joined = variant({ f: p("f32"), d: p("f64"), i: p("s32"), n: null });
    assert.deepEqual(flat(joined, { tag: "f", val: -0 }), [0, 0x80000000n]);
    assert.deepEqual(flat(joined, { tag: "d", val: 1 }), [1, 0x3ff0000000000000n]);
    assert.deepEqual(flat(joined, { tag: "i", val: -1 }), [2, 0xffffffffn]);
    assert.deepEqual(flat(joined, { tag: "n" }), [3, 0n]);
    assert.deepEqual(flat(result(p("f32"), p("u32")), { tag: "ok", val: 1 }), [0, 0x3f800000]);
    assert.deepEqual(flat(option(tuple(p("u8"), p("u64"))), undefined), [0, 0, 0n]);
    assert.deepEqual(flat(flagsOf(...Array.from({ length: 32 }, (_, index) => `f${index}`)), { f31: true }), [2 ** 31]);
  });
}
