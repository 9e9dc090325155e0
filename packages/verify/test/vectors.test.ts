// T-C2, T-C3 and T-C5 of the threat model, one by one, on both sides of a call.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileValue, fromJson, parseWave, Reader, toJson, Writer } from "@tenon/abi";
import { compileLift } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract";
import type { ErrorCode, ValueType } from "@tenon/contract";
import { compileModulesSync, engine, instantiate, planComponent } from "@tenon/wasm";
import type { LinkedComponent } from "@tenon/wasm";
import { rewriteModule } from "@tenon/wasm/limits";
import { handleComponent } from "./fuzz/components.ts";
import { VALUE_VECTORS } from "./vectors.table.ts";
import type { Verdict } from "./vectors.table.ts";

function holds(verdict: Verdict, codes: readonly ErrorCode[], run: () => unknown): void {
  if ("value" in verdict) return assert.deepEqual(run(), verdict.value);
  assert.throws(run, (error) => error instanceof TenonError && codes.includes(error.code));
}

/** A result that a guest has written: in memory where it is text, by itself where it fits a core value. */
function lifted(type: ValueType, core: number | bigint | readonly number[], codegen: boolean): unknown {
  const memory = new Uint8Array(65_536);
  if (typeof core === "object") {
    new Uint32Array(memory.buffer, 0, 2).set([16, core.length]);
    memory.set(core, 16);
  }
  const func = { name: "f", kind: "freestanding", isAsync: false, params: [], result: type } as const;
  const env = { memory: () => memory };
  return compileLift(func, env, () => (typeof core === "object" ? 0 : core), { codegen })();
}

describe("T-C3: odd values", () => {
  for (const { what, type, wire, json, wave, core, host } of VALUE_VECTORS) {
    for (const codegen of [true, false]) {
      const codec = compileValue(type, { codegen });
      const mode = codegen ? "generated" : "closures";
      const decode = (bytes: readonly number[]): unknown => codec.decode(new Reader().reset(Uint8Array.from(bytes)));
      if (wire) test(`${what}: wire, ${mode}`, () => holds(wire[1], ["protocol-error"], () => decode(wire[0])));
      if (core)
        test(`${what}: memory, ${mode}`, () => holds(core[1], ["plugin-trap"], () => lifted(type, core[0], codegen)));
      if (host) {
        test(`${what}: from the host, ${mode}`, () =>
          holds(host[1], ["value-invalid"], () => {
            const writer = new Writer();
            codec.encode(host[0], writer);
            return decode([...writer.bytes()]);
          }));
      }
    }
    if (json) test(`${what}: JSON`, () => holds(json[1], ["value-invalid"], () => fromJson(type, JSON.parse(json[0]))));
    if (wave) test(`${what}: WAVE`, () => holds(wave[1], ["value-invalid"], () => parseWave(type, wave[0])));
    if (host && "refused" in host[1])
      test(`${what}: from the host to JSON`, () => holds(host[1], ["value-invalid"], () => toJson(type, host[0])));
  }

  test("nothing of it has touched a prototype", () => {
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});

describe("T-C5: handles that a guest makes up", () => {
  const open = (maxHandles?: number): LinkedComponent => {
    const bytes = handleComponent();
    const plan = planComponent(bytes);
    return instantiate(plan, compileModulesSync(plan, bytes), {}, maxHandles === undefined ? {} : { maxHandles });
  };
  const ACTS = ["drops 0", "drops one that never was", "drops -1", "drops twice", "uses one that it has dropped"];
  for (const [kind, what] of ACTS.entries()) {
    test(what, () => {
      const linked = open();
      assert.throws(() => linked.func("", "act")!(kind), { code: "plugin-trap", message: /handle|resource/ });
      assert.ok(linked.trap !== undefined, "the instance is spent");
    });
  }

  test("uses one of another instance", () => {
    const [one, other] = [open(), open()];
    assert.equal(one.func("", "act")!(6), 1);
    assert.throws(() => other.func("", "act")!(5), { code: "plugin-trap" });
    assert.equal(one.trap, undefined);
  });

  test("makes a million of them", () => {
    const linked = open(10_000);
    assert.throws(() => linked.func("", "hoard")!(1_000_000), { code: "resource-exhausted" });
  });
});

test("R8: a hundred thousand nested blocks are read, metered and still valid", () => {
  const depth = 100_000;
  const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
  const blocks = Array.from({ length: depth }, () => [0x02, 0x40]).flat();
  const body = [0, ...blocks, ...Array.from({ length: depth + 1 }, () => 0x0b)];
  const code = [1, ...leb(body.length), ...body];
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
  const module = Uint8Array.from([...head, 10, ...leb(code.length), ...code]);
  assert.equal(engine.validate(rewriteModule(module, { fuel: "loop" }).bytes), engine.validate(module));
});
