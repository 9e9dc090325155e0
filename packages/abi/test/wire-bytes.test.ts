// The exact bytes of the wire form (wRPC value encoding), and what a decoder refuses, with offset and path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader, Writer, compileFunction, compileValue } from "@tenon/abi";
import { TenonError } from "@tenon/contract";
import type { ValueType } from "@tenon/contract";
import { BUILD_REQUEST, enumOf, flagsOf, fn, list, map, option, p, record, result, tuple, variant } from "./types.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const writer = new Writer();
const reader = new Reader();
const nine = flagsOf(..."abcdefghi");

const BYTES: readonly (readonly [type: ValueType, value: unknown, bytes: string])[] = [
  [p("bool"), true, "01"],
  [p("u8"), 255, "ff"],
  [p("s8"), -1, "ff"],
  [p("u16"), 128, "8001"],
  [p("u32"), 300, "ac02"],
  [p("u32"), 2 ** 32 - 1, "ffffffff0f"],
  [p("s16"), -128, "807f"],
  [p("s32"), -3, "7d"],
  [p("s32"), 64, "c000"],
  [p("s32"), -(2 ** 31), "8080808078"],
  [p("u64"), 2n ** 64n - 1n, "ffffffffffffffffff01"],
  [p("s64"), -3n, "7d"],
  [p("s64"), -(2n ** 63n), "8080808080808080807f"],
  [p("s64"), 2n ** 63n - 1n, "ffffffffffffffffff00"],
  [p("f32"), 1.5, "0000c03f"],
  [p("f64"), -2, "00000000000000c0"],
  [p("char"), "\u00e9", "c3a9"],
  [p("string"), "h\u00e9", "0368c3a9"],
  [list(p("u8")), new Uint8Array([1, 2]), "020102"],
  [list(p("u16")), new Uint16Array([1, 300]), "0201ac02"],
  [list(p("u8"), 2), new Uint8Array([1, 2]), "0102"],
  [tuple(p("u8"), p("bool")), [7, false], "0700"],
  [option(p("u8")), undefined, "00"],
  [option(p("u8")), 7, "0107"],
  [option(option(p("u8"))), { tag: "some", val: undefined }, "0100"],
  [result(p("u8"), p("string")), { tag: "err", val: "x" }, "010178"],
  [variant({ a: null, b: p("u8") }), { tag: "b", val: 9 }, "0109"],
  [enumOf("a", "b", "c"), "c", "02"],
  [map(p("u8"), p("u8")), new Map([[1, 2]]), "010102"],
  [flagsOf("a"), { a: true }, "01"],
  [nine, Object.fromEntries([..."abcdefghi"].map((flag) => [flag, flag === "a" || flag === "i"])), "0101"],
];

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";

  test(`${mode}: each type has the bytes that wRPC gives it`, () => {
    for (const [type, value, bytes] of BYTES) {
      const codec = compileValue(type, { codegen });
      writer.reset();
      codec.encode(value, writer);
      assert.equal(hex(writer.bytes()), bytes, JSON.stringify(type));
      assert.deepEqual(codec.decode(reader.reset(Buffer.from(bytes, "hex"))), value);
    }
  });

  test(`${mode}: a real wRPC exchange, without its stream`, () => {
    // bucket.put(record{id: 300, name: "k"}, flags a and i of nine) -> ok(-3, some('é'))
    const put = fn(
      { item: record({ id: p("u32"), name: p("string") }), mode: nine },
      result(tuple(p("s64"), option(p("char"))), p("string")),
    );
    const codec = compileFunction(put, { codegen });
    writer.reset();
    codec.encodeParams(
      [
        { id: 300, name: "k" },
        { a: true, i: true },
      ],
      writer,
    );
    assert.equal(hex(writer.bytes()), "ac02016b0101");
    const back = codec.decodeResult(reader.reset(Buffer.from("007d01c3a9", "hex")));
    assert.deepEqual(back, { tag: "ok", val: [-3n, "\u00e9"] });
  });

  test(`${mode}: bytes outside the encoding are refused with offset and path`, () => {
    const cases: readonly (readonly [ValueType, string, RegExp])[] = [
      [p("bool"), "02", /value: byte 0: a boolean or presence byte must be 0 or 1, got 2/],
      [p("u16"), "808004", /value: byte 0: .*too large/],
      [p("u32"), "ffffffff1f", /too large/],
      [p("u32"), "808080808000", /too large/],
      [p("u32"), "8000", /longer than it needs/],
      [p("s32"), "ff7f", /longer than it needs/],
      [p("s32"), "8080808008", /too large/],
      [p("u64"), "80808080808080808002", /too large/],
      [p("u64"), "8080808080808000", /longer than it needs/],
      [p("s64"), "80808080808080808001", /too large/],
      [p("s64"), "8080808080808000", /longer than it needs/],
      [p("s64"), "ffffffffffffff7f", /longer than it needs/],
      [p("char"), "ed a0 80", /invalid UTF-8/],
      [p("char"), "f4908080", /invalid UTF-8/],
      [p("char"), "c080", /invalid UTF-8/],
      [p("char"), "80", /invalid UTF-8/],
      [p("string"), "02c328", /byte 1: invalid UTF-8/],
      [p("string"), "ff", /ends in the middle/],
      [p("string"), "05616263", /a string claims 5 bytes and 3 are left/],
      [enumOf("a", "b"), "02", /case 2 does not exist, the type has 2/],
      [option(p("u8")), "02", /must be 0 or 1/],
      [result(), "02", /case 2/],
      [flagsOf("a", "b"), "04", /bits that the type does not define/],
      [nine, "0002", /bits that the type does not define/],
      [p("u8"), "0101", /1 bytes are left over/],
      [list(p("u32")), "ffffffff0f", /a list claims 4294967295 elements and 0 bytes are left/],
      [list(p("f64")), "020000000000000000", /a list claims 2 elements/],
      [BUILD_REQUEST, "0161017402016102ff", /value\.args\[1\]: byte 7: a string claims/],
      [variant({ a: record({ "x-y": list(p("bool")) }) }), "000102", /value\.val\.xY\[0\]: byte 2/],
      [map(p("u8"), p("bool")), "01 01 02", /value\[0\]: byte 2/],
    ];
    for (const [type, bytes, wanted] of cases) {
      const input = Buffer.from(bytes.replaceAll(" ", ""), "hex");
      assert.throws(
        () => compileValue(type, { codegen }).decode(reader.reset(input)),
        (error) => error instanceof TenonError && error.code === "protocol-error" && wanted.test(error.what),
        `${JSON.stringify(type)} ${bytes}`,
      );
    }
  });
}

test("text keeps a leading byte order mark and every plane", () => {
  const codec = compileValue(p("string"));
  for (const text of [
    "\ufeffabc",
    "\u{10ffff}",
    "a".repeat(5000),
    "\u00e9".repeat(127),
    "\u4e2d".repeat(6000),
    `${"a".repeat(126)}\u{1f30a}`,
  ]) {
    writer.reset();
    codec.encode(text, writer);
    assert.equal(codec.decode(reader.reset(writer.bytes())), text);
  }
});
