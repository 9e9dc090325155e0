// Calls of native code, with a memory at an address of its own and JavaScript in the place of the code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeMemory, compileNativeLift, compileNativeLower, nativeSignature } from "@tenon/abi/canonical";
import type { CanonicalEnv } from "@tenon/abi/canonical";
import { arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import type { ValueType } from "@tenon/contract";
import { TYPES, fn, list, p, record } from "./types.ts";

/** Crosses a multiple of 2^32, so that both halves of addresses count. */
const BASE = (1n << 40n) + (1n << 32n) - 32_768n;

interface Machine {
  readonly env: CanonicalEnv;
  readonly view: DataView;
}

function machine(bytes = 4 * 1024 * 1024): Machine {
  const buffer = new ArrayBuffer(bytes);
  let top = 0;
  const realloc = (_old: number, _oldSize: number, align: number, size: number): number => {
    const at = Math.ceil(top / align) * align;
    top = at + size;
    assert.ok(top <= bytes);
    return at;
  };
  const memory = { buffer, base: BASE, span: bytes };
  return { env: { memory: () => memory, realloc }, view: new DataView(buffer) };
}

/** As for components, and no handles. */
function isNative(type: ValueType): boolean {
  return !/"(fields|items)":\[\]|error-context|"f69"|"(own|borrow|stream|future)"/.test(JSON.stringify(type));
}

test("every kind of value survives the way to native code and back, with pointers of 64 bits", () => {
  const random = seededRandom(11);
  for (const [name, type] of TYPES) {
    if (!isNative(type)) continue;
    const func = fn({ value: type }, type);
    for (let round = 0; round < 12; round++) {
      const { env } = machine();
      // What was lowered as the only parameter stands where the result is expected.
      const echo = compileNativeLift(func, env, (value) => value);
      const value = arbitraryValue(type, random);
      assert.deepEqual(echo(value), value, name);
    }
  }
});

test("every kind of value survives a call of a host function, in a block of parameters", () => {
  const random = seededRandom(12);
  for (const [name, type] of TYPES) {
    if (!isNative(type)) continue;
    const { env } = machine();
    const func = fn({ first: p("u8"), value: type }, type);
    let seen: unknown;
    const lower = compileNativeLower(func, env, (_first, value) => (seen = value));
    const call = compileNativeLift(fn({ first: p("u8"), value: type, pad: p("string") }, type), env, (at) => {
      lower.call(at as number, at as number);
      return at;
    });
    const value = arbitraryValue(type, random);
    const out = call(7, value, "");
    assert.deepEqual([seen, out], [value, value], name);
  }
});

test("a struct lies in memory as C lays it out", () => {
  const { env, view } = machine();
  const type = record({ flag: p("bool"), name: p("string"), small: p("u16"), bytes: list(p("u8")) });
  let at = 0;
  const call = compileNativeLift(fn({ value: type }), env, (block) => (at = block as number));
  call({ flag: true, name: "\u00fcber", small: 513, bytes: Uint8Array.of(1, 2, 3) });
  assert.equal(view.getUint8(at), 1);
  const pointer = Number(view.getBigUint64(at + 8, true) - BASE);
  assert.equal(view.getBigUint64(at + 16, true), 5n);
  assert.equal(Buffer.from(view.buffer, pointer, 5).toString(), "\u00fcber");
  assert.equal(view.getUint16(at + 24, true), 513);
  assert.equal(view.getBigUint64(at + 40, true), 3n);
});

test("numbers alone go by value", () => {
  const add = fn({ a: p("s32"), b: p("u64") }, p("f64"));
  assert.deepEqual(nativeSignature(add), { scalars: { params: ["s32", "u64"], result: "f64" } });
  assert.deepEqual(nativeSignature(fn({ text: p("string") }, p("u8"))), {});
  assert.deepEqual(nativeSignature(fn({ n: p("u8") }, p("string"))), {});
  const nine = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, p("u8")]));
  assert.deepEqual(nativeSignature(fn(nine)), {});
  const call = compileNativeLift(add, machine().env, (a, b) => Number(a) + Number(b));
  assert.equal(call(-1, 2n), 1);
  assert.throws(() => call(2 ** 31, 1n), /^TenonError: \[value-invalid\] a/);
});

test("pointers that lead out of the memory trap; an empty list may point anywhere", () => {
  const { env, view } = machine();
  const read = compileNativeLift(fn({}, p("string")), env, (at) => {
    view.setBigUint64(at as number, pointer, true);
    view.setBigUint64((at as number) + 8, length, true);
    return at;
  });
  let [pointer, length] = [0n, 0n];
  assert.equal(read(), "");
  for (const [from, count] of [
    [0n, 1n],
    [BASE - 1n, 1n],
    [BASE + 4n * 1024n * 1024n, 1n],
    [BASE, 2n ** 63n],
    [BASE, 2n ** 40n],
    [2n ** 64n - 1n, 1n],
  ] as const) {
    [pointer, length] = [from, count];
    assert.throws(read, (thrown) => thrown instanceof TenonError && thrown.code === "plugin-trap", `${from} ${count}`);
  }
});

test("a memory that was replaced is asked for again, and addresses elsewhere are located", () => {
  const [first, second] = [new ArrayBuffer(64), new ArrayBuffer(128)];
  let memory: ReturnType<NonNullable<CanonicalEnv["memory"]>> = { buffer: first, base: BASE };
  const env: CanonicalEnv = { memory: () => memory, realloc: () => 0 };
  const read = compileNativeLift(fn({}, p("string")), env, () => {
    new DataView(second).setBigUint64(0, 4096n, true);
    new DataView(second).setBigUint64(8, 2n, true);
    new Uint8Array(second).set([104, 105], 100);
    memory = { buffer: second, base: 0n, span: 0, locate: (address) => (address === 4096n ? 100 : undefined) };
    changeMemory(env);
    return 0;
  });
  assert.equal(read(), "hi");
});
