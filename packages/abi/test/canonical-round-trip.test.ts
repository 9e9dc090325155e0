// Values of every type, host to guest to host to guest to host: what arrives is what was sent, on every path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileLift, compileLower } from "@tenon/abi/canonical";
import type { CanonicalEnv, StringEncoding } from "@tenon/abi/canonical";
import { arbitraryType, arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import type { ContractFunction, ValueType } from "@tenon/contract";
import { assemble, forwarder, guestOf } from "./canonical-guests.ts";
import { TYPES, fn, list, p, record, tuple, variant } from "./types.ts";

const ENCODINGS: readonly StringEncoding[] = ["utf8", "utf16", "latin1+utf16"];

/** The spec knows no empty types and no more than 32 flags; error contexts are handles and have a test of their own. */
function isCanonical(type: ValueType): boolean {
  return !/"(fields|items)":\[\]|error-context|"f69"/.test(JSON.stringify(type));
}

/** `values` there and back through a fresh guest. */
function exchange(
  func: ContractFunction,
  more: Partial<CanonicalEnv>,
  codegen: boolean,
  answer: (...args: unknown[]) => unknown,
  grows = 0,
): (...args: unknown[]) => unknown {
  const holder: { env?: CanonicalEnv } = {};
  const host = compileLower(
    func,
    {
      get memory() {
        return holder.env?.memory as () => { buffer: ArrayBuffer };
      },
      get realloc() {
        return holder.env?.realloc as never;
      },
      ...more,
    },
    answer,
    { codegen },
  );
  const guest = guestOf(assemble(forwarder(func, grows)), { host: { call: host } });
  holder.env = guest.env(more);
  return compileLift(func, holder.env, guest.exports["call"] as never, { codegen });
}

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";

  test(`${mode}: long lists of numbers are copies of their own, whole and of their own type`, () => {
    const kinds = { u8: Uint8Array, s16: Int16Array, u32: Uint32Array, s64: BigInt64Array, f64: Float64Array };
    for (const [kind, Numbers] of Object.entries(kinds)) {
      const type = list(p(kind as "u8"));
      const call = exchange(fn({ value: type }, type), {}, codegen, (value) => value);
      for (const length of [2 ** 18 - 1, 2 ** 18, 2 ** 18 + 3]) {
        const sent = new Numbers(length);
        for (const at of [0, 1, length >> 1, length - 1]) sent[at] = kind === "s64" ? BigInt(-at) : at % 251;
        const back = call(sent) as typeof sent;
        assert.equal(back.constructor, Numbers);
        assert.equal(back.buffer.byteLength, back.byteLength);
        assert.ok(Buffer.from(back.buffer).equals(Buffer.from(sent.buffer)), `${kind} of ${length}`);
      }
    }
  });

  test(`${mode}: every kind of value survives four crossings, in all three encodings`, () => {
    const random = seededRandom(7);
    for (const [name, type] of TYPES) {
      if (!isCanonical(type)) continue;
      const func = fn({ value: type }, type);
      for (const stringEncoding of ENCODINGS) {
        let seen: unknown;
        const call = exchange(func, { stringEncoding }, codegen, (value) => (seen = value));
        for (let round = 0; round < 12; round++) {
          const value = arbitraryValue(type, random);
          const back = call(value);
          assert.deepEqual(seen, value, `${name} to the host, ${stringEncoding}`);
          assert.deepEqual(back, value, `${name} back, ${stringEncoding}`);
        }
      }
    }
  });

  test(`${mode}: so do random types, many parameters, and values past sixteen core values`, () => {
    const random = seededRandom(codegen ? 11 : 12);
    for (let round = 0; round < 60; round++) {
      const types = Array.from({ length: 1 + Math.floor(random() * 5) }, () => arbitraryType(random, 3));
      if (!types.every(isCanonical)) continue;
      const result = tuple(...types);
      const func = fn(Object.fromEntries(types.map((type, index) => [`p${index}`, type])), result);
      const stringEncoding = ENCODINGS[round % 3] as StringEncoding;
      const call = exchange(func, { stringEncoding }, codegen, (...args) => args, round % 4 === 0 ? 1 : 0);
      for (let again = 0; again < 4; again++) {
        const values = types.map((type) => arbitraryValue(type, random));
        assert.deepEqual(call(...values), values, JSON.stringify(types));
      }
    }
  });

  test(`${mode}: joined slots of variants carry every core type`, () => {
    const all = { i: p("s32"), b: p("bool"), l: p("s64"), f: p("f32"), d: p("f64"), s: p("string"), n: null };
    const wide = variant({ ...all, t: tuple(p("f32"), p("u64"), p("char")), v: variant(all) });
    const narrow = variant({ f: p("f32"), i: p("s16"), e: variant({ g: p("f32"), h: null }) });
    const func = fn({ wide, narrow }, tuple(wide, narrow));
    const call = exchange(func, {}, codegen, (...args) => args);
    const random = seededRandom(5);
    for (let round = 0; round < 200; round++) {
      const values = [arbitraryValue(wide, random), arbitraryValue(narrow, random)];
      assert.deepEqual(call(...values), values);
    }
    // Signs must not leak into the upper half of a joined i64, nor be lost from the lower.
    const edges = [
      { tag: "i", val: -1 },
      { tag: "f", val: -0 },
      { tag: "d", val: -Infinity },
      { tag: "l", val: -1n },
    ];
    for (const val of [...edges, { tag: "v", val: { tag: "f", val: NaN } }])
      assert.deepEqual(call(val, { tag: "i", val: -32768 }), [val, { tag: "i", val: -32768 }]);
  });

  test(`${mode}: a memory that grows at every allocation loses nothing`, () => {
    const part = record({ name: p("string"), data: list(p("u16")), more: list(list(p("string"))) });
    const func = fn({ head: p("string"), parts: list(part), tail: list(p("f64")) }, tuple(list(part), p("string")));
    const call = exchange(func, {}, codegen, (head, parts) => [parts, head], 1);
    const random = seededRandom(3);
    for (let round = 0; round < 10; round++) {
      const parts = arbitraryValue(list(part), random);
      assert.deepEqual(call("x".repeat(round * 10), parts, [1, 2]), [parts, "x".repeat(round * 10)]);
    }
  });

  test(`${mode}: plain arrays, missing flags and options, surplus keys come out in the form of mapping.ts`, () => {
    const type = record({
      bytes: list(p("u8")),
      flags: { kind: "flags", flags: ["a", "b-c"] },
      opt: { kind: "option", item: p("u8") },
    });
    const call = exchange(fn({ value: type }, type), {}, codegen, (value) => value);
    assert.deepEqual(call({ bytes: [1, 255], flags: { bC: true }, extra: 1 }), {
      bytes: new Uint8Array([1, 255]),
      flags: { a: false, bC: true },
      opt: undefined,
    });
  });
}

test("generated code and closures have the same guest memory and the same core values", () => {
  const random = seededRandom(99);
  for (let round = 0; round < 40; round++) {
    const type = arbitraryType(random, 3);
    if (!isCanonical(type)) continue;
    const func = fn({ value: type });
    const value = arbitraryValue(type, random);
    const [first, second] = [true, false].map((codegen) => {
      const holder: { flat?: readonly unknown[] } = {};
      const guest = guestOf(assemble(forwarder(func)), { host: { call: () => {} } });
      const spy = (...flat: unknown[]): void => void (holder.flat = flat);
      compileLift(func, guest.env(), spy, { codegen })(value);
      return { flat: holder.flat, memory: guest.bytes(0, 2 * 65536) };
    });
    assert.deepEqual(first, second, JSON.stringify(type));
  }
});

test("a type without a layout is refused when it is compiled", () => {
  for (const type of [
    record({}),
    tuple(),
    list(p("u8"), 0),
    { kind: "flags", flags: Array.from({ length: 33 }, (_, index) => `f${index}`) },
  ]) {
    assert.throws(
      () => compileLift(fn({ value: type as ValueType }), {}, () => 0),
      (error) => error instanceof TenonError && error.code === "boundary-unsupported",
    );
  }
});
