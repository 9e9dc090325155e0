// The JSON form: what goes out, what else is understood coming in, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget, fromJson, toJson } from "@tenon/abi";
import { TenonError } from "@tenon/contract";
import type { ValueType } from "@tenon/contract";
import { BUILD_RESULT, enumOf, flagsOf, list, map, option, p, record, result, tuple, variant } from "./types.ts";

const request = record({ "target-dir": p("string"), "HTTP-code": option(p("u16")) });

const OUT: readonly (readonly [type: ValueType, value: unknown, json: unknown])[] = [
  [request, { targetDir: "a" }, { "target-dir": "a", "HTTP-code": null }],
  [p("u64"), 5n, 5],
  [p("u64"), 2n ** 53n, "9007199254740992"],
  [p("s64"), -(2n ** 63n), "-9223372036854775808"],
  [list(p("u8")), new Uint8Array([0, 255, 16, 1]), "AP8QAQ=="],
  [list(p("u64")), new BigUint64Array([1n]), [1]],
  [list(p("f32")), new Float32Array([0.5, Infinity]), [0.5, "Infinity"]],
  [p("f64"), NaN, "NaN"],
  [variant({ a: null, b: p("u8") }), { tag: "a" }, { tag: "a" }],
  [variant({ a: null, b: p("u8") }), { tag: "b", val: 1 }, { tag: "b", val: 1 }],
  [result(), { tag: "ok" }, { ok: null }],
  [result(p("u8"), p("string")), { tag: "err", val: "x" }, { err: "x" }],
  [option(option(p("u8"))), { tag: "some", val: undefined }, { some: null }],
  [option(option(p("u8"))), { tag: "none" }, null],
  [flagsOf("read", "write-all"), { read: false, writeAll: true }, ["write-all"]],
  [map(p("string"), p("u8")), new Map([["__proto__", 1]]), [["__proto__", 1]]],
];

const IN: readonly (readonly [type: ValueType, json: unknown, value: unknown])[] = [
  [request, { target_dir: "a", http_code: 1, extra: {} }, { targetDir: "a", httpCode: 1 }],
  [request, { targetDir: "a" }, { targetDir: "a", httpCode: undefined }],
  [p("u64"), "18446744073709551615", 2n ** 64n - 1n],
  [p("s64"), -5, -5n],
  [p("u8"), -0, 0],
  [p("f32"), 0.1, Math.fround(0.1)],
  [p("f32"), "-Infinity", -Infinity],
  [list(p("u8")), [1, 2], new Uint8Array([1, 2])],
  [list(p("u8")), "AP8Q\nAQ==", new Uint8Array([0, 255, 16, 1])],
  [list(p("u8")), "AP8QAQ", new Uint8Array([0, 255, 16, 1])],
  [variant({ a: null, b: p("u8") }), "a", { tag: "a" }],
  [variant({ a: null }), { tag: "a", val: null }, { tag: "a" }],
  [variant({ a: option(p("u8")) }), { tag: "a" }, { tag: "a", val: undefined }],
  [result(p("u8")), { tag: "ok", val: 1 }, { tag: "ok", val: 1 }],
  [result(p("u8")), "err", { tag: "err" }],
  [result(option(p("u8"))), { ok: null }, { tag: "ok", val: undefined }],
  [flagsOf("read", "write-all"), { write_all: true }, { read: false, writeAll: true }],
  [flagsOf("read"), ["read", "read"], { read: true }],
  [map(p("string"), p("u8")), JSON.parse('{"__proto__": 1}'), new Map([["__proto__", 1]])],
];

const REFUSED: readonly (readonly [type: ValueType, json: unknown, message: RegExp])[] = [
  [
    request,
    { "target-dir": "a", target_dir: "b" },
    /^it\.target-dir: the field target-dir is given twice, as target-dir and as target_dir/,
  ],
  [request, {}, /^it\.target-dir: expected string, got undefined/],
  [request, [], /expected an object/],
  [request, { "target-dir": "\ud800" }, /lone surrogate/],
  [record({ constructor: p("string") }), {}, /^it\.constructor: expected string, got undefined/],
  [BUILD_RESULT, { ok: { artifact: "!", log: "" } }, /^it\.ok\.artifact: expected base64 text/],
  [BUILD_RESULT, { ok: 1, err: 2 }, /\{ "ok": value \} or/],
  [BUILD_RESULT, { err: { tag: "failed", val: 5 } }, /^it\.err\.val: expected string, got number 5/],
  [result(), { ok: 5 }, /^it\.ok: expected null/],
  [p("u64"), 1.5, /u64 \(a whole number/],
  [p("u64"), 2 ** 60, /u64/],
  [p("u64"), "1".repeat(1e6), /u64/],
  [p("u64"), "18446744073709551616", /u64/],
  [p("u64"), "0x10", /u64/],
  [p("u8"), "5", /u8/],
  [p("f64"), "inf", /number/],
  [p("bool"), 0, /boolean/],
  [list(p("u8")), "A", /base64/],
  [list(p("u8")), "AAA=A", /base64/],
  [list(p("u8"), 3), "AP8QAQ==", /expected 3 elements, got 4/],
  [
    list(tuple(p("u8"), p("bool"))),
    [
      [1, true],
      [1, 2],
    ],
    /^it\[1\]\[1\]: expected boolean/,
  ],
  [enumOf("not-found"), "notFound", /expected one of/],
  [variant({ a: null }), { tag: "toString" }, /expected one of "a"/],
  [option(option(p("u8"))), 5, /null or \{ "some": value \}/],
  [flagsOf("read"), ["raed"], /^it\[0\]: expected one of "read"/],
  [flagsOf("read"), { read: 1 }, /^it\.read: expected boolean/],
  [map(p("u8"), p("u8")), { a: 1 }, /\[key, value\]/],
  [map(p("string"), p("u8")), [["a", 1, 2]], /^it\[0\]: expected a \[key, value\] pair/],
];

test("values become their JSON form and come back", () => {
  for (const [type, value, json] of OUT) {
    assert.deepEqual(toJson(type, value), json);
    assert.deepEqual(toJson(type, fromJson(type, json)), json);
  }
});

test("other spellings are understood", () => {
  for (const [type, json, value] of IN) assert.deepEqual(fromJson(type, json), value);
});

test("what does not fit is refused with its path", () => {
  for (const [type, json, message] of REFUSED) {
    assert.throws(
      () => fromJson(type, json, "it"),
      (error) => error instanceof TenonError && error.code === "value-invalid" && message.test(error.what),
      String(message),
    );
  }
  assert.throws(() => fromJson(p("u8"), "x", "result", { code: "protocol-error" }), { code: "protocol-error" });
  assert.throws(() => toJson(request, { targetDir: 5 }, "it"), /it\.targetDir: expected string/);
});

test("both directions keep to the budget", () => {
  const budget = (): Budget => new Budget({ maxListLength: 3, maxStringBytes: 3 });
  assert.throws(() => fromJson(list(p("u8")), [1, 2, 3, 4], "it", { budget: budget() }), {
    code: "resource-exhausted",
  });
  assert.throws(() => fromJson(p("string"), "abcd", "it", { budget: budget() }), { code: "resource-exhausted" });
});

test("resources are numbers in JSON", () => {
  const handles = { lower: (value: unknown) => value as number, lift: (id: number) => ({ id }) };
  const type: ValueType = { kind: "borrow", resource: "#r", owner: "host" };
  assert.equal(toJson(type, 7, "it", { handles }), 7);
  assert.deepEqual(fromJson(type, 7, "it", { handles }), { id: 7 });
  assert.throws(() => fromJson(type, -1, "it", { handles }), { code: "value-invalid" });
  assert.throws(() => fromJson(type, 7), { code: "boundary-unsupported" });
});
