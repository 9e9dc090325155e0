// Lists of short texts, whose bytes are kept from call to call: what arrives after each, and what values with code of their own may do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileLift } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract";
import { allocator, instantiate } from "./canonical-guests.ts";
import type { Guest } from "./canonical-guests.ts";
import { fn, list, p, record } from "./types.ts";

/** A guest that gives back the list that it was given. */
const GUEST = `(module ${allocator()}
  (func (export "call") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))`;

const texts = list(p("string"));
const same = fn({ texts }, texts);

function compiled(): {
  readonly guest: Guest;
  readonly call: (texts: unknown) => unknown;
  readonly entered: () => number;
} {
  const guest = instantiate(GUEST);
  let entered = 0;
  const gate = { enter: () => void entered++, exit: () => {}, fail: (error: TenonError) => error };
  return {
    guest,
    call: compileLift(same, guest.env({ gate }), guest.exports["call"] as never),
    entered: () => entered,
  };
}

function refused(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof TenonError && error.code === "value-invalid");
}

/** Calls after which a list that comes again and again is known, whatever came before. */
const LEARNT = 70;

test("lists of texts arrive as they were sent, whatever the call before has sent at their places", () => {
  const { call } = compiled();
  const plain = ["", "a", "seven77", "eight888", "nine99999", "x".repeat(63), "y".repeat(64), "z".repeat(65)];
  for (const texts of [plain, [...plain, "\u00e9", "\u{1f370}"], plain.slice(2), [], [...plain].reverse()]) {
    for (let round = 0; round < LEARNT; round++) assert.deepEqual(call(texts), texts);
    // Known now: each in turn is another one once, ASCII and not, and then as before.
    for (const [at, text] of texts.entries()) {
      for (const other of [`${text}!`, [...text].slice(1).join(""), "\u00e9", "other", ""]) {
        const changed = texts.with(at, other);
        assert.deepEqual(call(changed), changed);
        assert.deepEqual(call(texts), texts);
      }
    }
    const longer = [...texts, ...plain];
    assert.deepEqual(call(longer), longer);
  }
});

test("more texts than are kept, and more bytes, arrive all the same", () => {
  const { call } = compiled();
  for (const [count, length] of [
    [1, 64],
    [256, 64],
    [257, 64],
    [5000, 3],
    [10, 10],
  ] as const) {
    const texts = (round: number): string[] =>
      // A third of them is new in each call, so that the room for their bytes fills up.
      Array.from({ length: count }, (_, at) => String(at % 3 === 0 ? at + round : at).padStart(length, "-"));
    for (let round = 0; round < LEARNT; round++) assert.deepEqual(call(texts(0)), texts(0));
    for (let round = 1; round < 20; round++) assert.deepEqual(call(texts(round)), texts(round));
  }
});

test("a lone surrogate among short texts is refused before the guest is entered, beside whatever else", () => {
  const { call, entered } = compiled();
  for (let round = 0; round < LEARNT; round++) call(["plain", "text", "plain"]);
  const before = entered();
  const bad = ["\ud800", "a\udc00", "\ud800".padStart(65, "x")];
  for (const text of bad) refused(() => call(["plain", text, "plain"]));
  // Together two halves would be one character.
  refused(() => call(["a\ud83c", "\udf70b"]));
  refused(() => call(["\u00e9", "\ud800"]));
  assert.equal(entered(), before);
  assert.deepEqual(call(["plain", "after"]), ["plain", "after"]);
});

test("a check that is broken off leaves nothing behind", () => {
  const { call } = compiled();
  for (let round = 0; round < LEARNT; round++) assert.deepEqual(call(["one", "two", "three"]), ["one", "two", "three"]);
  refused(() => call(["four", "five", 6]));
  assert.deepEqual(call(["four", "five", "six"]), ["four", "five", "six"]);
});

test("a value whose code calls the same function meanwhile arrives whole, and so does that call", () => {
  const pair = record({ first: p("string"), rest: texts });
  const nested = fn({ pair }, texts);
  const guest = instantiate(`(module ${allocator()}
    (func (export "call") (param i32 i32 i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 2)) (i32.store (i32.const 20) (local.get 3)) (i32.const 16)))`);
  const call = compileLift(nested, guest.env(), guest.exports["call"] as never);
  const seen: unknown[] = [];
  const known = ["some", "longer text of the outer call", "inner", "texts"];
  for (let round = 0; round < LEARNT; round++) assert.deepEqual(call({ first: "outer", rest: known }), known);
  for (const atRead of [1, 2, 3, 4]) {
    for (const inside of [
      { first: "in", rest: ["inner", "texts"] },
      { first: "in", rest: ["\u00e9", "texts"] },
      { first: "in", rest: ["good", "\ud800"] },
      { first: "in", rest: ["good", 7] },
    ]) {
      let reads = 0;
      const outer = {
        get first() {
          if (++reads === atRead) attempt(inside);
          return "outer";
        },
        get rest() {
          if (++reads === atRead) attempt(inside);
          return known;
        },
      };
      assert.deepEqual(call(outer), known);
    }
  }
  assert.equal(seen.length, 16);

  function attempt(value: { readonly rest: readonly unknown[] }): void {
    try {
      const answer = call(value);
      assert.deepEqual(answer, value.rest);
      seen.push(answer);
    } catch (thrown) {
      assert.equal((thrown as TenonError).code, "value-invalid");
      seen.push(thrown);
    }
  }
});

test("a text that is another one when it is lowered is what arrives", () => {
  const { call } = compiled();
  let reads = 0;
  const values = ["first", "second", "third"];
  for (let round = 0; round < LEARNT; round++) assert.deepEqual(call(values), values);
  const shifty = new Proxy(values, {
    get: (target, key, receiver) =>
      key === "1" && ++reads % 2 === 0 ? "other than checked" : (Reflect.get(target, key, receiver) as unknown),
  });
  assert.deepEqual(call(shifty), ["first", "other than checked", "third"]);
  assert.deepEqual(call(values), values);
});

test("the bytes are those of the text in a memory that grows at every allocation", () => {
  const guest = instantiate(GUEST.replace(allocator(), allocator(1)));
  const call = compileLift(same, guest.env(), guest.exports["call"] as never);
  const values = ["short", "exactly8", "a text of more than eight", "", "\u00e9"];
  for (let round = 0; round < LEARNT; round++) assert.deepEqual(call(values), values);
});
