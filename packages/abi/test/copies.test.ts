// Copies for structured clones: what goes out comes in as it was, and nothing else does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileFunction, Reader, Writer } from "@tenon/abi";
import { compileCopies, Copier } from "@tenon/abi/copies";
import { arbitraryType, arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError, type ErrorCode, type ValueType } from "@tenon/contract";
import { fn, list, map, option, p, record, tuple, TYPES, variant } from "./types.ts";

const random = seededRandom(20_261_126);

function refuses(code: ErrorCode, run: () => unknown, what: RegExp): void {
  assert.throws(run, (error) => error instanceof TenonError && error.code === code && what.test(error.what));
}

/** Out, through a real clone with everything moved that may be, and in. */
function cross(type: ValueType, value: unknown, codegen: boolean): unknown {
  const copies = compileCopies(fn({ value: type }, type), { codegen });
  const out = new Copier("out");
  const copy = copies.copyParams([value], out);
  const arrived = structuredClone(copy, { transfer: out.moved });
  return copies.copyParams(arrived, new Copier("in"))[0];
}

/** What the byte codec makes of the same value: both forms of a call give the plugin the same. */
function throughBytes(type: ValueType, value: unknown): unknown {
  const codec = compileFunction(fn({ value: type }, type));
  const writer = new Writer();
  codec.encodeResult(value, writer);
  return codec.decodeResult(new Reader().reset(writer.bytes()));
}

function check(type: ValueType, value: unknown): void {
  const expected = throughBytes(type, value);
  for (const codegen of [true, false]) assert.deepEqual(cross(type, value, codegen), expected);
}

for (const [name, type] of TYPES)
  test(`${name} crosses as it does by bytes`, () => {
    for (let count = 0; count < 20; count++) check(type, arbitraryValue(type, random));
  });

test("300 random types cross as they do by bytes", () => {
  for (let count = 0; count < 300; count++) {
    const type = arbitraryType(random, 5);
    check(type, arbitraryValue(type, random, { maxLength: 3 }));
  }
});

for (const codegen of [true, false])
  describe(codegen ? "generated" : "closures", () => {
    const copy = (type: ValueType, value: unknown, copier = new Copier("out")): unknown =>
      compileCopies(fn({ value: type }), { codegen }).copyParams([value], copier)[0];

    test("only what the contract names is copied, from getters and prototypes too", () => {
      class Base {
        get b(): string {
          return "inherited";
        }
      }
      const value = Object.assign(new Base(), { a: 1, extra: () => {}, [Symbol("s")]: 1 });
      const got = copy(record({ a: p("u8"), b: p("string") }), value);
      assert.deepEqual(got, { a: 1, b: "inherited" });
      assert.equal(Object.getPrototypeOf(got), Object.prototype);
      const odd = copy(record({ constructor: option(p("u8")) }), {}) as object;
      assert.deepEqual(Object.entries(odd), [["constructor", undefined]]);
    });

    test("whole numbers lose the sign of zero, floats are rounded as on the wire", () => {
      assert.ok(Object.is(copy(p("s32"), -0), 0));
      assert.equal(copy(p("f32"), 0.1), Math.fround(0.1));
    });

    test("a bad part is named by its path", () => {
      const type = list(record({ a: option(variant({ x: p("u8") })) }));
      refuses("value-invalid", () => copy(type, [{}, { a: { tag: "x", val: 300 } }]), /^value\[1\]\.a\.val: /);
      refuses("value-invalid", () => compileCopies(fn({}), { codegen }).copyParams([1], new Copier("in")), /got 1/);
      refuses("value-invalid", () => compileCopies(fn({}), { codegen }).copyResult(1, new Copier("in")), /got 1/);
      const thrower = Object.defineProperty({}, "a", { get: () => assert.fail("a getter that throws") }) as unknown;
      refuses("value-invalid", () => copy(record({ a: p("u8") }), thrower), /getter that throws/);
    });

    test("resources and streams are refused", () => {
      const own = { kind: "own", resource: "x", owner: "export" } as unknown as ValueType;
      refuses("boundary-unsupported", () => copy(own, {}), /resources/);
      refuses("boundary-unsupported", () => copy({ kind: "stream" }, {}), /stream/);
    });

    test("what goes out shares no memory with the caller, and large lists can move", () => {
      const pool = new Uint8Array(100_000).fill(1);
      const copier = new Copier("out");
      const got = copy(list(list(p("u8"))), [pool.subarray(10, 20), pool.subarray(0, 50_000)], copier) as Uint8Array[];
      assert.deepEqual(
        got.map((one) => one.buffer.byteLength),
        [10, 50_000],
      );
      assert.deepEqual(copier.moved, [got[1]!.buffer]);
      pool.fill(2);
      assert.equal(got[1]![0], 1);
    });

    test("what came in is kept where its memory is its own, and copied where it is shared, resizable or a part", () => {
      const type = list(p("u8"));
      const taken = (value: Uint8Array): Uint8Array => copy(type, value, new Copier("in")) as Uint8Array;
      const own = new Uint8Array(10);
      assert.equal(taken(own), own);
      const resizable = Reflect.construct(ArrayBuffer, [10, { maxByteLength: 20 }]) as ArrayBuffer;
      for (const buffer of [new SharedArrayBuffer(10), resizable, new ArrayBuffer(11)]) {
        const got = taken(new Uint8Array(buffer, 0, 10));
        assert.notEqual(got.buffer, buffer);
        assert.equal(got.buffer.byteLength, 10);
      }
    });

    test("values are charged before they are copied", () => {
      const small = (): Copier => new Copier("in", { maxBytes: 1000 });
      refuses("resource-exhausted", () => copy(p("string"), "x".repeat(2000), small()), /1000 bytes/);
      refuses("resource-exhausted", () => copy(list(p("u8")), new Uint8Array(2000), small()), /1000 bytes/);
      refuses("resource-exhausted", () => copy(list(p("bool")), Array.from({ length: 2000 }), small()), /1000 bytes/);
      refuses(
        "resource-exhausted",
        () => copy(map(p("u8"), p("u8")), new Map([[1, 1]]), new Copier("in", { maxBytes: 30 })),
        /30/,
      );
      // One shared list in every place of a list of lists: small as a clone, and a bomb when it is copied.
      let bomb: unknown = Array.from({ length: 100 }, () => []);
      let type: ValueType = list(list(tuple()));
      for (let level = 0; level < 6; level++) {
        const shared = bomb;
        bomb = Array.from({ length: 100 }, () => shared);
        type = list(type);
      }
      const before = process.memoryUsage().rss;
      refuses("resource-exhausted", () => copy(type, structuredClone(bomb), new Copier("in")), /134217728 bytes/);
      assert.ok(process.memoryUsage().rss - before < 400 * 1024 * 1024);
    });
  });
