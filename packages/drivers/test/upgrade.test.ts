// A running plugin gets another version or another boundary: no reply is lost or doubled, and what fails changes nothing.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract";
import { createHost, type Host, type PluginEvent } from "@tenon/host";
import { eventually, rejection } from "@tenon/verify";
import { faultContract, takeBaseline, type FaultPlugin } from "@tenon/verify/faults";
import { FAULT_BOUNDARIES, FAULT_DRIVERS, type FaultBoundary } from "./fault-boundaries.ts";

const imports = { host: { tick: (n: number) => n + 1, nest: () => 0, hang: () => new Promise<number>(() => {}) } };
const named = (title: string): FaultBoundary => FAULT_BOUNDARIES.find((one) => one.title === title)!;
const target = (title: string): { boundary: string; artifact: object } => {
  const { boundary, artifact } = named(title);
  return { boundary, artifact };
};

interface Loaded {
  readonly host: Host;
  readonly plugin: FaultPlugin;
  readonly events: PluginEvent[];
}

async function load(title: string): Promise<Loaded> {
  const events: PluginEvent[] = [];
  const host = createHost({
    drivers: FAULT_DRIVERS,
    onEvent: (event) => events.push(event),
    limits: { callMs: 20_000, cancelGraceMs: 50 },
    restart: { backoffMs: 1, maxBackoffMs: 20 },
  });
  const plugin = await host.load(faultContract, { id: "p", ...target(title), imports });
  return { host, plugin, events };
}

const typesOf = (events: readonly PluginEvent[]): readonly string[] => events.map(({ type }) => type);

/** Calls without pause until it is stopped, some of them together; every answer has to be that of its call. */
class Load {
  started = 0;
  answered = 0;
  readonly #plugin: FaultPlugin;
  readonly #lanes: Promise<void>[];
  #isOver = false;

  constructor(plugin: FaultPlugin, lanes: number) {
    this.#plugin = plugin;
    this.#lanes = Array.from({ length: lanes }, () => this.#lane());
  }

  async #lane(): Promise<void> {
    while (!this.#isOver) {
      const n = this.started++;
      assert.equal(await this.#plugin.faults.ping(n), n);
      this.answered++;
      // A plugin in the same graph answers at once, and would never let anything else happen.
      if (n % 50 === 0) await turn();
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }
}

describe("an upgrade", () => {
  test("over every boundary under load loses and doubles no reply", { timeout: 120_000 }, async () => {
    const baseline = takeBaseline({ mayHoldLoop: true });
    const { host, plugin, events } = await load("import");
    const { sync } = plugin;
    const traffic = new Load(plugin, 100);
    for (const { title, boundary, artifact } of FAULT_BOUNDARIES.slice(1)) {
      const before = traffic.answered;
      const report = await host.upgrade(plugin, { boundary, artifact });
      assert.equal(report.to, boundary);
      assert.equal(report.givenUp, 0, title);
      assert.equal(plugin.boundary, boundary);
      await eventually(`calls through ${title}`, () => traffic.answered > before + 100, 30_000);
    }
    await host.upgrade(plugin, target("import"));
    await traffic.stop();
    assert.equal(traffic.answered, traffic.started);
    assert.ok(traffic.started > 2000, `${traffic.started} calls`);
    assert.equal(sync.faults.ping(7), 7, "a view from before the first upgrade is the plugin's present one");
    assert.equal(plugin.sync, sync);
    assert.deepEqual(
      [...new Set(typesOf(events))],
      ["started", "upgraded"],
      "no crash, no failed start, nothing else was told",
    );
    await host.close();
    await baseline.holds();
  });

  test("answers thousands of calls in flight by the version that took them", { timeout: 60_000 }, async () => {
    const { host, plugin } = await load("worker");
    assert.equal(await plugin.faults.count(), 1);
    const calls = Array.from({ length: 5000 }, (_, n) => plugin.faults.ping(n));
    const counted = plugin.faults.count();
    const upgrade = host.upgrade(plugin, target("stdio"));
    assert.deepEqual(await Promise.all(calls), [...calls.keys()]);
    assert.equal(await counted, 2, "by the old one");
    await upgrade;
    assert.equal(await plugin.faults.count(), 1, "by the new one");
    await host.close();
  });

  for (const { title, boundary, stuck } of FAULT_BOUNDARIES) {
    if (stuck === undefined) continue;
    test(`to a version on ${title} that never becomes ready changes nothing`, { timeout: 30_000 }, async () => {
      const { host, plugin, events } = await load("worker");
      await plugin.faults.count();
      const upgrading = host.upgrade(plugin, { boundary, artifact: stuck, limits: { startMs: 300 } });
      const calls = Promise.all([1, 2, 3].map((n) => plugin.faults.ping(n)));
      const error = await rejection(upgrading, "upgrade-failed");
      assert.match(error.what, /did not become healthy/);
      assert.ok(error.cause instanceof TenonError);
      assert.deepEqual(await calls, [1, 2, 3]);
      assert.equal(plugin.boundary, "worker");
      assert.equal(await plugin.faults.count(), 2, "the same instance as before");
      assert.deepEqual(typesOf(events), ["started", "upgrade-failed"]);
      await host.close();
    });
  }

  test("during another, or of a plugin that is closed or quarantined, is refused by its code", async () => {
    const { host, plugin } = await load("import");
    const first = host.upgrade(plugin, target("stdio"));
    await rejection(host.upgrade(plugin, target("worker")), "upgrade-failed");
    await first;
    assert.equal(plugin.boundary, "stdio");
    await rejection(host.upgrade(plugin, { boundary: "nowhere" }), "driver-missing");
    host.quarantine("p", "somebody looks at it");
    await rejection(host.upgrade(plugin, target("worker")), "quarantined");
    await plugin.close();
    await rejection(host.upgrade(plugin, target("worker")), "config-invalid");
    await host.close();
  });

  test("that the plugin is closed or quarantined during leaves no candidate", async () => {
    const baseline = takeBaseline({ mayHoldLoop: true });
    for (const end of ["close", "quarantine", "drain"] as const) {
      const { host, plugin } = await load("import");
      const upgrading = host.upgrade(plugin, target("stdio"));
      if (end === "close") await plugin.close();
      else if (end === "drain") await plugin.drain();
      else host.quarantine("p", "asked");
      await rejection(upgrading, end === "quarantine" ? "quarantined" : "session-closed");
      await rejection(plugin.faults.ping(1), end === "quarantine" ? "quarantined" : "session-closed");
      await host.close();
    }
    await baseline.holds();
  });

  test("goes on when the old version crashes meanwhile; what waits is answered by the new one", async () => {
    const { host, plugin, events } = await load("worker");
    const gate = join(mkdtempSync(join(tmpdir(), "upgrade-")), "open");
    const command = [process.execPath, fileURLToPath(new URL("fixtures/serve-when-open.mjs", import.meta.url)), gate];
    const upgrading = host.upgrade(plugin, { boundary: "stdio", artifact: { command } });
    await rejection(plugin.faults.trap(100), "plugin-crashed");
    assert.equal(plugin.state, "upgrading");
    const waiting = plugin.faults.ping(9);
    writeFileSync(gate, "");
    await upgrading;
    rmSync(dirname(gate), { recursive: true });
    assert.equal(await waiting, 9);
    assert.deepEqual(typesOf(events), ["started", "crashed", "upgraded"]);
    await host.close();
  });

  test("that fails after the old version crashed lets the old one start again for those who wait", async () => {
    const { host, plugin } = await load("worker");
    const next = { boundary: "stdio", artifact: named("stdio").stuck!, limits: { startMs: 500 } };
    const upgrading = rejection(host.upgrade(plugin, next), "upgrade-failed");
    await rejection(plugin.faults.trap(100), "plugin-crashed");
    const waiting = plugin.faults.ping(9);
    await upgrading;
    assert.equal(await waiting, 9);
    assert.equal(plugin.boundary, "worker");
    await host.close();
  });

  test("is taken back when the new version crashes on probation, and stands when it does so later", async () => {
    const { host, plugin, events } = await load("worker");
    await host.upgrade(plugin, target("stdio"));
    await rejection(plugin.faults.trap(100), "plugin-crashed");
    assert.equal(plugin.boundary, "worker");
    assert.equal(await plugin.faults.ping(3), 3);
    assert.deepEqual(typesOf(events), ["started", "upgraded", "crashed", "rolled-back", "started"]);
    assert.equal(events[2]!.boundary, "stdio", "the crash is the new version's");
    await host.upgrade(plugin, { ...target("stdio"), probationMs: 0 });
    await rejection(plugin.faults.trap(100), "plugin-crashed");
    assert.equal(await plugin.faults.ping(4), 4);
    assert.equal(plugin.boundary, "stdio");
    await host.close();
  });

  test("of a plugin that never started opens the new version at once", async () => {
    const host = createHost({ drivers: FAULT_DRIVERS });
    const plugin: FaultPlugin = host.register(faultContract, { id: "p", ...target("stdio"), imports });
    await host.upgrade(plugin, target("worker"));
    assert.equal(plugin.state, "ready");
    assert.equal(await plugin.faults.ping(1), 1);
    await host.close();
  });

  test("gives up the calls of the version before that have not ended in time, and only those", async () => {
    const { host, plugin } = await load("worker");
    const hanging = rejection(plugin.faults.hang(), "session-closed");
    const report = await host.upgrade(plugin, { ...target("stdio"), drainMs: 100 });
    assert.equal(report.givenUp, 1);
    await hanging;
    assert.equal(await plugin.faults.ping(1), 1);
    await host.close();
  });
});
