// Values from one version of a contract to another: by hand, and for random contracts against what the comparison says.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createAdapter, type ContractAdapter, type RoutedFunction } from "@tenon/abi/adapt";
import { createValidator } from "@tenon/abi";
import { arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError, resolveWit, WitError, type ContractFunction, type ContractInterface } from "@tenon/contract";
import { diffSnapshots, functionKey, takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { changed, createRandom, printWorld, randomWorld } from "../../wasm/test/random-worlds.ts";

function snapshot(text: string): Snapshot {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, loaded.resolve.worlds.length - 1);
}
const plugin = (body: string): string =>
  `package demo:shop@1.0.0; interface plugin { ${body} } world shop { export plugin; }`;
const adapter = (before: string, after: string): ContractAdapter =>
  createAdapter(snapshot(plugin(before)), snapshot(plugin(after)));
const RUN = "demo:shop/plugin.run";

const routed = (made: ContractAdapter): RoutedFunction => made.exports.get(RUN) as RoutedFunction;

/** What the plugin gets for a host's argument, and the host for the plugin's answer. */
function pass(before: string, after: string, value: unknown, way: "in" | "out"): unknown {
  const func = routed(adapter(before, after));
  return way === "in" ? (func.args?.([value]) ?? [value])[0] : (func.result?.(value) ?? value);
}
const refused =
  (code: string, text: RegExp) =>
  (error: unknown): boolean =>
    error instanceof TenonError && error.code === code && text.test(error.message);

describe("never silent", () => {
  const run = "run: func(x: t) -> t;";
  test("a required number that nobody sends is refused when the plugin is loaded, not 0", () => {
    assert.throws(
      () => adapter(`record t { a: u8 } ${run}`, `record t { a: u8, n: u32 } ${run}`),
      refused("contract-mismatch", /nobody sends n/),
    );
  });
  test("a number out of range is an error, not wrapped", () => {
    assert.equal(pass("run: func(x: u8);", "run: func(x: u64);", 255n, "in"), 255);
    assert.throws(
      () => pass("run: func(x: u8);", "run: func(x: u64);", 256n, "in"),
      refused("value-invalid", /256 is no u8/),
    );
    assert.equal(pass("run: func() -> u32;", "run: func() -> u64;", 7, "out"), 7n);
  });
  test("an unknown case is refused, or becomes the fallback where there is one", () => {
    assert.throws(
      () => pass(`enum t { a } ${run}`, `enum t { a, b } ${run}`, "b", "in"),
      refused("value-invalid", /b has no counterpart/),
    );
    assert.equal(pass(`enum t { a } ${run}`, `enum t {\n/// @fallback\na, b } ${run}`, "b", "in"), "a");
  });
});

test("records, defaults, renames, options and results convert both ways", () => {
  const before = "record t { old-name: u32, gone: option<u8>, some: list<u8> } run: func(x: t) -> t;";
  const after = `record t {\n/// @renamed-from old-name\nnew-name: u64,\n/// @default [1, 2]\nmore: list<u16>, some: list<u32> } run: func(x: t) -> result<t, string>;`;
  assert.deepEqual(pass(before, after, { newName: 7n, more: new Uint16Array(), some: new Uint32Array([1]) }, "in"), {
    oldName: 7,
    gone: undefined,
    some: new Uint8Array([1]),
  });
  assert.deepEqual(pass(before, after, { oldName: 7, gone: 1, some: new Uint8Array([1]) }, "out"), {
    tag: "ok",
    val: { newName: 7n, more: new Uint16Array([1, 2]), some: new Uint32Array([1]) },
  });
});

test("a field with a name of Object.prototype counts only where it is the value's own", () => {
  const [before, after] = [
    "record t { to-string: u64 } run: func(x: t);",
    "record t { to-string: u32 } run: func(x: t);",
  ];
  for (const codegen of [true, false]) {
    const { args } = routed(createAdapter(snapshot(plugin(before)), snapshot(plugin(after)), { codegen }));
    assert.deepEqual(args?.([{ toString: 7 }]), [{ toString: 7n }]);
    assert.throws(() => args?.([{}]), refused("value-invalid", /x\.toString: expected u32/));
    assert.throws(() => args?.([undefined]), refused("value-invalid", /x: expected an object/));
  }
});

test("what did not change has nothing in between", () => {
  const func = routed(
    adapter("record t { a: u8 } run: func(x: t) -> t; stop: func();", "record u { a: u8 } run: func(y: u) -> u;"),
  );
  assert.deepEqual([func.args, func.result], [undefined, undefined]);
});

describe("what fits as it is", () => {
  const record = "record t { id: u32, note: option<string> }";
  const older = "record t { id: u32 }";
  const run = "run: func(x: list<t>, y: option<t>) -> result<list<t>, t>;";

  test("is handed on: fields more than a plugin knows, wider numbers, more cases, a value where an option is wanted", () => {
    const { args, result, around } = routed(
      adapter(
        `enum size { small, large } ${older} run: func(at: u16, x: list<t>) -> size;`,
        `enum size { small, large, huge } ${record} run: func(at: u8, x: list<t>) -> option<size>;`,
      ),
    );
    assert.deepEqual([args, result], [undefined, undefined]);
    const target = (): string => "small";
    assert.equal(around(target), target);
  });
  test("but a host gets its own form: what a plugin knows beyond it is left out, and what it lacks is there", () => {
    const item = { id: 1, note: "n" };
    const left = pass(`${record} ${run}`, `${older} ${run}`, { tag: "ok", val: [item] }, "out");
    assert.deepEqual(left, { tag: "ok", val: [{ id: 1 }] });
    const filled = pass(`${older} ${run}`, `${record} ${run}`, { tag: "err", val: { id: 1 } }, "out");
    assert.deepEqual(filled, { tag: "err", val: { id: 1, note: undefined } });
  });
  test("what is renamed, narrower, or has to be filled in is converted", () => {
    const list = (type: string): string => `run: func(x: list<${type}>);`;
    assert.deepEqual(pass(list("u16"), list("u8"), new Uint8Array([1]), "in"), new Uint16Array([1]));
    const renamed = "enum t {\n/// @renamed-from a\nb }";
    assert.deepEqual(pass(`enum t { a } ${list("t")}`, `${renamed} ${list("t")}`, ["b"], "in"), ["a"]);
    assert.equal(pass("run: func() -> u64;", "run: func() -> f64;", 3n, "out"), 3);
  });
});

test("a function that has moved is called where the other side has it", () => {
  const before = snapshot(
    "package demo:shop@1.0.0; interface report { log: func(text: string); } interface plugin { stop: func(); } world shop { import report; export plugin; }",
  );
  const after = snapshot(
    "package demo:shop@1.1.0; interface journal {\n/// @moved-from report.log\nwrite: func(text: string, at: option<u64>); } interface life {\n/// @moved-from plugin.stop\nstop: func(); } world shop { import journal; export life; }",
  );
  const target = (functions: ContractAdapter["exports"], key: string): unknown =>
    (functions.get(`demo:shop/${key}`) as RoutedFunction).target;
  const up = createAdapter(before, after);
  assert.equal(target(up.exports, "life.stop"), "demo:shop/plugin.stop");
  assert.equal(target(up.imports, "report.log"), "demo:shop/journal.write");
  assert.deepEqual((up.imports.get("demo:shop/report.log") as RoutedFunction).args?.(["x"]), ["x", undefined]);
  const down = createAdapter(after, before);
  assert.equal(target(down.exports, "plugin.stop"), "demo:shop/life.stop");
  assert.equal(target(down.imports, "journal.write"), "demo:shop/report.log");
});

test("one function around another: arguments, answers now and later, and what the target throws", async () => {
  const before = "record t { a: u8 } run: func(x: t) -> t;";
  const after = "record t {\n/// @renamed-from a\nb: u8 } run: func(x: t) -> t;";
  for (const codegen of [true, false]) {
    const { around } = routed(createAdapter(snapshot(plugin(before)), snapshot(plugin(after)), { codegen }));
    // More targets than have code of their own.
    for (let n = 0; n < 40; n++) assert.deepEqual(around(() => ({ a: n }))({ b: 1 }), { b: n });
    assert.deepEqual(await around(async (x) => x)({ b: 1 }), { b: 1 });
    assert.throws(() => around((x) => x)(undefined), refused("value-invalid", /x: expected an object/));
    assert.throws(() => around(() => undefined)({ b: 1 }), refused("value-invalid", /result: expected an object/));
    const thrown = new Error("of the plugin");
    assert.throws(
      () =>
        around(() => {
          throw thrown;
        })({ b: 1 }),
      thrown,
    );
    await assert.rejects(around(async () => null)({ b: 1 }) as Promise<unknown>, refused("value-invalid", /result/));
  }
});

/** Pairs of snapshots, a random contract and a random change in it each. */
function* randomPairs(seed: number, count: number, hasResources: boolean): Generator<readonly [Snapshot, Snapshot]> {
  const random = createRandom(seed);
  for (let n = 0; n < count; n++) {
    const world = randomWorld(random, { hasResources });
    try {
      yield [snapshot(printWorld(world)), snapshot(printWorld(changed(random, world)))];
    } catch (thrown) {
      if (!(thrown instanceof WitError)) throw thrown;
    }
  }
}

test("random changes: total and lossy never refuse a value, and what comes out is a value of the other contract", () => {
  const values = seededRandom(11);
  const counts: Record<string, number> = {};
  for (const [before, after] of randomPairs(11, 800, false)) {
    const { verdict } = diffSnapshots(before, after);
    const hasResources = [before, after].some(({ contract }) =>
      [...contract.exports, ...contract.imports].some(({ resources }) => resources.length > 0),
    );
    if (hasResources) continue;
    counts[verdict] = (counts[verdict] ?? 0) + 1;
    if (verdict === "incompatible") {
      assert.throws(() => createAdapter(before, after), refused("contract-mismatch", /cannot run/));
      continue;
    }
    crossAll([createAdapter(before, after), createAdapter(before, after, { codegen: false })], values);
  }
  for (const verdict of ["structural", "adapted-total", "adapted-lossy", "adapted-partial", "incompatible"])
    assert.ok((counts[verdict] ?? 0) > 3, JSON.stringify(counts));
});

test("random changes of contracts with resources: there is an adapter wherever the comparison finds a way", () => {
  const counts = { adapted: 0, refused: 0 };
  for (const [before, after] of randomPairs(12, 300, true)) {
    const { verdict } = diffSnapshots(before, after);
    if (verdict === "incompatible") {
      assert.throws(() => createAdapter(before, after), refused("contract-mismatch", /cannot run/));
      counts.refused += 1;
    } else {
      assert.equal(createAdapter(before, after).verdict, verdict);
      if (verdict !== "exact" && verdict !== "structural") counts.adapted += 1;
    }
  }
  assert.ok(counts.adapted > 3 && counts.refused > 3, JSON.stringify(counts));
});

type Functions = readonly { readonly key: string; readonly func: ContractFunction }[];
const functionsOf = (interfaces: readonly ContractInterface[]): Functions =>
  interfaces.flatMap(({ id, functions }) => functions.map((func) => ({ key: functionKey(id, func.name), func })));

/** An adapter and its twin without generated code. */
type Twins = readonly [generated: ContractAdapter, closures: ContractAdapter];

function crossAll([adapted, twin]: Twins, values: () => number): void {
  const { exports, imports, host, plugin: own, verdict } = adapted;
  const sides = [
    [exports, twin.exports, functionsOf(host.exports), functionsOf(own.exports)],
    [imports, twin.imports, functionsOf(own.imports), functionsOf(host.imports)],
  ] as const;
  const pairs = sides.flatMap(([functions, twins, callers, targets]) =>
    callers.map(({ key, func: from }) => {
      const found = functions.get(key) as RoutedFunction | undefined;
      const to = targets.find((one) => one.key === found?.target)?.func;
      return { from, to, both: [found, twins.get(key) as RoutedFunction] as const };
    }),
  );
  for (const { from, both, to } of pairs) {
    for (let n = 0; n < 5 && both[0] !== undefined && to !== undefined; n++) {
      const isRefused = cross([both[0], both[1]], from, to, values);
      assert.ok(!isRefused || verdict === "adapted-partial");
    }
  }
}

/** Whether a value was refused. */
function cross(
  both: readonly RoutedFunction[],
  from: ContractFunction,
  to: ContractFunction,
  values: () => number,
): boolean {
  const args = from.params.map(({ type }) => arbitraryValue(type, values));
  const answer = to.result === undefined ? undefined : arbitraryValue(to.result, values);
  const [passed, other] = both.map((one) => outcome(() => one.args?.(args) ?? args));
  const [back, otherBack] = both.map((one) => outcome(() => (one.result === undefined ? answer : one.result(answer))));
  assert.deepEqual([passed, back], [other, otherBack]);
  for (const one of both) for (const way of WAYS) assert.deepEqual(around(way(one), one, args, answer), [passed, back]);
  if (Array.isArray(passed))
    for (const [index, { type }] of to.params.entries()) createValidator(type)(passed[index], "argument");
  const isRefused = [passed, back].some((one) => one instanceof Refusal);
  if (from.result !== undefined && !(back instanceof Refusal)) createValidator(from.result)(back, "result");
  return isRefused;
}

/** The two forms of a function around another, as one. */
const WAYS: readonly ((func: RoutedFunction) => RoutedFunction["around"])[] = [
  (func) => func.around,
  (func) => (target) => {
    const whole = func.aroundWith((own, context: string) => (assert.equal(context, "beside"), target(...own)));
    return (...given) => whole(given, "beside");
  },
];

/** What the target gets and the caller; what refuses the arguments has no answer to refuse. */
function around(
  way: RoutedFunction["around"],
  { result }: RoutedFunction,
  args: readonly unknown[],
  answer: unknown,
): readonly [unknown, unknown] {
  let passed: unknown;
  const whole = way((...own) => {
    passed = own;
    return answer;
  });
  const back = outcome(() => whole(...args));
  if (passed !== undefined) return [passed, back];
  return [back, outcome(() => (result === undefined ? answer : result(answer)))];
}

class Refusal {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError && /cannot be converted/.test(thrown.message), String(thrown));
    return new Refusal(thrown.message);
  }
}
