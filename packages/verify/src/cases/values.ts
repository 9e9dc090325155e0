// Every value type of contracts/conformance goes to the plugin and comes back as it was.
import assert from "node:assert/strict";
import { arbitraryValue, seededRandom } from "@tenon/abi/testing";
import type { ContractFunction } from "@tenon/contract";
import { exemptInGraph, type ConformanceCase, type ConformancePlugin } from "../case.ts";
import { rejection } from "../expect.ts";
import { plugin as contract } from "../generated/conformance.ts";

const SEED = 20_261_122;
const VALUES_PER_TYPE = 40;

const values = contract.exports.find(({ key }) => key === "values")!;

/** What generated values seldom hit: the ends of ranges, and texts that some decoder reads as something else. */
const EDGES: Readonly<Record<string, readonly unknown[]>> = {
  "echo-bool": [true, false],
  "echo-u8": [0, 255],
  "echo-s8": [-128, 127],
  "echo-u16": [0, 65_535],
  "echo-s16": [-32_768, 32_767],
  "echo-u32": [0, 4_294_967_295],
  "echo-s32": [-2_147_483_648, 2_147_483_647],
  "echo-u64": [0n, 2n ** 53n + 1n, 2n ** 64n - 1n],
  "echo-s64": [-(2n ** 63n), -(2n ** 53n) - 1n, 2n ** 63n - 1n],
  "echo-f32": [NaN, Infinity, -Infinity, Math.fround(0.1)],
  "echo-f64": [NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE],
  "echo-char": ["\0", "a", "\u007f", "\u0080", "\ud7ff", "\ue000", "\u{10ffff}"],
  "echo-string": ["", "\0", "\n", "\ufeffx", "\u2028", "__proto__", "\u{1f980}".repeat(100), "a".repeat(70_000)],
  "echo-bytes": [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, index) => index)],
  "echo-map": [
    new Map(),
    new Map([
      ["__proto__", 1],
      ["constructor", 2],
    ]),
  ],
  "echo-many-flags": [Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`f${index}`, index === 31]))],
  "echo-nested-option": [{ tag: "none" }, { tag: "some", val: undefined }, { tag: "some", val: "" }],
  "echo-result-empty": [{ tag: "ok" }, { tag: "err" }],
};

async function echoes(plugin: ConformancePlugin, func: ContractFunction, args: readonly unknown[]): Promise<void> {
  const got = await plugin.invoke(`values.${func.name}`, args);
  const expected = func.result === undefined ? undefined : args.length === 1 ? args[0] : args;
  assert.deepEqual(withoutNegativeZero(got), withoutNegativeZero(expected));
}

/** JSON text has no -0, so the suite does not ask for it; the codecs have tests of their own that do. */
function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (value instanceof Float64Array || value instanceof Float32Array)
    return value.map((item) => (item === 0 ? 0 : item));
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  if (value instanceof Map)
    return new Map(Array.from(value, ([key, item]) => [withoutNegativeZero(key), withoutNegativeZero(item)]));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNegativeZero(item)]));
}

function echoCase(func: ContractFunction): ConformanceCase {
  return {
    name: `values/${func.name}`,
    run: async ({ shared }) => {
      const plugin = await shared();
      for (const edge of EDGES[func.name] ?? []) await echoes(plugin, func, [edge]);
      const random = seededRandom(SEED);
      const rounds = Array.from({ length: func.params.length === 0 ? 1 : VALUES_PER_TYPE }, () =>
        func.params.map(({ type }) => arbitraryValue(type, random)),
      );
      await Promise.all(rounds.map((args) => echoes(plugin, func, args)));
    },
  };
}

export const valueCases: readonly ConformanceCase[] = [
  ...values.functions.map(echoCase),
  {
    name: "values/an object is no map",
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ validate: true });
      const error = await rejection(plugin.invoke("values.echo-map", [{ a: 1 }]), "value-invalid");
      assert.equal(error.sideEffects, "none");
    },
  },
  {
    name: "values/a value outside its type never reaches the plugin",
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ validate: true });
      const wrong: readonly (readonly [string, unknown])[] = [
        ["echo-u8", 256],
        ["echo-u64", 1],
        ["echo-string", "\ud800"],
        ["echo-char", "ab"],
        ["echo-colour", "blue"],
        ["echo-person", { name: "x", age: 1, tags: [1] }],
        ["echo-shape", { tag: "circle", val: "round" }],
        // What a structured clone would carry, and a contract has no name for.
        ["echo-string", new Date(0)],
        ["echo-u64", 2n ** 64n],
        ["echo-bytes", new ArrayBuffer(4)],
        ["echo-bytes", new Uint16Array(2)],
        ["echo-string-list", new Set(["a"])],
        ["echo-person", [new Error("a person")]],
        ["echo-permissions", { read: 1 }],
      ];
      for (const [name, value] of wrong) {
        const error = await rejection(plugin.invoke(`values.${name}`, [value]), "value-invalid");
        assert.equal(error.sideEffects, "none");
        assert.match(error.what, /^value/, "the message begins with the path of the bad part");
      }
      const path = await rejection(
        plugin.invoke("values.echo-person", [{ name: "x", age: 1, tags: ["a", 1] }]),
        "value-invalid",
      );
      assert.match(path.what, /^value\.tags\[1\]/);
      assert.equal(await plugin.values.echoU8(1), 1);
    },
  },
  {
    name: "values/keys of the prototype are data",
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ validate: true });
      const { values: echo } = plugin;
      const value = { constructor: "c", toString: 1, type: true, await: 2, hasOwnProperty: Uint8Array.of(3) };
      const got = await echo.echoAwkward(value);
      assert.deepEqual({ ...got }, value);
      assert.deepEqual(await echo.echoAwkward({ ...value, await: undefined }), { ...value, await: undefined });
      // A field that is only on the prototype of every object is one that is missing.
      const { toString: _, ...without } = value;
      await rejection(plugin.invoke("values.echo-awkward", [without]), "value-invalid");
    },
  },
  {
    name: "values/what the contract does not name stays behind, and what it names stays the caller's",
    // In the same graph nothing is copied at all.
    exempt: exemptInGraph,
    run: async ({ shared }) => {
      const { values: echo } = await shared();
      const address = { street: "s", zipCode: "z", position: [1, 2] as [number, number] };
      class Person {
        name = "n";
        age = 1;
        tags = ["t"];
        nickName = undefined;
        address = address;
        onChange = (): void => {};
        self = this;
      }
      const got = await echo.echoPerson(new Person());
      assert.deepEqual(Object.keys(got).sort(), ["address", "age", "name", "nickName", "tags"]);
      assert.equal(Object.getPrototypeOf(got), Object.prototype);
      assert.notEqual(got.address, address);
      for (const size of [100, 200_000]) {
        const pool = new Uint8Array(2 * size).fill(5);
        const part = pool.subarray(size / 2, size);
        const back = await echo.echoBytes(part);
        assert.deepEqual(back, new Uint8Array(part));
        assert.equal(pool.byteLength, 2 * size, "the caller's memory did not move");
        back.fill(0);
        assert.equal(pool[size - 1], 5);
      }
    },
  },
];
