// What does not fit a type is named by path, and encoders say exactly what validators say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer, compileFunction, createValidator, formatSignature, formatType } from "@tenon/abi";
import { TenonError } from "@tenon/contract";
import type { ValueType } from "@tenon/contract";
import { BUILD_REQUEST, enumOf, flagsOf, fn, list, map, option, p, record, result, tuple, variant } from "./types.ts";

const throwing = Object.defineProperty({}, "path", { get: () => assert.fail("from a getter"), enumerable: true });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const good = { path: "p", target: "t", args: [], env: [] };

const CASES: readonly (readonly [type: ValueType, value: unknown, message: RegExp])[] = [
  [BUILD_REQUEST, { ...good, args: ["a", "b", "c", 5] }, /^it\.args\[3\]: expected string, got number 5$/],
  [BUILD_REQUEST, { ...good, env: [["a", "b"], ["c"]] }, /^it\.env\[1\]: expected an array of 2, got an array of 1$/],
  [BUILD_REQUEST, { path: "p" }, /^it\.target: expected string, got undefined \(the field is missing\)$/],
  [BUILD_REQUEST, throwing, /^it: cannot be read: .*from a getter/],
  [BUILD_REQUEST, revoked.proxy, /^it: cannot be read/],
  [BUILD_REQUEST, null, /^it: expected an object, got null$/],
  [record({ a: option(p("u8")) }), [], /expected an object, got an array of 0/],
  [p("u8"), 256, /expected u8 \(a whole number from 0 to 255\), got number 256/],
  [p("u8"), -1, /u8/],
  [p("u8"), 1.5, /u8/],
  [p("u8"), NaN, /u8/],
  [p("u8"), "5", /expected u8 .* got string "5"/],
  [p("u8"), 5n, /bigint 5n/],
  [p("s8"), 128, /s8/],
  [p("s16"), -32769, /s16/],
  [p("u16"), 65536, /u16/],
  [p("u32"), 2 ** 32, /u32/],
  [p("s32"), 2 ** 31, /s32/],
  [p("u64"), 5, /u64 \(a bigint/],
  [p("u64"), -1n, /u64/],
  [p("u64"), 2n ** 64n, /u64/],
  [p("s64"), 2n ** 63n, /s64/],
  [p("f32"), "1", /number/],
  [p("f64"), null, /number/],
  [p("bool"), 1, /boolean/],
  [p("char"), "", /one character/],
  [p("char"), "ab", /one character/],
  [p("char"), "\ud800", /one character/],
  [p("string"), "a\ud800b", /lone surrogate/],
  [p("string"), `${"x".repeat(100)}\udc00`, /lone surrogate/],
  [p("string"), new String("x"), /expected string, got an object/],
  [enumOf("debug", "release"), "relase", /expected one of "debug", "release", got string "relase"/],
  [enumOf("debug"), "__proto__", /expected one of/],
  [variant({ a: null, b: p("u8") }), "a", /expected an object \{ tag, val \}/],
  [variant({ a: null, b: p("u8") }), { tag: "c" }, /^it\.tag: expected one of/],
  [variant({ a: null, b: p("u8") }), { tag: "a", val: 1 }, /^it\.val: the case "a" carries no value, got number 1/],
  [variant({ a: null, b: p("u8") }), { tag: "b", val: 256 }, /^it\.val: expected u8/],
  [result(p("u8")), { ok: 1 }, /^it\.tag: expected one of "ok", "err", got undefined/],
  [option(p("string")), null, /expected string, got null/],
  [option(option(p("u8"))), 5, /expected an object \{ tag, val \}/],
  [flagsOf("read", "write-all"), { writeAll: 1 }, /^it\.writeAll: expected boolean, got number 1/],
  [flagsOf("read"), ["read"], /an object of booleans/],
  [list(p("string")), { length: 0 }, /expected an array/],
  [list(p("u8")), "abc", /a Uint8Array or array/],
  [list(p("u16")), new Uint8Array(2), /a Uint16Array or array, got a Uint8Array/],
  [list(p("u8")), [1, 256], /^it\[1\]: expected u8/],
  [list(p("u8"), 2), new Uint8Array(3), /of 2, got one of 3/],
  [tuple(p("u8")), [1, 2], /an array of 1, got an array of 2/],
  [map(p("string"), p("u8")), { a: 1 }, /expected a Map/],
  [map(p("string"), p("u8")), new Map([["a", 300]]), /^it\[0\]\.value: expected u8/],
];

test("validators name the path of the first bad part", () => {
  for (const [type, value, message] of CASES) {
    assert.throws(
      () => createValidator(type)(value, "it"),
      (error) =>
        error instanceof TenonError &&
        error.code === "value-invalid" &&
        error.sideEffects === "none" &&
        message.test(error.what),
      String(message),
    );
  }
});

for (const codegen of [true, false]) {
  test(`${codegen ? "generated" : "closure"} encoders give the validator's error and leave the writer where it was`, () => {
    const writer = new Writer();
    writer.raw(new Uint8Array([1, 2, 3]));
    for (const [type, value] of CASES) {
      const codec = compileFunction(fn({ it: type }), { codegen });
      let wanted: unknown;
      try {
        createValidator(type)(value, "it");
      } catch (error) {
        wanted = error;
      }
      assert.throws(() => codec.encodeParams([value], writer), { message: (wanted as TenonError).message });
      assert.equal(writer.position, 3);
    }
  });
}

test("values at the edge of a type pass", () => {
  createValidator(p("u8"))(-0);
  createValidator(p("f32"))(1e300);
  createValidator(BUILD_REQUEST)({ ...good, unknownKey: 1 });
  createValidator(record({ a: option(p("u8")) }))({});
  createValidator(flagsOf("read"))({});
  createValidator(record({ "to-string": option(p("u8")), constructor: option(p("u8")) }))({});
  class Request {
    get path(): string {
      return "p";
    }
    readonly target = "t";
    readonly args = [];
    readonly env = [];
  }
  createValidator(BUILD_REQUEST)(new Request());
});

test("hints say what to write", () => {
  const hint = (type: ValueType, value: unknown): string | undefined => {
    try {
      createValidator(type)(value);
    } catch (error) {
      return (error as TenonError).hint;
    }
    return undefined;
  };
  assert.equal(hint(p("u64"), 5), "write 5n, or wrap it in BigInt()");
  assert.equal(hint(enumOf("not-found"), "notFound"), 'did you mean "not-found"?');
  assert.equal(hint(variant({ a: null }), "a"), 'write { tag: "a" }');
  assert.equal(hint(option(p("string")), null), "leave it out or pass undefined for none");
});

test("too many values are refused; missing ones count as undefined", () => {
  const writer = new Writer();
  const codec = compileFunction(fn({ a: p("u8"), b: option(p("u8")) }));
  codec.encodeParams([1], writer);
  assert.throws(() => codec.encodeParams([1, 2, 3], writer), /expected 2 values \(a, b\), got 3/);
  assert.throws(() => codec.encodeResult(1, writer), /expected 0 values/);
  codec.encodeResult(undefined, writer);
});

test("types print as WIT", () => {
  assert.equal(formatType(list(tuple(p("u32"), option(p("string"))))), "list<tuple<u32, option<string>>>");
  assert.equal(formatType(result(undefined, p("string"))), "result<_, string>");
  assert.equal(formatType({ kind: "own", resource: "a:b/c@0.1.0#counter", owner: "host" }), "own<counter>");
  assert.equal(formatSignature(fn({ a: p("u8") }, result())), "call: func(a: u8) -> result");
});
