// Text in the three encodings: exact bytes, strictness, how the guest's allocator is asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileLift, compileLower } from "@tenon/abi/canonical";
import type { StringEncoding } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract";
import { allocator, instantiate } from "./canonical-guests.ts";
import { fn, list, p } from "./types.ts";

/** A guest that remembers the string it was given at 16 and gives back the one whose pointer and length stand at 32. */
const GUEST = `(module ${allocator()}
  (func (export "take") (param i32 i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)))
  (func (export "give") (result i32) (i32.const 32)))`;

const take = fn({ text: p("string") });
const give = fn({}, p("string"));

function traps(run: () => unknown, what: RegExp): void {
  assert.throws(run, (error) => error instanceof TenonError && error.code === "plugin-trap" && what.test(error.what));
}

function words(bytes: readonly number[]): number[] {
  return [...new Uint32Array(new Uint8Array(bytes).buffer)];
}

function le(...values: number[]): number[] {
  return [...new Uint8Array(new Uint32Array(values).buffer)];
}

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";
  const stored = (
    text: string,
    stringEncoding: StringEncoding,
  ): { pointer: number; units: number; bytes: number[]; calls: number } => {
    const guest = instantiate(GUEST);
    compileLift(take, guest.env({ stringEncoding }), guest.exports["take"] as never, { codegen })(text);
    const [pointer, units] = words(guest.bytes(16, 8)) as [number, number];
    const calls = (guest.exports["calls"] as unknown as { value: number }).value;
    const wide = stringEncoding === "utf16" || units >= 2 ** 31;
    return { pointer, units, bytes: guest.bytes(pointer, (units % 2 ** 31) * (wide ? 2 : 1)), calls };
  };
  const loaded = (bytes: readonly number[], units: number, stringEncoding: StringEncoding, at = 64): unknown => {
    const guest = instantiate(GUEST);
    if (bytes.length > 0) guest.write(at, bytes);
    guest.write(32, le(at, units));
    return compileLift(give, guest.env({ stringEncoding }), guest.exports["give"] as never, { codegen })();
  };

  test(`${mode}: UTF-8 of every length and kind is written exactly, and never past its allocation`, () => {
    for (const length of [0, 1, 16, 17, 24, 25, 199, 200, 201, 1000]) {
      for (const tail of ["", "\u00e9", "\u2603", "\u{1f370}", "x\u00e9", "\ufeff"]) {
        const text = "a".repeat(length) + tail;
        const expected = [...new TextEncoder().encode(text)];
        const { bytes, units, calls } = stored(text, "utf8");
        assert.deepEqual(bytes, expected);
        assert.equal(units, expected.length);
        assert.ok(calls <= 2, `${calls} calls of realloc for ${length}+${tail}`);
        assert.equal(loaded(expected, expected.length, "utf8"), text);
      }
    }
    assert.equal(stored("plain", "utf8").calls, 1);
    assert.equal(stored("x".repeat(5000), "utf8").calls, 1);
    assert.equal(stored("", "utf8").calls, 1, "an empty string is allocated too");
  });

  test(`${mode}: long text that is not ASCII does not disturb what lies behind its allocation`, () => {
    // The allocator gives the room directly before bytes that are in use, and moves what grows.
    const guest = instantiate(`(module (memory (export "memory") 1)
      (data (i32.const 1300) "keepkeepkeep")
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.const 4096)) (else (i32.sub (i32.const 1300) (local.get 3)))))
      (func (export "take") (param i32 i32)
        (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))))`);
    const call = compileLift(take, guest.env(), guest.exports["take"] as never, { codegen });
    for (const odd of ["\u00e9", "\u2603", "\u{1f370}"]) {
      for (const at of [1, 299, 600, 1197]) {
        const text = `${"a".repeat(at)}${odd}${"b".repeat(1199 - at)}`;
        call(text);
        assert.equal(String.fromCharCode(...guest.bytes(1300, 12)), "keepkeepkeep");
        const expected = [...new TextEncoder().encode(text)];
        const [pointer, units] = words(guest.bytes(16, 8)) as [number, number];
        assert.deepEqual(guest.bytes(pointer, units), expected);
      }
    }
  });

  test(`${mode}: UTF-16 and latin1+utf16 have their bytes, alignment and tag`, () => {
    assert.deepEqual(stored("h\u00f6\u2603\u{1f370}", "utf16"), {
      pointer: 4096,
      units: 5,
      bytes: [0x68, 0, 0xf6, 0, 0x03, 0x26, 0x3c, 0xd8, 0x70, 0xdf],
      calls: 1,
    });
    assert.deepEqual(stored("h\u00f6", "latin1+utf16"), { pointer: 4096, units: 2, bytes: [0x68, 0xf6], calls: 1 });
    const tagged = stored("h\u2603", "latin1+utf16");
    assert.equal(tagged.units, 2 ** 31 + 2);
    assert.deepEqual(tagged.bytes, [0x68, 0, 0x03, 0x26]);
    assert.equal(loaded([0x68, 0xf6], 2, "latin1+utf16"), "h\u00f6");
    assert.equal(loaded([0x68, 0xf6, 0, 0x7f, 0x80, 0xff], 6, "latin1+utf16"), "h\u00f6\0\x7f\u0080\u00ff");
    assert.equal(loaded([0x03, 0x26], 2 ** 31 + 1, "latin1+utf16"), "\u2603");
    assert.equal(loaded([0x3c, 0xd8, 0x70, 0xdf], 2, "utf16"), "\u{1f370}");
    const long = "\u2603x".repeat(6000);
    const bytes = [...new Uint8Array(Uint16Array.from(long, (char) => char.charCodeAt(0)).buffer)];
    assert.deepEqual(stored(long, "utf16").bytes, bytes);
    assert.equal(loaded(bytes, long.length, "utf16"), long);
  });

  test(`${mode}: what is not text traps, short or long`, () => {
    const bad = [
      [0x80],
      [0xc3],
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
      [0x61, 0xe2, 0x98],
    ];
    for (const bytes of bad) {
      for (const before of [0, 14, 100]) {
        const all = [...Array.from({ length: before }, () => 0x61), ...bytes];
        traps(() => loaded(all, all.length, "utf8"), /the string at 64 is not valid UTF-8/);
      }
    }
    traps(() => loaded([0, 0xd8], 1, "utf16"), /not valid UTF-16/);
    traps(() => loaded([0, 0xdc, 0, 0xd8], 2, "utf16"), /not valid UTF-16/);
    traps(() => loaded([0, 0xd8], 2 ** 31 + 1, "latin1+utf16"), /not valid UTF-16/);
    assert.equal(loaded([0xef, 0xbf, 0xbd], 3, "utf8"), "\ufffd", "the replacement character itself is text");
    assert.equal(loaded([0xef, 0xbb, 0xbf, 0x61], 4, "utf8"), "\ufeffa", "a byte order mark is text");
  });

  test(`${mode}: ranges and alignment of text are held, also of empty text`, () => {
    traps(() => loaded([], 2 ** 28, "utf8"), /longer than 268435455/);
    traps(() => loaded([], 2 ** 32 - 1, "utf8"), /longer than/);
    traps(() => loaded([], 1, "utf8", 131072), /pointer 131072 for 1 bytes.*outside the memory of 131072/);
    traps(() => loaded([], 131072, "utf8"), /outside the memory/);
    traps(() => loaded([], 0, "utf8", 131073), /outside the memory/);
    assert.equal(loaded([], 0, "utf8", 131072), "");
    traps(() => loaded([0x61, 0], 1, "utf16", 65), /pointer 65, which is not aligned to 2 bytes/);
    traps(() => loaded([0x61], 1, "latin1+utf16", 65), /not aligned/);
    traps(() => loaded([], 2 ** 27, "utf16"), /longer than/);
  });

  test(`${mode}: lone surrogates and other strangers are refused before the guest is touched`, () => {
    const guest = instantiate(GUEST);
    const call = compileLift(take, guest.env(), guest.exports["take"] as never, { codegen });
    for (const value of ["\ud800", `${"x".repeat(300)}\udc00`, 5, null, undefined, new String("x"), Symbol("x")]) {
      assert.throws(
        () => call(value),
        (error) => error instanceof TenonError && error.code === "value-invalid" && error.what.startsWith("text: "),
      );
    }
    assert.throws(() => call("a", "b"), /expected 1 values \(text\), got 2/);
    assert.equal((guest.exports["calls"] as unknown as { value: number }).value, 0);
  });

  test(`${mode}: a host function hears and answers in the guest's encoding`, () => {
    for (const stringEncoding of ["utf8", "utf16", "latin1+utf16"] as const) {
      const heard: unknown[] = [];
      const holder: { env?: ReturnType<ReturnType<typeof instantiate>["env"]> } = {};
      const say = compileLower(
        fn({ text: p("string"), more: list(p("string")) }, p("string")),
        {
          get memory() {
            return holder.env?.memory as never;
          },
          get realloc() {
            return holder.env?.realloc as never;
          },
          stringEncoding,
        },
        (text, more) => (heard.push(text, more), `${String(text)}\u2603`),
        { codegen },
      );
      const guest = instantiate(
        `(module (import "h" "say" (func $say (param i32 i32 i32 i32 i32))) ${allocator()}
          (func (export "run") (param i32 i32) (result i32)
            (call $say (local.get 0) (local.get 1) (i32.const 0) (i32.const 0) (i32.const 64)) (i32.const 64)))`,
        { h: { say } },
      );
      holder.env = guest.env();
      const run = compileLift(
        fn({ text: p("string") }, p("string")),
        guest.env({ stringEncoding }),
        guest.exports["run"] as never,
        { codegen },
      );
      assert.equal(run("gr\u00f6\u00dfe"), "gr\u00f6\u00dfe\u2603");
      assert.deepEqual(heard, ["gr\u00f6\u00dfe", []]);
    }
  });
}
