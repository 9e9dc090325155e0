// Metered programs against the same programs as they were: equal results, exact and repeatable ticks, an end when dry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "@tenon/wasm";
import { FEATURES, FuelGauge, FuelTank, rewriteModule } from "@tenon/wasm/limits";
import type { FuelMode } from "@tenon/wasm/limits";
import { assemble, IMPORTS, SAMPLES } from "./limits-corpus.ts";
import type { Sample } from "./limits-corpus.ts";

type Exports = Record<string, (...args: unknown[]) => unknown>;
const MODES: readonly FuelMode[] = ["loop", "block"];

function instance(bytes: Uint8Array, more: FuelTank["imports"] = {}): Exports {
  return new engine.Instance(new engine.Module(bytes), { ...IMPORTS, ...more }).exports as Exports;
}

function metered(text: string, fuel: FuelMode = "loop"): { exports: Exports; gauge: FuelGauge } {
  const exports = instance(rewriteModule(assemble(text), { fuel }).bytes);
  return { exports, gauge: new FuelGauge(exports) };
}

/** Results and ticks of all calls, on one fresh instance with a counter of its own or with one that it imports. */
function trace({ bytes, calls }: Sample, fuel: FuelMode, isLinked = false): { results: unknown[]; ticks: number[] } {
  const tank = new FuelTank();
  tank.fill(1_000);
  const rewritten = rewriteModule(bytes, { fuel, isLinked, features: FEATURES }).bytes;
  const exports = instance(rewritten, isLinked ? tank.imports : {});
  const gauge = isLinked ? tank : new FuelGauge(exports);
  const ticks: number[] = [];
  const results = calls.map(([func, args]) => {
    gauge.fill(1_000_000);
    const result = exports[func]!(...args);
    ticks.push(gauge.used);
    return result;
  });
  return { results, ticks };
}

for (const sample of SAMPLES) {
  const skip = engine.validate(sample.bytes) ? false : `this engine does not know ${sample.name}`;
  test(`${sample.name}: metering changes no result, and two runs use the same fuel`, { skip }, () => {
    const plain = instance(sample.bytes);
    const expected = sample.calls.map(([func, args]) => plain[func]!(...args));
    for (const fuel of MODES) {
      const first = trace(sample, fuel);
      assert.deepEqual(first.results, expected);
      assert.ok(first.ticks.every((ticks) => ticks > 0 && ticks < 100_000));
      assert.deepEqual(trace(sample, fuel), first);
      assert.deepEqual(trace(sample, fuel, true), first);
    }
  });
}

test("ticks are what the rules say, on every engine", () => {
  const kernels = SAMPLES.find(({ name }) => name === "kernels")!;
  // fib(12) is entered 465 times; 1,000 turns of a loop and one entry.
  assert.deepEqual(trace(kernels, "loop").ticks, [465, 1001]);
  // 233 leaves of 5 instructions, 232 inner calls of 14; 3 before the loop, 22 in each turn, 1 behind.
  const perTurn = trace(
    {
      ...kernels,
      calls: [
        ["xorshift", [1]],
        ["xorshift", [2]],
      ],
    },
    "block",
  ).ticks;
  assert.equal(perTurn[1]! - perTurn[0]!, 23);
  assert.equal(trace({ ...kernels, calls: [["xorshift", [1001]]] }, "block").ticks[0], perTurn[0]! + 1000 * 23);
});

for (const fuel of MODES) {
  test(`${fuel}: a loop, a recursion and a tail call end when the fuel does`, () => {
    const { exports, gauge } = metered(
      `(module (func (export "spin") (loop (br 0)))
        (func $deep (export "deep") (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
        (func $tail (export "tail") (return_call $tail)))`,
      fuel,
    );
    for (const [func, ...args] of [["spin"], ["deep", 100], ["tail"]] as const) {
      gauge.fill(50);
      assert.throws(() => exports[func]!(...args), engine.RuntimeError);
      assert.equal(gauge.isDry, true);
      assert.equal(gauge.used, 50);
      assert.deepEqual(
        [gauge.error().code, gauge.error().details],
        ["resource-exhausted", { limit: "fuel", allowed: 50 }],
      );
    }
  });
}

test("the last tick is usable: exactly enough fuel is enough", () => {
  const { exports, gauge } = metered(
    `(module (func (export "f") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`,
  );
  gauge.fill(11);
  exports["f"]!(10);
  assert.deepEqual([gauge.left, gauge.isDry], [0, false]);
  gauge.fill(10);
  assert.throws(() => exports["f"]!(10));
  assert.equal(gauge.isDry, true);
});

test("a guest's own trap is not taken for want of fuel", () => {
  const { exports, gauge } = metered(`(module (func (export "f") unreachable))`);
  gauge.fill(100);
  assert.throws(() => exports["f"]!());
  assert.equal(gauge.isDry, false);
});

test("bulk operations are charged by length, and before they are done", () => {
  const { exports, gauge } = metered(`(module (memory (export "m") 16) (table 100 200 funcref)
    (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
    (func (export "copy") (param i32) (memory.copy (i32.const 0) (i32.const 64) (local.get 0)))
    (func (export "grow") (param i32) (drop (memory.grow (local.get 0))))
    (func (export "table") (param i32) (table.fill (i32.const 0) (ref.null func) (local.get 0))))`);
  const used = (func: string, length: number): number => {
    gauge.fill(1_000_000);
    exports[func]!(length);
    return gauge.used;
  };
  assert.deepEqual([used("fill", 0), used("fill", 64_000), used("copy", 6_400), used("table", 90)], [2, 1002, 102, 92]);
  // A growth that fails is charged too, and one of any size leaves some fuel.
  assert.deepEqual([used("grow", 0), used("grow", 60_000)], [257, 60_257]);
  gauge.fill(500);
  const memory = new Uint8Array((exports["m"] as unknown as { buffer: ArrayBuffer }).buffer);
  memory.fill(0);
  assert.throws(() => exports["fill"]!(64_000));
  assert.deepEqual([gauge.isDry, memory[0]], [true, 0]);
});

test("a tick never stands for more than 256 instructions, whatever way the code takes", () => {
  // Live arms are long and dead arms are longer, so that counting in the order of the text would charge only dead code.
  const long = "(local.set 0 (i32.add (local.get 0) (i32.const 1)))".repeat(60);
  const step = `${long} (if (i32.eq (local.get 0) (i32.const -1)) (then ${long} ${long} (return (i32.const 0))))`;
  const text = `(module (func (export "f") (param i32) (result i32) ${step.repeat(50)} (local.get 0)))`;
  const loop = metered(text);
  loop.gauge.fill(1_000_000);
  loop.exports["f"]!(0);
  const block = metered(text, "block");
  block.gauge.fill(1_000_000);
  block.exports["f"]!(0);
  assert.ok(block.gauge.used >= 50 * 240);
  assert.ok(loop.gauge.used * 256 >= block.gauge.used, `${loop.gauge.used} ticks for ${block.gauge.used} instructions`);
  assert.ok(loop.gauge.used <= 60);
});

test("start functions are charged, from the counter's first value", () => {
  const module = assemble(`(module (func $s (loop (br 0))) (start $s))`);
  const { bytes } = rewriteModule(module, { fuel: "loop", startFuel: 1000 });
  assert.throws(() => instance(bytes), engine.RuntimeError);
  const deferred = instance(rewriteModule(module, { fuel: "loop", startFuel: 1000, deferStart: true }).bytes);
  const gauge = new FuelGauge(deferred);
  assert.equal(gauge.left, 1000);
  assert.throws(() => deferred["tenon:start"]!(), engine.RuntimeError);
  assert.equal(gauge.isDry, true);
});

test("refill gives what the last fill gave", () => {
  const { exports, gauge } = metered(`(module (func (export "f")))`);
  gauge.fill(10);
  for (let call = 0; call < 30; call++) {
    gauge.refill();
    exports["f"]!();
    assert.deepEqual([gauge.left, gauge.used], [9, 1]);
  }
});

test("a float can say every number of ticks that the gauge takes", () => {
  const { exports, gauge } = metered(`(module (func (export "f")))`);
  gauge.fill(Number.MAX_SAFE_INTEGER);
  exports["f"]!();
  assert.deepEqual([gauge.left, gauge.used], [Number.MAX_SAFE_INTEGER - 1, 1]);
});
