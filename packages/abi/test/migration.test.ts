// Chains of versions: what rules and authors do step by step, the fused adapter does at once; and the checks of migrations.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  checkMigration,
  createContractHistory,
  defineMigration,
  type ContractAdapter,
  type ContractHistory,
  type EmulatedFunction,
  type Migration,
  type RoutedFunction,
} from "@tenon/abi/adapt";
import { arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError, resolveWit, WitError } from "@tenon/contract";
import { functionKey, takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { changed, createRandom, printWorld, randomWorld } from "../../wasm/test/random-worlds.ts";

function snapshot(text: string): Snapshot {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, loaded.resolve.worlds.length - 1);
}
const version = (number: string, plugin: string, host = ""): Snapshot =>
  snapshot(
    `package demo:shop@${number}; interface host { ${host} } interface plugin { ${plugin} } world shop { import host; export plugin; }`,
  );
const routed = (adapter: ContractAdapter, key = "demo:shop/plugin.run"): RoutedFunction =>
  adapter.exports.get(key) as RoutedFunction;
const between = (history: ContractHistory, plugin: Snapshot, host: Snapshot): ContractAdapter =>
  history.adapter(plugin.contract.digest, host.contract.digest);
const withCode = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof TenonError && error.code === code && text.test([error.message, ...error.notes].join("\n"));

const V1 = version("1.0.0", "record order { id: u32, price: u32 } run: func(order: order) -> order;");
const V1_1 = version(
  "1.1.0",
  "record order { id: u32, price: u32, note: option<string> } run: func(order: order) -> order;",
);
const V2 = version(
  "2.0.0",
  "record money { cents: u64, currency: string } record order { id: u32, price: money, note: option<string> } run: func(order: order) -> order;",
);
const V3 = version(
  "3.0.0",
  "record money { cents: u64, currency: string } record order { id: u64, price: money, note: option<string> } pack: func(order: order) -> list<order>;",
);
interface Order {
  readonly price: number;
}
interface NewOrder {
  readonly price: { readonly cents: bigint; readonly currency: string };
}
interface Versions12 {
  readonly from: { readonly types: { "plugin#order": Order }; readonly exports: object; readonly imports: object };
  readonly to: { readonly types: { "plugin#order": NewOrder }; readonly exports: object; readonly imports: object };
}
const step12 = defineMigration<Versions12["from"], Versions12["to"]>({
  from: "1.1.0",
  to: "2.0.0",
  types: {
    "plugin#order": {
      up: { price: ({ price }) => ({ cents: BigInt(price) * 100n, currency: "EUR" }) },
      down: { price: ({ price }) => Number(price.cents / 100n) },
    },
  },
  lossy: ["plugin#order.price"],
});
const step23 = defineMigration({
  from: "2.0.0",
  to: "3.0.0",
  exports: {
    "plugin.pack": {
      was: "plugin.run",
      result: { up: (order, convert) => [convert("plugin#order", order)], down: () => assert.fail("not called") },
    },
  },
});
const HISTORY = createContractHistory({ snapshots: [V3, V1, V2, V1_1], migrations: [step23, step12] });

describe("a chain of versions", () => {
  test("1.0 -> 1.1 -> 2.0 -> 3.0 is one conversion", () => {
    const { verdict, steps } = HISTORY.judge(V1.contract.digest, V3.contract.digest);
    assert.equal(verdict, "migrated");
    assert.deepEqual(
      steps.map(({ from, to, isMigration, verdict: own }) => [from, to, isMigration, own]),
      [
        ["1.0.0", "1.1.0", false, "adapted-total"],
        ["1.1.0", "2.0.0", true, "migrated"],
        ["2.0.0", "3.0.0", true, "migrated"],
      ],
    );
    const pack = routed(between(HISTORY, V1, V3), "demo:shop/plugin.pack");
    assert.equal(pack.target, "demo:shop/plugin.run");
    const order = { id: 7n, price: { cents: 1250n, currency: "EUR" }, note: "fragile" };
    assert.deepEqual(pack.args?.([order]), [{ id: 7, price: 12 }]);
    const back = [{ id: 7n, price: { cents: 1200n, currency: "EUR" }, note: undefined }];
    assert.deepEqual(pack.result?.({ id: 7, price: 12 }), back);
    assert.throws(() => pack.args?.([{ ...order, id: 2n ** 32n }]), withCode("value-invalid", /order\.id.* is no u32/));
  });

  test("what a step gives is checked, and an error names the step", () => {
    const pack = routed(between(HISTORY, V1, V3), "demo:shop/plugin.pack");
    const dear = { id: 7n, price: { cents: 2n ** 60n, currency: "EUR" }, note: undefined };
    assert.throws(
      () => pack.args?.([dear]),
      withCode("value-invalid", /types\["plugin#order"\]\.down\.price of the migration fails.*u32/),
    );
    assert.throws(() => pack.args?.([{ id: 7n }]), withCode("value-invalid", /order\.price/));
  });

  test("a pair of one digest has nothing in between, and an unknown digest is told what there is", () => {
    const same = between(HISTORY, V2, V2);
    assert.equal(same.verdict, "exact");
    assert.deepEqual([routed(same).args, routed(same).result], [undefined, undefined]);
    assert.throws(
      () => HISTORY.judge("abi:sha256:0", V2.contract.digest),
      withCode("contract-mismatch", /shop@1\.1\.0 abi:/),
    );
  });

  test("without the migration the pair is incompatible; with half of it, what is missing is named", () => {
    const bare = createContractHistory({ snapshots: [V1_1, V2] });
    assert.equal(bare.judge(V1_1.contract.digest, V2.contract.digest).verdict, "incompatible");
    const half = defineMigration({ from: "1.1.0", to: "2.0.0", types: { "plugin#oder": { up: {}, down: {} } } });
    const history = createContractHistory({ snapshots: [V1_1, V2], migrations: [half] });
    assert.throws(
      () => between(history, V1_1, V2),
      withCode(
        "contract-mismatch",
        /there is no type plugin#oder in demo:shop\/shop@1\.1\.0\n.*plugin\.run: no record is a u32/s,
      ),
    );
    assert.throws(
      () => createContractHistory({ snapshots: [V2], migrations: [step12] }),
      withCode("config-invalid", /needs a snapshot of 1\.1\.0/),
    );
    assert.throws(
      () => createContractHistory({ snapshots: [V1, V1_1, V2], migrations: [step12, { ...step12, from: "1.0.0" }] }),
      withCode("config-invalid", /1\.1\.0 -> 2\.0\.0 and 1\.0\.0 -> 2\.0\.0 lead the same way/),
    );
  });
});

describe("functions of one version only", () => {
  const older = version("1.0.0", "run: func();", "read-text: func(path: string) -> string; add: func(a: u8) -> u8;");
  const newer = version("2.0.0", "run: func(); size: func() -> u32;", "read: func(path: string) -> list<u8>;");
  const migration = defineMigration({
    from: "1.0.0",
    to: "2.0.0",
    exports: { "plugin.size": { emulate: () => 7 } },
    imports: {
      "host.read-text": {
        emulate: { via: "host.read", result: (bytes) => new TextDecoder().decode(bytes as Uint8Array) },
      },
      "host.add": { emulate: ([number]) => Number(number) + 1 },
      "host.read": {
        emulate: async ([path], call) => new TextEncoder().encode(String(await call("host.read-text", [path]))),
      },
    },
  });
  const history = createContractHistory({ snapshots: [older, newer], migrations: [migration] });
  const emulated = (functions: ContractAdapter["exports"], key: string): EmulatedFunction["emulate"] =>
    (functions.get(`demo:shop/${key}`) as EmulatedFunction).emulate;
  const unused = (): never => assert.fail("nothing is called");

  test("are emulated, at once where what they call answers at once", async () => {
    const up = between(history, older, newer);
    assert.equal(emulated(up.exports, "plugin.size")([], unused), 7);
    const calls: unknown[] = [];
    const read = (key: string, args: readonly unknown[]): unknown => {
      calls.push([key, ...args]);
      return new TextEncoder().encode("hello");
    };
    assert.equal(emulated(up.imports, "host.read-text")(["a.txt"], read), "hello");
    assert.deepEqual(calls, [["demo:shop/host.read", "a.txt"]]);
    const down = between(history, newer, older);
    assert.deepEqual(
      await emulated(down.imports, "host.read")(["a.txt"], () => Promise.resolve("hi")),
      new TextEncoder().encode("hi"),
    );
  });

  test("what an emulation answers is checked", () => {
    const { imports } = between(history, older, newer);
    assert.throws(() => emulated(imports, "host.add")([255], unused), withCode("value-invalid", /host\.add.*u8/));
  });

  test("the check finds it with generated values, also where the answer comes later", async () => {
    const late = { ...migration.imports, "host.add": { emulate: async () => 256 } };
    for (const one of [migration, { ...migration, imports: late }]) {
      const { problems } = await checkMigration(one, { from: older, to: newer });
      assert.deepEqual(
        problems.map(({ rule, path }) => [rule, path]),
        [["MIGRATION_ROUNDTRIP", "host.add"]],
      );
    }
  });
});

describe("checkMigration", () => {
  const check = (migration: Migration) => checkMigration(migration, { from: V1_1, to: V2 });

  test("passes what comes back, except where the migration says that it does not", async () => {
    const { problems, roundTrips } = await check(step12);
    assert.ok(roundTrips > 0);
    // A price beyond u32 is no price of 1.1.0.
    assert.deepEqual([...new Set(problems.map(({ rule }) => rule))], ["MIGRATION_ROUNDTRIP"]);
    const capped = defineMigration<Versions12["from"], Versions12["to"]>({
      from: "1.1.0",
      to: "2.0.0",
      lossy: ["plugin#order.price"],
      types: {
        "plugin#order": {
          up: { price: ({ price }) => ({ cents: BigInt(price) * 100n, currency: "EUR" }) },
          down: { price: ({ price }) => Math.min(Number(price.cents / 100n), 2 ** 32 - 1) },
        },
      },
    });
    assert.deepEqual((await check(capped)).problems, []);
    const honest = (await check({ ...capped, lossy: [] })).problems;
    assert.match(
      honest.map(({ path, message }) => `${path} ${message}`).join(),
      /plugin#(order|money)\.\w+ up\(down\(y\)\) gives /,
    );
  });

  test("finds a migration that reaches an interface that older plugins do not import", async () => {
    const older = version("1.0.0", "run: func();", "log: func(text: string);");
    const newer = snapshot(
      "package demo:shop@2.0.0; interface files { write: func(text: string); } interface host {} interface plugin { run: func(); } world shop { import host; import files; export plugin; }",
    );
    const migration = defineMigration({
      from: "1.0.0",
      to: "2.0.0",
      imports: {
        "host.log": { emulate: { via: "files.write" } },
        "files.write": { emulate: { via: "host.log" } },
      },
    });
    const { problems } = await checkMigration(migration, { from: older, to: newer });
    assert.deepEqual(
      problems.map(({ rule, path }) => [rule, path]),
      [
        ["CAPABILITY_NO_WIDEN", "files.write"],
        ["CAPABILITY_NO_WIDEN", "host.log"],
      ],
    );
  });
});

test("random chains: the fused adapter does what its steps do one after the other", () => {
  const [random, values] = [createRandom(5), seededRandom(5)];
  let chains = 0;
  for (let n = 0; n < 250; n++) {
    const first = randomWorld(random, { hasResources: false });
    const second = changed(random, first);
    const texts = [first, second, changed(random, second)].map(printWorld);
    let versions: Snapshot[];
    try {
      versions = texts.map((text, index) =>
        snapshot(text.replace(/^package ([^;@]+)(@[^;]+)?;/, `package $1@${index + 1}.0.0;`)),
      );
    } catch (thrown) {
      if (thrown instanceof WitError) continue;
      throw thrown;
    }
    if (compareChain(versions, values)) chains += 1;
  }
  assert.ok(chains > 20, String(chains));
});

/** Whether all three were adapted by rule, and something had to be converted. */
function compareChain([a, b, c]: readonly Snapshot[], values: () => number): boolean {
  if (a === undefined || b === undefined || c === undefined) return false;
  // A migration that says nothing has all its work done by rule.
  const migrations = [defineMigration({ from: "1.0.0", to: "2.0.0" }), defineMigration({ from: "2.0.0", to: "3.0.0" })];
  const history = createContractHistory({ snapshots: [a, b, c], migrations });
  if (history.judge(a.contract.digest, c.contract.digest).verdict !== "migrated") return false;
  const [lower, upper, fused] = [between(history, a, b), between(history, b, c), between(history, a, c)];
  for (const { id, functions } of c.contract.exports) {
    for (const func of functions) {
      const key = functionKey(id, func.name);
      const [one, two] = [fused.exports.get(key), upper.exports.get(key)] as (RoutedFunction | undefined)[];
      const three = two && (lower.exports.get(two.target) as RoutedFunction | undefined);
      assert.equal(one?.target, three?.target);
      if (one === undefined || two === undefined || three === undefined) continue;
      const args = func.params.map(({ type }) => arbitraryValue(type, values));
      const pass = (route: RoutedFunction, given: readonly unknown[]): readonly unknown[] =>
        route.args?.(given) ?? given;
      let byStep: readonly unknown[] | undefined;
      try {
        byStep = pass(three, pass(two, args));
      } catch {
        // Refused by a step; the whole may drop what the step refuses, and then refuses nothing.
        continue;
      }
      assert.deepEqual(pass(one, args), byStep);
    }
  }
  return true;
}
