// WAVE text: the forms of wasm-wave's README, what else is allowed on input, and errors with line and column.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatWave, formatWaveArgs, parseWave, parseWaveArgs, parseWaveCall } from "@tenon/abi";
import { TenonError } from "@tenon/contract";
import type { Field, ValueType } from "@tenon/contract";
import { enumOf, flagsOf, list, map, option, p, record, result, tuple, variant } from "./types.ts";

const status = variant({ ok: null, "days-left": p("u8"), err: p("string"), body: list(p("u8")) });
const perms = flagsOf("read", "write", "exec");
const example = record({ "must-have": p("u8"), optional: option(p("u8")) });
const empty = record({ optional: option(p("u8")) });

const BOTH: readonly (readonly [type: ValueType, value: unknown, text: string])[] = [
  [p("bool"), true, "true"],
  [p("s32"), -9, "-9"],
  [p("u64"), 2n ** 64n - 1n, "18446744073709551615"],
  [p("f64"), 6.022e23, "6.022e+23"],
  [p("f32"), Math.fround(0.1), "0.1"],
  [p("f64"), NaN, "nan"],
  [p("f64"), -Infinity, "-inf"],
  [p("char"), "'", "'\\''"],
  [p("char"), "\0", "'\\u{0}'"],
  [p("char"), "\u2603", "'\u2603'"],
  [p("string"), 'abc\t123"\\\n', '"abc\\t123\\"\\\\\\n"'],
  [p("string"), "it's", '"it\'s"'],
  [tuple(p("string"), p("u8")), ["abc", 123], '("abc", 123)'],
  [list(p("u32")), new Uint32Array([1, 2, 3]), "[1, 2, 3]"],
  [example, { mustHave: 123, optional: undefined }, "{must-have: 123}"],
  [example, { mustHave: 123, optional: 1 }, "{must-have: 123, optional: some(1)}"],
  [empty, { optional: undefined }, "{:}"],
  [status, { tag: "ok" }, "%ok"],
  [status, { tag: "err", val: "oops" }, '%err("oops")'],
  [status, { tag: "body", val: new Uint8Array([79, 75]) }, "body([79, 75])"],
  [enumOf("ok", "not-found"), "ok", "%ok"],
  [enumOf("ok", "not-found"), "not-found", "not-found"],
  [option(option(p("u8"))), { tag: "some", val: undefined }, "some(none)"],
  [result(), { tag: "ok" }, "ok"],
  [result(undefined, p("string")), { tag: "err", val: "oops" }, 'err("oops")'],
  [perms, { read: true, write: true, exec: false }, "{read, write}"],
  [perms, { read: false, write: false, exec: false }, "{}"],
  [map(p("string"), p("u8")), new Map([["a", 1]]), '[("a", 1)]'],
];

const IN: readonly (readonly [type: ValueType, text: string, value: unknown])[] = [
  [option(p("string")), '"flat some"', "flat some"],
  [option(p("string")), 'some("explicit")', "explicit"],
  [result(p("string")), '"flat ok"', { tag: "ok", val: "flat ok" }],
  [option(enumOf("none", "a")), "%none", "none"],
  [option(enumOf("none", "a")), "none", undefined],
  [example, "{ optional : none , must-have:123, } // trailing", { mustHave: 123, optional: undefined }],
  [example, "{%must-have: 1}", { mustHave: 1, optional: undefined }],
  [record({ some: p("u8") }), "{some: 1}", { some: 1 }],
  [perms, "{exec, %read,}", { read: true, write: false, exec: true }],
  [tuple(p("u8"), p("u8")), "(\n1, // one\n2,)", [1, 2]],
  [p("f64"), "-0", -0],
  [p("s8"), "-0", 0],
  [p("f64"), "1e3", 1000],
  [p("string"), '"\\u{1f30a}\\u{002603}"', "\u{1f30a}\u2603"],
  [p("string"), '"""\n"""', ""],
  [p("string"), '"""\nA single line\n"""', "A single line"],
  [
    p("string"),
    '"""\n    Indentation determined\n      by ending delimiter\n  """',
    "  Indentation determined\n    by ending delimiter",
  ],
  [p("string"), '"""\r\n  a\\r\r\n  ""\\""\r\n  """', 'a\r\n""""'],
  [p("string"), '"""\n\nempty lines stay\n\n"""', "\nempty lines stay\n"],
  [list(p("char")), "[]", []],
];

const REFUSED: readonly (readonly [type: ValueType, text: string, message: RegExp])[] = [
  [p("u8"), "256", /^1:1: 256 is no u8/],
  [p("u8"), "1.5", /1\.5 is no u8/],
  [p("u8"), "01", /^1:2: expected the end, found "1"/],
  [p("u64"), "9".repeat(1e5), /is no u64/],
  [p("u8"), "", /^1:1: expected u8, found the end/],
  [p("u8"), "// only a comment", /found the end/],
  [p("u8"), "@", /"@" does not start a value/],
  [p("bool"), "yes", /expected one of "true", "false", found "yes"/],
  [p("char"), "'ab'", /is not one character/],
  [p("char"), "''", /is not one character/],
  [p("char"), "'\\u{d800}'", /is no escape/],
  [p("string"), '"\\u{110000}"', /^1:2: .*is no escape/],
  [p("string"), '"\\u{-1}"', /is no escape/],
  [p("string"), '"\\j"', /is no escape/],
  [p("string"), '"abc', /^1:1: this string does not end/],
  [p("string"), '"\n"', /does not end/],
  [p("string"), '""""""', /must be followed by a line break/],
  [p("string"), '"""extra\n"""', /must be followed by a line break/],
  [p("string"), '"""\nextra"""', /must be followed by a line break/],
  [p("string"), '"""\n x\n  """', /indented less/],
  [p("string"), '"""\n  """\n  """', /^3:3: this string does not end/],
  [tuple(p("u8"), p("u8")), "(1)", /expected a tuple of 2, found 1/],
  [tuple(p("u8")), "(1, 2)", /expected a tuple of 1, found more/],
  [list(p("u8")), "[1 2]", /^1:4: expected "]", found "2"/],
  [list(p("u8"), 2), "[1]", /expected 2 elements, found 1/],
  [example, "{}", /the field must-have: u8 is missing/],
  [example, "{\n  must-hvae: 1}", /^2:3: expected one of "must-have", "optional", found "must-hvae"/],
  [example, "{must-have: 1, must-have: 2}", /^1:16: the field must-have is given twice/],
  [perms, "{read, read}", /the flag read is given twice/],
  [perms, "{read: true}", /expected "}", found ":"/],
  [status, "ok", /ok is a keyword/],
  [status, "days-left", /expected "\("/],
  [status, "%ok(1)", /the case ok carries no value/],
  [option(option(p("u8"))), "5", /expected some\(\.\.\.\) or none/],
  [option(p("u8")), "some", /expected "\("/],
  [option(p("u8")), "some()", /expected u8, found "\)"/],
  [result(), "5", /expected ok or err/],
];

test("values print as WAVE and parse back", () => {
  for (const [type, value, text] of BOTH) {
    assert.equal(formatWave(type, value), text);
    assert.deepEqual(parseWave(type, text), value);
  }
});

test("shorter and longer spellings parse", () => {
  for (const [type, text, value] of IN) assert.deepEqual(parseWave(type, text), value, text);
});

test("errors name line and column", () => {
  for (const [type, text, message] of REFUSED) {
    assert.throws(
      () => parseWave(type, text),
      (error) => error instanceof TenonError && error.code === "value-invalid" && message.test(error.what),
      `${text.slice(0, 60)} ${message}`,
    );
  }
});

test("calls: arguments, left-out options, unknown names", () => {
  const params: readonly Field[] = [
    { name: "a", type: p("string") },
    { name: "b", type: option(p("u8")) },
    { name: "c", type: option(option(p("u8"))) },
  ];
  const call = (text: string): unknown => parseWaveCall(text, (name) => (name === "do-it" ? params : undefined));
  assert.deepEqual(call('do-it("x")'), { name: "do-it", args: ["x", undefined, { tag: "none" }] });
  assert.deepEqual(call('do-it ("x", 1, some(2),)'), { name: "do-it", args: ["x", 1, { tag: "some", val: 2 }] });
  assert.deepEqual(parseWaveArgs(params, '"x", 1'), ["x", 1, { tag: "none" }]);
  assert.equal(
    formatWaveArgs(
      params.map(({ type }) => type),
      ["x", 1, { tag: "none" }],
    ),
    '"x", some(1), none',
  );
  assert.throws(() => call("do-it()"), /1:7: the argument a: string is missing/);
  assert.throws(() => call('do-it("x", 1, none, 2)'), /expected 3 arguments, found more/);
  assert.throws(() => call('do-it("x") extra'), /expected the end/);
  assert.throws(() => call('do-it("x"'), /expected ","|found the end/);
  assert.throws(() => call("other()"), { code: "function-missing" });
  assert.throws(() => call("nothing"), { code: "value-invalid" });
  assert.deepEqual(parseWaveArgs([], ""), []);
});
