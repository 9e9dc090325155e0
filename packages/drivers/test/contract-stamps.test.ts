// Each boundary's artifact says by itself which contract it was built for: the host speaks that one, and counts what is deprecated.
import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createContractHistory } from "@tenon/abi/adapt";
import { resolveWit, TenonError } from "@tenon/contract";
import { takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { execDriver } from "@tenon/drivers/exec";
import { importDriver } from "@tenon/drivers/import";
import { createLuaDriver } from "@tenon/drivers/lua";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createWasmDriver } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost, type Host, type LogEntry, type PluginRelease } from "@tenon/host";
import { assemble, withSection } from "./wasm-guests.ts";
import { NEWER, OLDER } from "./fixtures/stamps.mjs";

const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).href;
const snapshot = (text: string): Snapshot => {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, loaded.resolve.worlds.length - 1);
};
const [older, newer] = [snapshot(OLDER), snapshot(NEWER)];
const history = createContractHistory({ snapshots: [older, newer] });
const drivers = [
  importDriver,
  workerDriver,
  stdioDriver,
  execDriver,
  createLuaDriver({ worker: workerDriver }),
  createWasmDriver({ worker: workerDriver }),
];

interface Open {
  readonly host: Host;
  readonly told: unknown[][];
  readonly logs: LogEntry[];
}

function open(): Open & AsyncDisposable {
  const told: unknown[][] = [];
  const logs: LogEntry[] = [];
  const host = createHost({ drivers, history: [history], onLog: (entry) => void logs.push(entry) });
  return { host, told, logs, [Symbol.asyncDispose]: () => host.close() };
}

const load = async ({ host, told }: Open, boundary: string, artifact: unknown, of: Snapshot = newer) => {
  const note = (...args: unknown[]): void => void told.push(["note", ...args]);
  const tell = (...args: unknown[]): void => void told.push(["tell", ...args]);
  return await host.load(of.contract, { id: "stamped", boundary, artifact, imports: { host: { note, tell } } });
};

/** Of 1.0.0: its size is a u32, and it calls `note`. */
const script = (head: string, stamp: string): string => `${head}
return { ${stamp} work = { size = function(text) host.note(text) return #text end } }`;
const module = withSection(
  assemble(`(module
    (import "test:stamp/host@1.0.0" "note" (func $note (param i32 i32)))
    (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.add (global.get $top) (local.get 3))) (i32.sub (global.get $top) (local.get 3)))
    (func (export "test:stamp/work@1.0.0#size") (param i32 i32) (result i32)
      (call $note (local.get 0) (local.get 1)) (local.get 1)))`),
  "tenon:contract",
  JSON.stringify({ package: "test:stamp", world: "plugin", version: "1.0.0", abi: 1 }),
);
const ID = "test:stamp/plugin@1.0.0";
const ARTIFACTS: Readonly<Record<string, readonly [boundary: string, artifact: unknown]>> = {
  "a module's export": ["import", { module: fixture("stamped-module.mjs") }],
  "a module's export, in a thread": ["worker", { module: fixture("stamped-module.mjs") }],
  "a script's comment": ["lua", { source: script(`-- contract: ${ID}`, "") }],
  "a script's table": [
    "lua",
    { source: script("", `tenon = { contract = "${ID}", digest = "${older.contract.digest}" },`) },
  ],
  "a script's table, in a thread": [
    "lua",
    { source: script("", `tenon = { contract = "${ID}" },`), isolation: "worker" },
  ],
  "a module's section": ["wasm", { module }],
  "a module's section, in a thread": ["wasm", { module, isolation: "worker" }],
};

for (const [name, [boundary, artifact]] of Object.entries(ARTIFACTS)) {
  test(`${name} is enough for the host to adapt it`, async () => {
    await using opened = open();
    const plugin = await load(opened, boundary, artifact);
    assert.equal(await plugin.invoke("work.size", ["four"]), 4n);
    assert.deepEqual(opened.told, [["note", "four"]]);
    const [use] = opened.host.usage().contracts;
    assert.deepEqual([use?.contract, use?.verdict, use?.starts], [ID, "adapted-total", 1]);
  });

  test(`${name} is believed: a host of another version alone refuses it, with both lists`, async () => {
    await using host = createHost({ drivers });
    const options = { id: "stamped", boundary, artifact, imports: { host: { note: () => {}, tell: () => {} } } };
    await assert.rejects(host.load(newer.contract, options), (error: TenonError) => {
      assert.equal(error.code, "contract-mismatch", error.message);
      assert.match(error.what, /test:stamp\/plugin@1\.0\.0.*the host speaks test:stamp\/plugin@2\.0\.0/);
      return true;
    });
  });
}

test("a mapping says what it was written for", async () => {
  const functions = { "work.size": { value: 7 } };
  const artifact = { contract: ID, program: "true", functions };
  await using opened = open();
  await load(opened, "exec", artifact);
  assert.equal(opened.host.usage().contracts[0]?.contract, ID);
  await using other = open();
  await assert.rejects(load(other, "exec", { ...artifact, contract: "test:stamp/plugin@3.0.0" }), {
    code: "contract-mismatch",
  });
  await assert.rejects(load(other, "exec", { ...artifact, contract: 3 }), { code: "config-invalid" });
});

describe("a refusal names the newest release of the plugin that fits", () => {
  const release = (version: string, ...contracts: string[]): PluginRelease => ({ version, contracts });
  const refused = async (releases: readonly PluginRelease[], histories = [history]): Promise<TenonError> => {
    await using host = createHost({ drivers, history: histories });
    const module = { tenon: { contract: "test:stamp/plugin@3.0.0" }, default: {} };
    const imports = { host: { note: () => {}, tell: () => {} } };
    const options = { id: "acme/stamped", boundary: "import", artifact: { module }, imports, releases };
    const loading = host.load(newer.contract, options);
    const thrown = await loading.then(() => undefined, TenonError.from);
    assert.equal(thrown?.code, "contract-mismatch");
    return thrown;
  };
  const fitting = ({ details }: TenonError): unknown => (details as { fits: { release: unknown } }).fits.release;

  test("of those that the host can adapt, by digest or by id, whatever their order", async () => {
    const named = await refused([
      release("1.9.0", older.contract.digest),
      release("1.10.0", "test:stamp/plugin@9.9.9", "test:stamp/plugin@1.0.0"),
      release("2.0.0-rc.1", newer.contract.digest),
      release("3.0.0", "test:stamp/plugin@3.0.0"),
      release("not semver", newer.contract.digest),
    ]);
    assert.match(
      named.hint,
      /^take acme\/stamped 1\.10\.0, its newest release that fits this host \(built for 1\.0\.0\); or a host of 3\.0\.0/,
    );
    assert.deepEqual(fitting(named), { version: "1.10.0", contract: "test:stamp/plugin@1.0.0" });
  });

  test("a prerelease where there is no other", async () => {
    const releases = [release("2.0.0-rc.2", newer.contract.digest), release("2.0.0-rc.10", newer.contract.digest)];
    assert.match((await refused(releases)).hint, /^take acme\/stamped 2\.0\.0-rc\.10, .* \(built for 2\.0\.0\)/);
  });

  test("and says so where none does", async () => {
    const none = await refused([release("3.0.0", "test:stamp/plugin@3.0.0"), release("3.1.0", "what is this")]);
    assert.match(
      none.hint,
      /^none of the 2 releases of acme\/stamped that are known fits this host: one would have to be built for 2\.0\.0 or 1\.0\.0; or/,
    );
    assert.equal(fitting(none), null);
    assert.match(
      (await refused([])).hint,
      /^take the newest version of the plugin that was built for 2\.0\.0 or 1\.0\.0;/,
    );
  });

  test("in a host without a history, too, which loads those of its own contract alone", async () => {
    const releases = [release("1.0.0", older.contract.digest), release("0.9.0", newer.contract.digest)];
    assert.match((await refused(releases, [])).hint, /^take acme\/stamped 0\.9\.0, .* \(built for 2\.0\.0\)/);
  });
});

describe("a program of several contracts", () => {
  const artifact = { command: [process.execPath, fileURLToPath(fixture("serve-both.mjs"))] };
  test("speaks the host's own where it can", async () => {
    await using opened = open();
    const plugin = await load(opened, "stdio", artifact);
    assert.equal(await plugin.invoke("work.size", ["four"]), 4n);
    assert.deepEqual(opened.told, [["tell", "four", true]]);
    assert.equal(opened.host.usage().contracts[0]?.verdict, "exact");
  });
  test("and the older one with an older host", async () => {
    await using opened = open();
    const plugin = await load(opened, "stdio", artifact, older);
    assert.equal(await plugin.invoke("work.size", ["four"]), 4);
    assert.deepEqual(opened.told, [["note", "four"]]);
  });
});

test("what is deprecated is counted by plugin and path, and warned of once", async () => {
  await using opened = open();
  const plugin = await load(opened, "import", { module: fixture("stamped-module.mjs") });
  assert.deepEqual(opened.host.usage().deprecated, [], "what is not called is not used");
  for (const text of ["a", "b", "c"]) await plugin.invoke("work.size", [text]);
  const [use, ...more] = opened.host.usage().deprecated;
  assert.deepEqual(more, []);
  const { lastUsed, ...facts } = use!;
  assert.deepEqual(facts, {
    plugin: "stamped",
    contract: "test:stamp/plugin@2.0.0",
    path: "host.note",
    item: "test:stamp/host.note",
    since: "2.0.0",
    replacedBy: "tell",
    removeAfter: "2030-01-01",
    calls: 3,
  });
  assert.ok(Date.parse(lastUsed) <= Date.now());
  const warnings = opened.logs.filter(({ level }) => level === "warn").map(({ plugin: id, text }) => `${id}: ${text}`);
  assert.deepEqual(warnings, ["stamped: host.note is deprecated since 2.0.0; use tell; it stays until 2030-01-01"]);
});

test("where nothing is deprecated a plugin calls the host's own function", async () => {
  let seen: unknown;
  const note = (): void => {};
  await using host = createHost({ drivers, history: [history] });
  const plain = (given: { host: { note: unknown } }): object => {
    seen = given.host.note;
    return { work: { size: () => 1 } };
  };
  await host.load(older.contract, {
    id: "plain",
    boundary: "import",
    artifact: { module: plain },
    imports: { host: { note } },
  });
  await using bare = createHost({ drivers });
  const before = seen;
  await bare.load(older.contract, {
    id: "plain",
    boundary: "import",
    artifact: { module: plain },
    imports: { host: { note } },
  });
  assert.equal(String(before), String(seen), "the same wrapper, if any, with a history and without");
});
