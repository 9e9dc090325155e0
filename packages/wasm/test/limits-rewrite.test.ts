// The rewriter as a gate: maxima, features, counts, start functions, and bytes that are no module.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { engine } from "@tenon/wasm";
import type { WasmMemory } from "@tenon/wasm";
import { DEFAULT_FEATURES, FEATURES, REWRITE_VERSION, rewriteModule } from "@tenon/wasm/limits";
import type { RewriteOptions, WasmFeature } from "@tenon/wasm/limits";
import { assemble, SAMPLES } from "./limits-corpus.ts";

type Exports = Record<string, (...args: unknown[]) => unknown>;

function run(bytes: Uint8Array, imports: Record<string, Record<string, unknown>> = {}): Exports {
  return new engine.Instance(new engine.Module(bytes), imports).exports as Exports;
}

function refusal(bytes: Uint8Array, options: RewriteOptions = {}): TenonError {
  try {
    rewriteModule(bytes, options);
  } catch (error) {
    assert.ok(error instanceof TenonError, String(error));
    assert.equal(error.sideEffects, "none");
    return error;
  }
  assert.fail("was not refused");
}

const GROWS = `(module (memory (export "memory") 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;

test("a memory without a maximum gets one, and the guest sees that growing fails", () => {
  const { bytes, report } = rewriteModule(assemble(GROWS), { maxMemoryPages: 3 });
  assert.deepEqual(report.memories, [{ min: 1, max: 3 }]);
  const { grow } = run(bytes);
  assert.deepEqual([grow!(1), grow!(2), grow!(1), grow!(1)], [1, -1, 2, -1]);
});

test("a smaller maximum of the module's own stays", () => {
  const { report } = rewriteModule(assemble(`(module (memory 1 2) (table 1 5 funcref))`), { maxMemoryPages: 100 });
  assert.deepEqual([report.memories, report.tables], [[{ min: 1, max: 2 }], [{ min: 1, max: 5 }]]);
});

test("several tables share one maximum", () => {
  const module = assemble(`(module (table 10 funcref) (table 2 funcref))`);
  assert.deepEqual(rewriteModule(module, { maxTableElements: 20 }).report.tables, [
    { min: 10, max: 14 },
    { min: 2, max: 6 },
  ]);
});

test("a module that starts larger than its maximum is refused", () => {
  const memory = refusal(assemble(`(module (memory 10))`), { maxMemoryPages: 9 });
  assert.deepEqual(
    [memory.code, memory.details],
    ["resource-exhausted", { limit: "maxMemoryPages", needed: 10, allowed: 9 }],
  );
  assert.equal(
    refusal(assemble(`(module (import "a" "t" (table 10 funcref)))`), { maxTableElements: 9 }).code,
    "resource-exhausted",
  );
});

test("imported memories and tables are held to the maximum as well", () => {
  const module = assemble(
    `(module (import "a" "m" (memory 1)) (import "a" "t" (table 1 funcref)) (import "a" "f" (func)))`,
  );
  const { bytes } = rewriteModule(module, { maxMemoryPages: 4, maxTableElements: 8 });
  const table = new (globalThis as unknown as { WebAssembly: { Table: new (d: object) => object } }).WebAssembly.Table({
    element: "anyfunc",
    initial: 1,
    maximum: 8,
  });
  const offer = (m: WasmMemory): Record<string, Record<string, unknown>> => ({ a: { m, t: table, f: () => {} } });
  assert.throws(() => run(bytes, offer(new engine.Memory({ initial: 1 }))), engine.LinkError);
  run(bytes, offer(new engine.Memory({ initial: 1, maximum: 4 })));
});

test("every sample needs the features that it is named for, and passes with them", () => {
  for (const { name, bytes } of SAMPLES) {
    const { features } = rewriteModule(bytes, { features: FEATURES }).report;
    rewriteModule(bytes, { features });
    for (const feature of features) {
      const error = refusal(bytes, { features: features.filter((one) => one !== feature) });
      assert.equal(error.code, "artifact-invalid", name);
      assert.equal((error.details as { feature: string }).feature, feature, name);
    }
  }
});

test("what no limit bounds is not allowed unless asked for", () => {
  for (const feature of ["relaxed-simd", "threads", "gc"] satisfies WasmFeature[]) {
    assert.ok(!DEFAULT_FEATURES.includes(feature));
    const sample = SAMPLES.find(({ name }) => name === feature)!;
    assert.match(refusal(sample.bytes).message, /which is not allowed here; build it without this feature/);
  }
});

test("code is read unless the caller answers for it, and always to be metered", () => {
  const { bytes } = SAMPLES.find(({ name }) => name === "relaxed-simd")!;
  const kept = rewriteModule(bytes, { readsCode: false });
  assert.equal(Buffer.compare(kept.bytes, bytes), 0);
  assert.equal(refusal(bytes, { readsCode: false, fuel: "loop" }).code, "artifact-invalid");
  const threads = SAMPLES.find(({ name }) => name === "threads")!;
  assert.equal(refusal(threads.bytes, { readsCode: false }).code, "artifact-invalid");
  const { report } = rewriteModule(assemble("(module (memory 1))"), { readsCode: false, maxMemoryPages: 4 });
  assert.equal(report.memories[0]?.max, 4);
});

test("bodies of every size about a boundary of their size's own size stay valid", () => {
  for (const around of [64, 128, 16_384])
    for (let size = around - 24; size < around + 8; size++) {
      const module = assemble(`(module (func (export "f") (result i32) ${"(nop)".repeat(size)} (i32.const 7)))`);
      const { bytes } = rewriteModule(module, { fuel: "loop" });
      assert.equal((run(bytes)["f"] as () => number)(), 7);
    }
});

test("an exception that holds references would grow without bound, so it needs gc", () => {
  const module = assemble(`(module (tag (param externref)))`);
  assert.equal((refusal(module).details as { feature: string }).feature, "gc");
});

test("counts are limits", () => {
  const module = assemble(
    `(module (func (local i32 i32 i32)) (func) (global i32 (i32.const 0)) (export "a" (func 0)))`,
  );
  const what = (counts: RewriteOptions["counts"]): unknown =>
    (refusal(module, { counts }).details as { limit: string }).limit;
  assert.equal(what({ bytes: 10 }), "bytes");
  assert.equal(what({ functions: 1 }), "functions");
  assert.equal(what({ locals: 2 }), "locals");
  assert.equal(what({ globals: 0 }), "globals");
  assert.equal(what({ exports: 0 }), "exports");
  assert.equal(what({ types: 0 }), "types");
});

test("a huge count costs nothing: it is held against the bytes that are there", () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13]) {
    const error = refusal(Uint8Array.from([...header, id, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]), { fuel: "loop" });
    assert.equal(error.code, "artifact-invalid");
    assert.ok((error.details as { offset: number }).offset >= 10);
  }
});

test("malformed bytes are refused with their offset", () => {
  const offset = (bytes: readonly number[]): number =>
    (refusal(Uint8Array.from(bytes), { fuel: "loop" }).details as { offset: number }).offset;
  assert.equal(offset([]), 0);
  assert.equal(offset([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]), 4);
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
  // An unknown instruction, one that ends early, an else alone, a body that goes on, a jump to nowhere.
  assert.equal(offset([...head, 10, 5, 1, 3, 0, 0xff, 0x0b]), 23);
  assert.equal(offset([...head, 10, 5, 1, 3, 0, 0x43, 0x0b]), 24);
  assert.equal(offset([...head, 10, 5, 1, 3, 0, 0x05, 0x0b]), 24);
  assert.equal(offset([...head, 10, 6, 1, 4, 0, 0x0b, 0x01, 0x0b]), 24);
  assert.equal(offset([...head, 10, 6, 1, 4, 0, 0x0c, 0x01, 0x0b]), 25);
});

test("an invalid module cannot reach what the rewriter adds", () => {
  // global.set 0 in a module without globals: the fuel counter would be global 0.
  const module = assemble(
    `(module (global $g (mut i64) (i64.const 0)) (func (global.set $g (i64.const 1))) (export "g" (global $g)))`,
  );
  const code = module.findIndex(
    (byte, index) => byte === 0x24 && module[index + 1] === 0 && module[index + 2] === 0x0b,
  );
  const patched = module.slice();
  patched[code + 1] = 1;
  assert.match(refusal(patched, { fuel: "loop" }).message, /global 1 is not there/);
  const exported = module.slice();
  const at = exported.findIndex((byte, index) => byte === 0x67 && exported[index + 1] === 3);
  exported[at + 2] = 1;
  assert.match(refusal(exported, { fuel: "loop" }).message, /global 1 is not there/);
});

test("a module cannot take the names of added exports", () => {
  assert.match(
    refusal(assemble(`(module (func (export "tenon:fuel")))`), { fuel: "loop" }).message,
    /a name that the host adds/,
  );
});

test("a deferred start function runs when its export is called", () => {
  const module = assemble(
    `(module (global $g (export "g") (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 9))) (start $s))`,
  );
  const value = (exports: Exports): unknown => (exports["g"] as unknown as { value: unknown }).value;
  assert.equal(value(run(rewriteModule(module).bytes)), 9);
  const { bytes, report } = rewriteModule(module, { deferStart: true });
  assert.deepEqual([report.hasStart, report.isStartDeferred], [true, true]);
  const exports = run(bytes);
  assert.equal(value(exports), 0);
  exports["tenon:start"]!();
  assert.equal(value(exports), 9);
});

test("custom sections stay, but for those that name places in the code", () => {
  const custom = (name: string): number[] => [0, name.length + 2, name.length, ...Buffer.from(name), 7];
  const module = Uint8Array.from([...assemble(`(module)`), ...custom("tenon:contract"), ...custom(".debug_line")]);
  const names = (bytes: Uint8Array): string[] =>
    ["tenon:contract", ".debug_line"].filter((name) => Buffer.from(bytes).includes(name));
  assert.deepEqual(names(rewriteModule(module).bytes), ["tenon:contract", ".debug_line"]);
  assert.deepEqual(names(rewriteModule(module, { fuel: "loop" }).bytes), ["tenon:contract"]);
});

/** What the rewriter makes of every sample, in every mode. On the day that this changes, `REWRITE_VERSION` goes up. */
const MADE = { version: 1, digest: "daa907337b92fdd7" };

test("what is made of a module is what the version says, by which hosts keep it", () => {
  const hash = createHash("sha256");
  for (const { bytes } of SAMPLES) {
    for (const fuel of [undefined, "loop", "block"] as const) {
      for (const isLinked of [false, true]) {
        hash.update(rewriteModule(bytes, { fuel, isLinked, features: FEATURES }).bytes);
      }
    }
  }
  assert.deepEqual({ version: REWRITE_VERSION, digest: hash.digest("hex").slice(0, 16) }, MADE);
});
