// Hostile bytes, hostile types, hostile names: a decoder gives a value or a TenonError, in bounded memory and time.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Budget,
  Reader,
  Writer,
  compileFunction,
  compileValue,
  createValidator,
  formatWave,
  fromJson,
  parseWave,
  toJson,
  typeFacts,
} from "@tenon/abi";
import { arbitraryType, arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import type { ErrorCode, HandleType, ValueType } from "@tenon/contract";
import { BUILD_RESULT, fn, list, map, option, p, record, tuple, variant } from "./types.ts";

const writer = new Writer();
const FUZZ_MS = 1600;

function refuses(code: ErrorCode, run: () => unknown, what?: RegExp): void {
  assert.throws(
    run,
    (error) => error instanceof TenonError && error.code === code && (what === undefined || what.test(error.what)),
  );
}

/** A LEB128 number as a peer would write it. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...leb(Math.floor(value / 128))];
}

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";

  test(`${mode}: lift bombs are refused before anything is allocated`, () => {
    const decode = (type: ValueType, bytes: number[], budget = new Budget()): unknown =>
      compileValue(type, { codegen }).decode(new Reader({ budget }).reset(new Uint8Array(bytes)));
    const before = process.memoryUsage().rss;
    refuses("protocol-error", () => decode(list(p("string")), leb(2 ** 24)), /claims 16777216 elements/);
    refuses("protocol-error", () => decode(list(p("u8")), leb(2 ** 31)));
    refuses("protocol-error", () => decode(map(p("u8"), p("u8")), leb(2 ** 20)));
    // Zero-size elements take no bytes, so only the budget bounds them.
    refuses("resource-exhausted", () => decode(list(tuple()), leb(2 ** 24)), /value: more than 134217728 bytes/);
    refuses("resource-exhausted", () => decode(list(tuple()), leb(2 ** 24 + 1)), /more than 16777216 elements/);
    refuses("resource-exhausted", () => decode(list(list(tuple(), 2 ** 22), 2 ** 22), []));
    refuses("resource-exhausted", () =>
      decode(
        list(option(record({ a: list(tuple(), 1000) }))),
        [100, ...Array.from({ length: 100 }, () => 1)],
        new Budget({ maxBytes: 100_000 }),
      ),
    );
    refuses(
      "resource-exhausted",
      () => decode(p("string"), [5, 97, 97, 97, 97, 97], new Budget({ maxStringBytes: 4 })),
      /more than 4 bytes in one string/,
    );
    refuses("resource-exhausted", () => decode(list(p("u8")), [5, 1, 1, 1, 1, 1], new Budget({ maxListLength: 4 })));
    assert.ok(process.memoryUsage().rss - before < 64 * 2 ** 20, "memory stayed flat");
  });

  test(`${mode}: the budget is one for the whole call`, () => {
    const budget = new Budget({ maxBytes: 4000 });
    const codec = compileFunction(fn({ a: list(p("u8")), b: list(p("u8")) }), { codegen });
    const input = (size: number): Uint8Array =>
      new Uint8Array([...leb(size), ...new Uint8Array(size), ...leb(size), ...new Uint8Array(size)]);
    codec.decodeParams(new Reader({ budget }).reset(input(1500)));
    budget.reset();
    refuses(
      "resource-exhausted",
      () => codec.decodeParams(new Reader({ budget }).reset(input(2500))),
      /^b: more than 4000 bytes/,
    );
  });

  test(`${mode}: fields named like prototype members are plain own fields`, () => {
    const names = ["constructor", "has-own-property", "to-string", "value-of", "__proto__"];
    const fields: ValueType = { kind: "record", fields: names.map((name) => ({ name, type: p("u8") })) };
    const codec = compileValue(fields, { codegen });
    const value = codec.decode(new Reader().reset(new Uint8Array([1, 2, 3, 4, 5]))) as object;
    assert.deepEqual(Object.keys(value), ["constructor", "hasOwnProperty", "toString", "valueOf", "__proto__"]);
    assert.deepEqual(Object.values(value), [1, 2, 3, 4, 5]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    writer.reset();
    codec.encode(value, writer);
    assert.deepEqual([...writer.bytes()], [1, 2, 3, 4, 5]);
    refuses("value-invalid", () => codec.encode({}, writer));
  });

  test(`${mode}: random and damaged bytes only ever give values or TenonErrors`, () => {
    const random = seededRandom(codegen ? 7 : 8);
    const budget = new Budget({ maxBytes: 2 ** 20 });
    const reader = new Reader({ budget });
    const until = Date.now() + FUZZ_MS / 2;
    let refused = 0;
    let accepted = 0;
    // At least so much, however slow the machine is; more where there is time.
    while (Date.now() < until || refused < 500 || accepted < 500) {
      const type = random() < 0.2 ? BUILD_RESULT : arbitraryType(random, 5);
      const codec = compileValue(type, { codegen });
      for (let count = 0; count < 30; count++) {
        const bytes = hostileBytes(type, random);
        budget.reset();
        try {
          const value = codec.decode(reader.reset(bytes));
          accepted++;
          // What was accepted is the one encoding of its value.
          writer.reset();
          codec.encode(value, writer);
          if (!hasMap(type) && !hasNaN(bytes, type)) assert.deepEqual(Buffer.from(writer.bytes()), Buffer.from(bytes));
        } catch (error) {
          assert.ok(
            error instanceof TenonError,
            `${JSON.stringify(type)} ${Buffer.from(bytes).toString("hex")}: ${String(error)}`,
          );
          assert.ok(error.code === "protocol-error" || error.code === "resource-exhausted", error.message);
          refused++;
        }
      }
    }
  });
}

/** Noise, or a valid message with bytes changed, cut or added. */
function hostileBytes(type: ValueType, random: () => number): Uint8Array {
  if (random() < 0.3) return Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
  writer.reset();
  compileValue(type, { codegen: false }).encode(arbitraryValue(type, random), writer);
  let bytes = writer.bytes().slice();
  for (let changes = Math.floor(random() * 4); changes > 0 && bytes.length > 0; changes--) {
    bytes[Math.floor(random() * bytes.length)] = random() < 0.3 ? 255 : Math.floor(random() * 256);
  }
  if (random() < 0.2) bytes = bytes.slice(0, Math.floor(random() * bytes.length));
  return bytes;
}

/** Keys that come twice keep their last value, so a map's bytes may shrink. */
function hasMap(type: ValueType): boolean {
  return JSON.stringify(type).includes('"kind":"map"');
}

/** A NaN may change its payload on the way through a JavaScript number. */
function hasNaN(_bytes: Uint8Array, type: ValueType): boolean {
  return /"kind":"f(32|64)"/.test(JSON.stringify(type));
}

test("a type whose shared parts multiply without end is refused at creation", () => {
  let type: ValueType = tuple(p("u8"));
  for (let level = 0; level < 60; level++) type = tuple(type, type);
  assert.equal(typeFacts(type).depth, 61);
  refuses("resource-exhausted", () => compileValue(type), /more than 134217728 bytes/);
});

test("a value whose shared parts multiply without end is refused in bounded time", () => {
  let type: ValueType = list(p("u8"));
  let value: unknown = [1];
  for (let level = 0; level < 40; level++) {
    type = level % 2 ? list(type) : record({ a: option(type), b: option(type) });
    value = level % 2 ? [value, value] : { a: value, b: value };
  }
  refuses("resource-exhausted", () => createValidator(type)(value), /more than 16777216 parts/);
  for (const codegen of [true, false]) {
    refuses("resource-exhausted", () =>
      compileValue(type, { codegen }).encode(value, new Writer({ maxBytes: 2 ** 22 })),
    );
  }
  refuses("resource-exhausted", () => toJson(type, value));
  refuses("resource-exhausted", () => formatWave(type, value));
});

test("types that nest too deep or contain themselves are refused at creation", () => {
  let deep: ValueType = p("u8");
  for (let level = 0; level < 65; level++) deep = list(deep);
  refuses("resource-exhausted", () => compileValue(deep), /65 levels deep and the limit is 64/);
  refuses("resource-exhausted", () => fromJson(deep, []));
  compileValue(deep, { maxDepth: 65 });
  for (let level = 0; level < 100_000; level++) deep = option(deep);
  refuses("contract-invalid", () => compileValue(deep));
  const circular = { kind: "list", element: p("u8") } as { kind: "list"; element: ValueType };
  circular.element = circular;
  refuses("contract-invalid", () => compileValue(circular));
});

test("labels from a hostile descriptor are data in generated code", () => {
  const nasty = ['a"];throw 1;//', "b\\", "c\u2028d", "`${1}`", "__proto__"];
  const types: ValueType[] = [
    { kind: "record", fields: nasty.map((name) => ({ name, type: p("u8") })) },
    { kind: "variant", cases: nasty.map((name) => ({ name })) },
    { kind: "enum", cases: nasty },
    { kind: "flags", flags: nasty },
  ];
  for (const type of types) {
    const codec = compileValue(type);
    const value = codec.decode(new Reader().reset(new Uint8Array(type.kind === "record" ? 5 : 1)));
    writer.reset();
    codec.encode(value, writer);
    assert.deepEqual([...writer.bytes()], [...new Uint8Array(type.kind === "record" ? 5 : 1)]);
  }
  refuses("contract-invalid", () =>
    compileValue(record({ "a-b": p("u8"), "a-B": p("u8") })).decode(new Reader().reset(new Uint8Array(2))),
  );
});

test("resources cross by number; without a handle codec the call is refused, streams always", () => {
  const counter: ValueType = { kind: "own", resource: "a:b/c#counter", owner: "plugin" };
  const handles = {
    lower: (value: unknown) => (value as { id: number }).id,
    lift: (id: number, type: HandleType) => ({ id, type }),
  };
  for (const codegen of [true, false]) {
    const codec = compileValue(tuple(counter, p("u8")), { codegen, handles });
    writer.reset();
    codec.encode([{ id: 258 }, 7], writer);
    assert.deepEqual([...writer.bytes()], [4, 2, 1, 0, 0, 7]);
    assert.deepEqual(codec.decode(new Reader().reset(writer.bytes())), [{ id: 258, type: counter }, 7]);
    refuses(
      "protocol-error",
      () => codec.decode(new Reader().reset(new Uint8Array([3, 1, 1, 1, 1, 1]))),
      /a handle must be 4 bytes, got 3/,
    );
    refuses("boundary-unsupported", () => compileValue(counter, { codegen }).encode({}, writer));
    refuses("boundary-unsupported", () =>
      compileValue({ kind: "stream", element: p("u8") }, { codegen }).encode([], writer),
    );
  }
});

test("no handle is lowered when a later value does not fit, and none is lifted twice", () => {
  let lowered = 0;
  let lifted = 0;
  const handles = { lower: () => ++lowered, lift: () => ++lifted };
  const codec = compileFunction(fn({ a: { kind: "own", resource: "#r", owner: "host" }, b: p("u8") }), { handles });
  refuses("value-invalid", () => codec.encodeParams([{}, 256], writer), /^b: /);
  assert.equal(lowered, 0);
  refuses("protocol-error", () => codec.decodeParams(new Reader().reset(new Uint8Array([4, 1, 0, 0, 0]))), /^b: /);
  assert.equal(lifted, 1);
});

test("hostile WAVE text ends at its first misfit", () => {
  const type = variant({ a: list(option(p("u8"))) });
  for (const text of [
    "(".repeat(1e5),
    "[".repeat(1e5),
    "a([" + "some(".repeat(1e5),
    "{".repeat(1e5),
    '"'.repeat(99_999),
    "a(" + "9".repeat(1e6) + ")",
    "//".repeat(1e5),
    "\\u{",
  ]) {
    refuses("value-invalid", () => parseWave(type, text));
  }
});
