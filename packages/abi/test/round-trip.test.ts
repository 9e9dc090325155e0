// Every type in every form: out and back gives the same value, generated code and closures write the same bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Reader,
  Writer,
  compileFunction,
  compileValue,
  createValidator,
  formatType,
  formatWave,
  fromJson,
  parseWave,
  toJson,
} from "@tenon/abi";
import { arbitraryType, arbitraryValue, seededRandom } from "@tenon/abi/testing";
import type { ValueType } from "@tenon/contract";
import { TYPES, fn } from "./types.ts";

const VALUES_PER_TYPE = 40;
const random = seededRandom(20261122);
const writer = new Writer();
const reader = new Reader();

/** JSON.stringify writes -0 as 0: the one thing that JSON text loses. */
function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (value instanceof Float32Array || value instanceof Float64Array)
    return value.map((item) => (item === 0 ? 0 : item));
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  if (value instanceof Map)
    return new Map([...value].map(([k, v]) => [withoutNegativeZero(k), withoutNegativeZero(v)]));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNegativeZero(item)]));
}

function bytesOf(type: ValueType, value: unknown, codegen: boolean): Uint8Array {
  const codec = compileFunction(fn({ value: type }, type), { codegen });
  assert.equal(codec.isGenerated, codegen);
  writer.reset();
  codec.encodeParams([value], writer);
  const bytes = writer.bytes().slice();
  assert.deepEqual(codec.decodeParams(reader.reset(bytes)), [value]);
  writer.reset();
  codec.encodeResult(value, writer);
  assert.deepEqual(writer.bytes(), bytes);
  assert.deepEqual(codec.decodeResult(reader.reset(bytes)), value);
  return bytes;
}

function checkAllForms(type: ValueType, value: unknown): void {
  createValidator(type)(value);
  assert.deepEqual(bytesOf(type, value, true), bytesOf(type, value, false));
  const json = JSON.parse(JSON.stringify(toJson(type, value))) as unknown;
  assert.deepEqual(fromJson(type, json), withoutNegativeZero(value));
  const wave = formatWave(type, value);
  assert.deepEqual(parseWave(type, wave), value, wave);
}

for (const [name, type] of TYPES) {
  test(`${name} round-trips in every form`, () => {
    for (let count = 0; count < VALUES_PER_TYPE; count++) checkAllForms(type, arbitraryValue(type, random));
  });
}

test("300 random types round-trip in every form", () => {
  for (let count = 0; count < 300; count++) {
    const type = arbitraryType(random, 5);
    for (let again = 0; again < 3; again++) {
      const value = arbitraryValue(type, random, { maxLength: 3 });
      try {
        checkAllForms(type, value);
      } catch (error) {
        throw new Error(`${formatType(type)} does not round-trip`, { cause: error });
      }
    }
  }
});

test("generated and closure decoders give objects of the same keys in the same order", () => {
  const type = TYPES.get("record") as ValueType;
  for (const codegen of [true, false]) {
    const codec = compileValue(type, { codegen });
    writer.reset();
    codec.encode({ level: 3, path: "p" }, writer);
    const value = codec.decode(reader.reset(writer.bytes()));
    assert.deepEqual(Object.keys(value as object), ["path", "targetDir", "level"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  }
});

test("numeric lists go in as plain arrays too and come out as typed arrays", () => {
  for (const codegen of [true, false]) {
    for (const [kind, given, wanted] of [
      ["u8", [1, 255], new Uint8Array([1, 255])],
      ["s16", [-1, 300], new Int16Array([-1, 300])],
      ["u64", [2n ** 63n], new BigUint64Array([2n ** 63n])],
      ["f32", [0.5, NaN], new Float32Array([0.5, NaN])],
    ] as const) {
      const codec = compileValue({ kind: "list", element: { kind } }, { codegen });
      writer.reset();
      codec.encode(given, writer);
      assert.deepEqual(codec.decode(reader.reset(writer.bytes())), wanted);
    }
  }
});

test("a Buffer encodes as list<u8> and decoded bytes are plain copies", () => {
  const codec = compileValue({ kind: "list", element: { kind: "u8" } });
  writer.reset();
  codec.encode(Buffer.from("abc"), writer);
  const input = Buffer.from(writer.bytes());
  const value = codec.decode(reader.reset(input)) as Uint8Array;
  assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype);
  input.fill(0);
  assert.deepEqual(value, new Uint8Array([97, 98, 99]));
  const alias = codec.decode(new Reader({ canAlias: true }).reset(writer.bytes())) as Uint8Array;
  assert.equal(alias.buffer, writer.buffer.buffer);
});
