// Bytes that are not a component: every one is refused with its offset, whatever was done to it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TenonError } from "@tenon/contract";
import { compileModulesSync, decodeComponent, isComponent, isCoreModule, planComponent } from "@tenon/wasm";
import { ComponentEncoder, funcBytes, uleb } from "@tenon/wasm/testing";
import { benchComponent, BENCH_CORE } from "./bench-component.ts";
import { faultOf } from "./faults.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const of = (...bytes: number[]): Uint8Array => Uint8Array.from([...HEADER, ...bytes]);

describe("decoding components", () => {
  test("components and core modules are told apart by their first bytes", () => {
    assert.equal(isComponent(of()), true);
    assert.equal(isComponent(BENCH_CORE), false);
    assert.equal(isCoreModule(BENCH_CORE), true);
    assert.equal(isCoreModule(of()), false);
  });

  test("a preamble with any byte changed is refused at that byte", () => {
    for (let at = 0; at < HEADER.length; at++) {
      const bytes = of();
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      assert.equal(faultOf(bytes).offset, at);
    }
  });

  test("every truncation of a component is refused, or is a shorter component", () => {
    const whole = benchComponent();
    let refused = 0;
    for (let length = 0; length < whole.length; length++) {
      try {
        planComponent(whole.slice(0, length));
      } catch (thrown) {
        assert.ok(thrown instanceof TenonError && thrown.code === "artifact-invalid", String(thrown));
        const { offset } = thrown.details as { offset: number };
        assert.ok(offset <= length, `the offset ${offset} lies behind the end ${length}`);
        refused += 1;
      }
    }
    // Cuts between two sections can leave something whole.
    assert.ok(refused > whole.length * 0.95, `${refused} of ${whole.length} were refused`);
  });

  test("seeded mutations give a typed error or a component, never anything else", () => {
    const whole = benchComponent();
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const seen = new Set<string>();
    for (let round = 0; round < 3000; round++) {
      const bytes = whole.slice();
      for (let count = 1 + random(4); count > 0; count--) bytes[random(bytes.length)] = random(256);
      try {
        compileModulesSync(planComponent(bytes), bytes);
        seen.add("accepted");
      } catch (thrown) {
        assert.ok(thrown instanceof TenonError, `round ${round}: ${String(thrown)}`);
        assert.ok(["artifact-invalid", "resource-exhausted"].includes(thrown.code), thrown.message);
        seen.add(thrown.code);
      }
    }
    assert.ok(seen.has("artifact-invalid"));
  });

  test("unknown codes are named, with the place", () => {
    const cases: [string, Uint8Array, RegExp, number][] = [
      ["a section", of(0x0d, 0x00), /unknown id 0x0d/, 8],
      ["a type", of(7, 2, 1, 0x3e), /expected a type, found 0x3e/, 11],
      ["a canonical definition", of(8, 2, 1, 0x7a), /expected a canonical definition, found 0x7a/, 11],
      ["a sort", of(6, 3, 1, 0x06, 0x00), /expected a sort, found 0x06/, 11],
      ["a form of names", of(10, 3, 1, 0x03, 0x00), /form of a name, found 0x03/, 11],
      ["a core type", of(3, 2, 1, 0x5b), /function, struct or array type, found 0x5b/, 11],
    ];
    for (const [name, bytes, message, offset] of cases) {
      const fault = faultOf(bytes);
      assert.match(fault.what, message, name);
      assert.equal(fault.offset, offset, name);
      assert.equal(fault.kind, "malformed", name);
    }
  });

  test("integers have at most the bytes and bits that their type has", () => {
    assert.match(faultOf(of(0x07, 0x81, 0x80, 0x80, 0x80, 0x10, 0x00)).what, /beyond 32 bits/);
    assert.match(faultOf(of(0x07, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)).what, /beyond 32 bits|too many bytes/);
    assert.match(faultOf(of(0x07, 0x80)).what, /found the end/);
  });

  test("a count beyond the bytes that are there allocates nothing", () => {
    assert.match(faultOf(of(0x07, 0x05, 0xff, 0xff, 0xff, 0xff, 0x0f)).what, /expected 4294967295 types/);
  });

  test("names are UTF-8", () => {
    assert.match(faultOf(of(0x00, 0x03, 0x02, 0xff, 0xfe)).what, /not UTF-8/);
  });

  test("what stands behind the last item of a section is refused", () => {
    assert.match(faultOf(of(7, 3, 1, 0x73, 0x00)).what, /end of section 7/);
  });

  test("nesting has a bound: it costs stack", () => {
    let bytes = new ComponentEncoder().finish();
    for (let depth = 0; depth < 99; depth++) {
      const outer = new ComponentEncoder();
      outer.component(bytes);
      bytes = outer.finish();
    }
    planComponent(bytes);
    for (let depth = 0; depth < 10; depth++) {
      const outer = new ComponentEncoder();
      outer.component(bytes);
      bytes = outer.finish();
    }
    assert.match(faultOf(bytes).what, /nesting of more than 100 levels/);
    const types = Array.from({ length: 5000 }, () => [0x42, 0x01, 0x01]).flat();
    assert.match(faultOf(of(7, ...uleb(types.length + 4), 1, ...types, 0x42, 0x00, 0x00)).what, /nesting of more than/);
  });

  test("types that double with every definition are refused before they cost anything", () => {
    const encoder = new ComponentEncoder();
    encoder.type([0x6f, 2, 0x7d, 0x7d]);
    for (let index = 0; index < 40; index++) encoder.type([0x6f, 2, ...uleb(index), ...uleb(index)]);
    assert.match(faultOf(encoder.finish()).what, /effective type size|maximum byte size/);
  });

  test("custom sections are kept with their bounds", () => {
    const encoder = new ComponentEncoder();
    encoder.custom("note", [1, 2, 3]);
    const bytes = encoder.finish();
    const [section] = decodeComponent(bytes).customs;
    assert.equal(section?.name, "note");
    assert.deepEqual([...bytes.subarray(section?.start, section?.end)], [1, 2, 3]);
  });

  test("values and start functions are recognised and refused as gated", () => {
    assert.match(faultOf(of(12, 4, 1, 0x7d, 1, 5)).what, /value definition is a gated feature/);
    const encoder = new ComponentEncoder();
    encoder.import("func", "f", [0x01, ...uleb(encoder.type(funcBytes([])))]);
    encoder.define("start", 9, [0, 0, 0]);
    assert.match(faultOf(encoder.finish()).what, /start definition is a gated feature/);
  });
});
