// Every type as protobuf: out and back gives the same value, and foreign bytes give a value or a typed error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createValidator, formatType } from "@tenon/abi";
import { compileProto, ProtoWriter, WIRE } from "@tenon/abi/proto";
import { arbitraryType, arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError, type ContractFunction, type ValueType } from "@tenon/contract";
import { enumOf, fn, list, option, p, record, result, TYPES, variant } from "./types.ts";

const random = seededRandom(20261126);
const MUTATIONS = 400;

function roundTrip(type: ValueType, value: unknown): Uint8Array {
  const codec = compileProto(fn({ value: type }, type));
  const request = codec.encodeParams([value]);
  assert.deepEqual(codec.decodeParams(request), [value]);
  assert.deepEqual(codec.decodeResult(codec.encodeResult(value)), value);
  return request;
}

function refusal(run: () => unknown): TenonError {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, String(thrown));
    return thrown;
  }
  return assert.fail("nothing was thrown");
}

const hasForm = (type: ValueType): boolean => {
  try {
    compileProto(fn({ value: type }, type)).decodeParams(new Uint8Array(0));
    return true;
  } catch (thrown) {
    return (thrown as TenonError).code !== "boundary-unsupported";
  }
};

for (const [name, type] of TYPES) {
  test(`${name} goes through protobuf unchanged`, () => {
    if (!hasForm(type)) return;
    for (let round = 0; round < 30; round++) roundTrip(type, arbitraryValue(type, random));
  });
}

test("types made at random go through protobuf unchanged", () => {
  for (let round = 0; round < 150; round++) {
    const type = arbitraryType(random);
    const value = arbitraryValue(type, random);
    assert.doesNotThrow(() => roundTrip(type, value), formatType(type));
  }
});

test("bytes that were changed anywhere give a value of the type or a typed error", () => {
  for (let round = 0; round < MUTATIONS; round++) {
    const type = arbitraryType(random);
    const codec = compileProto(fn({ value: type }), { maxBytes: 1024 * 1024 });
    const bytes = codec.encodeParams([arbitraryValue(type, random)]);
    for (let change = 0; change < 8 && bytes.length > 0; change++) {
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const cut = bytes.subarray(0, Math.floor(random() * (bytes.length + 1)));
      try {
        createValidator(type)(codec.decodeParams(cut)[0]);
      } catch (thrown) {
        assert.ok(thrown instanceof TenonError, String(thrown));
        assert.ok(thrown.code === "protocol-error" || thrown.code === "resource-exhausted", thrown.message);
      }
    }
  }
});

test("a value outside of the contract is refused with its path", () => {
  const codec = compileProto(fn({ request: record({ args: list(p("string")) }) }));
  const error = refusal(() => codec.encodeParams([{ args: ["a", 5] }]));
  assert.equal(error.code, "value-invalid");
  assert.match(error.what, /^request\.args\[1\]: expected string/);
});

test("a number outside of its range, a missing case and an unknown enum value name their place", () => {
  const type = record({ small: p("u8"), choice: variant({ a: null, b: p("string") }), colour: enumOf("red", "green") });
  const wide = compileProto(
    fn({ request: record({ small: p("u32"), choice: variant({ a: null }), colour: enumOf("x", "y", "z") }) }),
  );
  const narrow = compileProto(fn({ request: type }));
  const what = (value: object): string => refusal(() => narrow.decodeParams(wide.encodeParams([value]))).what;
  const good = { small: 1, choice: { tag: "a" }, colour: "x" };
  assert.deepEqual(narrow.decodeParams(wide.encodeParams([good])), [{ small: 1, choice: { tag: "a" }, colour: "red" }]);
  assert.equal(what({ ...good, small: 300 }), "request.small: 300 is outside of u8");
  assert.equal(what({ ...good, colour: "z" }), "request.colour: there is no enum value 3");
  assert.equal(
    refusal(() => narrow.decodeParams(new Uint8Array(0))).what,
    "request.choice: none of the cases a, b is set",
  );
});

test("a result is the response's own oneof, and an absent option is none", () => {
  const codec = compileProto(fn({ name: option(p("string")) }, result(p("u32"), p("string"))));
  assert.deepEqual(codec.decodeParams(new Uint8Array(0)), [undefined]);
  assert.deepEqual([...codec.encodeParams([""])], [10, 0]);
  assert.deepEqual([...codec.encodeResult({ tag: "ok", val: 5 })], [8, 5]);
  assert.deepEqual([...codec.encodeResult({ tag: "err", val: "x" })], [18, 1, 120]);
});

test("fields that a newer peer added are passed over, groups are refused", () => {
  const codec = compileProto(fn({ a: p("u32") }));
  const writer = new ProtoWriter(100);
  writer.tag(7, WIRE.bytes);
  writer.string("new");
  writer.tag(1, WIRE.varint);
  writer.uint32(9);
  assert.deepEqual(codec.decodeParams(writer.finish()), [9]);
  assert.equal(refusal(() => codec.decodeParams(new Uint8Array([0x3b]))).code, "protocol-error");
});

test("messages stand beside each other in one memory and never in one another", () => {
  const codec = compileProto(fn({ a: p("string"), b: list(p("string")) }));
  const sizes = [0, 1, 200, 255, 256, 257, 4_000, 16_000, 17_000, 40_000, 3, 127, 128];
  const messages = sizes.map((size, at) => codec.encodeParams([String(at % 10).repeat(size), ["e"]]));
  // One that is written while another one is, and one that is given up in between.
  let inner: Uint8Array | undefined;
  let isRead = false;
  const outer = codec.encodeParams([
    "outer",
    new Proxy(["7", "8"], {
      get(target, key) {
        if (key === "1" && isRead) inner = codec.encodeParams(["inner", ["9"]]);
        isRead ||= key === "1";
        return Reflect.get(target, key) as unknown;
      },
    }),
  ]);
  assert.equal(
    refusal(() => compileProto(fn({ a: p("string") }), { maxBytes: 10 }).encodeParams(["x".repeat(11)])).code,
    "resource-exhausted",
  );
  messages.push(codec.encodeParams(["after", ["1"]]));
  assert.deepEqual(codec.decodeParams(outer), ["outer", ["7", "8"]]);
  assert.deepEqual(codec.decodeParams(inner!), ["inner", ["9"]]);
  const found = messages.map((message) => codec.decodeParams(message));
  assert.deepEqual(found, [...sizes.map((size, at) => [String(at % 10).repeat(size), ["e"]]), ["after", ["1"]]]);
});

test("memory is paid for before it is taken, and messages have a limit", () => {
  const codec = compileProto(fn({ a: list(record({ b: p("string") })) }), { maxBytes: 10_000 });
  // Two bytes each for a record that takes fifty on the heap.
  const many = new Uint8Array(4_000).map((_, index) => (index % 2 === 0 ? 10 : 0));
  assert.equal(refusal(() => codec.decodeParams(many)).code, "resource-exhausted");
  const error = refusal(() => codec.encodeParams([[{ b: "x".repeat(20_000) }]]));
  assert.equal(error.code, "resource-exhausted");
  assert.match(error.what, /over the limit of 10000/);
});

test("resources, futures and streams inside of values are refused when the codec is made", () => {
  const types: readonly ValueType[] = [
    { kind: "own", resource: "a:b/c#d", owner: "plugin" },
    { kind: "future", element: p("u8") },
    list({ kind: "stream", element: p("u8") }),
  ];
  for (const type of types)
    assert.equal(refusal(() => compileProto(fn({ value: type }))).code, "boundary-unsupported", formatType(type));
});

test("a stream is a message for each of its elements", () => {
  const stream: ContractFunction = fn(
    { name: p("string"), data: { kind: "stream", element: p("u32") } },
    {
      kind: "stream",
      element: p("string"),
    },
  );
  const codec = compileProto(stream);
  assert.deepEqual(codec.decodeParams(codec.encodeParams(["a", 0])), ["a", 0]);
  assert.deepEqual(codec.decodeParams(codec.encodeParams(["", undefined])), ["", undefined]);
  assert.equal(codec.decodeResult(codec.encodeResult("x")), "x");
});
