// What the supervisor does around real plugins: health, blame, quarantine, drain, bounded queues, listeners that throw.
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { createHost, type Host, type HostOptions, type PluginEvent, type PluginOptions } from "@tenon/host";
import { eventually, rejection } from "@tenon/verify";
import {
  faultContract,
  takeBaseline,
  type FaultExports,
  type FaultImports,
  type FaultPlugin,
} from "@tenon/verify/faults";
import { FAULT_BOUNDARIES, FAULT_DRIVERS } from "./fault-boundaries.ts";

const imports = { host: { tick: (n: number) => n + 1, nest: () => 0, hang: () => new Promise<number>(() => {}) } };
const at = (title: string): { boundary: string; artifact: object } => {
  const { boundary, artifact } = FAULT_BOUNDARIES.find((one) => one.title === title)!;
  return { boundary, artifact };
};

interface Made {
  readonly host: Host;
  readonly events: PluginEvent[];
  readonly load: (title: string, more?: Partial<PluginOptions<FaultImports>>) => Promise<FaultPlugin>;
}

function make(more: Partial<HostOptions> = {}): Made {
  const events: PluginEvent[] = [];
  const host = createHost({
    drivers: FAULT_DRIVERS,
    onEvent: (event) => events.push(event),
    limits: { cancelGraceMs: 50, callMs: 20_000 },
    restart: { backoffMs: 1, maxBackoffMs: 20 },
    ...more,
  });
  const load: Made["load"] = (title, options) =>
    host.load<FaultExports, FaultImports>(faultContract, { id: title, imports, ...at(title), ...options });
  return { host, events, load };
}

const typesOf = (events: readonly PluginEvent[]): readonly string[] => events.map(({ type }) => type);
const GONE = ["plugin-crashed", "protocol-error"] as const;

describe("blame", () => {
  test("the report of a crash has the calls in flight with their callers", async () => {
    const { host, events, load } = make();
    const plugin = await load("stdio");
    const hanging = rejection(plugin.faults.hang({ caller: "the importer" }), ...GONE);
    await rejection(plugin.faults.trap(100, { caller: "job 7", trace: "00-ab-cd-01" }), ...GONE);
    await hanging;
    await eventually("the crash is told", () => events.some(({ type }) => type === "crashed"));
    const { crash, plugin: id } = events.find(({ type }) => type === "crashed")!;
    assert.equal(id, "stdio");
    assert.equal(crash?.inFlight, 2);
    assert.deepEqual(
      [...crash.calls].sort((a, b) => (a.path < b.path ? -1 : 1)),
      [
        { path: "faults.hang", caller: "the importer" },
        { path: "faults.trap", caller: "job 7", trace: "00-ab-cd-01" },
      ],
    );
    assert.equal(crash?.next, "backoff");
    assert.ok(crash.upMs > 0);
    await host.close();
  });

  test("a call that had to be ended with its session is the one to blame", async () => {
    const { host, events, load } = make();
    const plugin = await load("worker");
    await rejection(plugin.faults.spin({ deadlineMs: 100, caller: "job 9" }), "deadline-exceeded");
    await eventually("the crash is told", () => events.some(({ type }) => type === "crashed"));
    const { crash } = events.find(({ type }) => type === "crashed")!;
    assert.deepEqual(crash?.calls, [{ path: "faults.spin", caller: "job 9" }]);
    await host.close();
  });
});

describe("health", () => {
  test("a plugin that does not answer its probe is ended and starts again", { timeout: 30_000 }, async () => {
    const { host, events, load } = make();
    const health = { probe: "faults.count", everyMs: 20, timeoutMs: 300, failures: 2 };
    const plugin = await load("worker", { health });
    const well = await plugin.health();
    assert.equal(well.state, "ready");
    assert.ok(well.isHealthy && well.probe?.isHealthy);
    // No deadline of its own, so that only the probe can find it.
    const spinning = rejection(plugin.faults.spin({ deadlineMs: 0, caller: "job 1" }), ...GONE);
    await spinning;
    assert.equal(await plugin.faults.ping(1), 1);
    assert.deepEqual(typesOf(events).slice(0, 3), ["started", "unhealthy", "crashed"]);
    assert.match(events[1]!.what, /did not answer faults\.count within 300 ms, 2 times in a row/);
    assert.deepEqual(events[2]!.crash?.calls.at(-1), { path: "faults.spin", caller: "job 1" });
    const after = await plugin.health();
    assert.ok(after.isHealthy && after.crashes === 1 && after.lastError?.code === "plugin-crashed");
    await host.close();
    assert.equal((await plugin.health()).state, "closed");
  });

  test("a probe has to be an exported function without parameters", async () => {
    const { host, load } = make();
    await rejection(load("import", { health: { probe: "faults.nope" } }), "config-invalid");
    await rejection(load("import", { health: { probe: "faults.ping" } }), "config-invalid");
    await host.close();
  });

  test("a candidate that fails its probe does not take over", async () => {
    const { host, load } = make();
    const plugin = await load("import", { health: { probe: "faults.hang", everyMs: 0, timeoutMs: 100 } });
    const error = await rejection(host.upgrade(plugin, at("stdio")), "upgrade-failed");
    assert.match(error.what, /did not answer faults\.hang within 100 ms/);
    assert.equal(plugin.boundary, "import");
    await host.close();
  });
});

describe("R26: a host that holds its own loop", () => {
  const hold = (ms: number): void => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };

  test("ends no plugin that is well, neither one that starts nor one that is asked", { timeout: 30_000 }, async () => {
    const { host, events, load } = make();
    const health = { probe: "faults.count", everyMs: 10, timeoutMs: 200, failures: 1 };
    const running = await load("stdio", { health });
    const starting = load("stdio", { id: "second", limits: { startMs: 1500 } });
    const call = running.faults.ping(1, { deadlineMs: 20_000 });
    await sleep(50);
    hold(2000);
    assert.equal(await call, 1);
    assert.equal(await (await starting).faults.ping(2), 2);
    assert.equal((await running.health()).isHealthy, true);
    assert.deepEqual(typesOf(events), ["started", "started"]);
    await host.close();
  });

  test("sees a deadline pass once, late, and goes on with the plugin", async () => {
    const { host, events, load } = make();
    const plugin = await load("stdio");
    let settled = 0;
    const call = plugin.faults.ping(1, { deadlineMs: 50 }).then(
      () => settled++,
      () => settled++,
    );
    hold(500);
    await call;
    assert.equal(await plugin.faults.ping(2), 2);
    await sleep(200);
    assert.equal(settled, 1);
    assert.deepEqual(typesOf(events), ["started"], "its answer was there: nothing had to be ended");
    await host.close();
  });
});

test("R25: a wall clock that jumps moves no deadline and no wait", async (context) => {
  const { host, events, load } = make({ restart: { backoffMs: 20, maxBackoffMs: 20 } });
  const plugin = await load("worker");
  const real = Date.now;
  context.after(() => (Date.now = real));
  for (const jump of [3_600_000, -3_600_000]) {
    Date.now = () => real() + jump;
    const crashes = (): number => typesOf(events).filter((type) => type === "crashed").length;
    const before = crashes();
    await rejection(plugin.faults.hang({ deadlineMs: 50 }), "deadline-exceeded");
    await eventually("the thread that waits for the host is ended", () => crashes() > before);
    assert.equal(await plugin.faults.ping(1), 1);
    await rejection(plugin.faults.trap(100), ...GONE);
    const begin = performance.now();
    assert.equal(await plugin.faults.ping(2), 2);
    assert.ok(performance.now() - begin < 10_000);
  }
  assert.equal(typesOf(events).filter((type) => type === "crashed").length, 4);
  await host.close();
});

describe("R27: a crash loop", () => {
  test("opens the circuit, costs no other plugin anything, and ends in quarantine", { timeout: 60_000 }, async () => {
    const baseline = takeBaseline({ mayHoldLoop: false });
    const restart = { backoffMs: 1, maxBackoffMs: 2, maxCrashes: 2, openMs: 300, maxOpenings: 2 };
    const { host, events, load } = make({ restart });
    const plugin = await load("worker");
    const other = await load("stdio");
    const seen = new Set<string>();
    for (let left = 200; left > 0 && !seen.has("quarantined"); left--) {
      await plugin.faults.trap(100).then(
        () => assert.fail(),
        (error: { code: string }) => seen.add(error.code),
      );
      assert.equal(await other.faults.ping(left), left);
      await sleep(10);
    }
    assert.deepEqual([...seen].sort(), ["plugin-crashed", "quarantined", "unavailable"]);
    const report = await plugin.health();
    assert.deepEqual([report.state, report.isHealthy], ["quarantined", false]);
    assert.equal(events.filter(({ type }) => type === "quarantined").length, 1);
    host.release("worker");
    assert.equal(await plugin.faults.ping(5), 5);
    assert.ok(!events.some((event) => event.plugin === "stdio" && event.type === "crashed"));
    await host.close();
    await baseline.holds();
  });
});

describe("quarantine", () => {
  for (const title of ["import", "worker", "wasm, process", "stdio", "exec"]) {
    test(`${title}: ends the plugin and its calls at once, until it is released`, { timeout: 30_000 }, async () => {
      const { host, events, load } = make();
      const plugin = await load(title);
      const canHang = title !== "exec" && title !== "wasm, process";
      const hanging = canHang ? rejection(plugin.faults.hang(), "quarantined") : undefined;
      host.quarantine(title, "leaks customers' names");
      await hanging;
      const refused = await rejection(plugin.faults.ping(1), "quarantined");
      assert.match(refused.message, /leaks customers' names; .*release/);
      assert.equal(refused.sideEffects, "none");
      host.quarantine(title, "again");
      host.release(title);
      host.release(title);
      assert.equal(await plugin.faults.ping(2), 2);
      assert.deepEqual(
        typesOf(events).filter((type) => type !== "started"),
        ["quarantined", "released"],
      );
      await host.close();
    });
  }
});

describe("R28: the ends of a start", () => {
  for (const { title, boundary, stuck } of FAULT_BOUNDARIES) {
    // On the host's thread a start that loops is over by its fuel before anybody can say anything.
    if (stuck === undefined || ("isolation" in stuck && stuck.isolation === "inline")) continue;
    test(`${title}: closing, draining and quarantine during a start leave nothing`, { timeout: 30_000 }, async () => {
      const baseline = takeBaseline({ mayHoldLoop: false });
      for (const end of ["close", "drain", "quarantine"] as const) {
        const { host } = make();
        const plugin = host.register(faultContract, { id: "p", boundary, artifact: stuck, imports });
        const code = end === "quarantine" ? "quarantined" : "session-closed";
        const calls = Promise.all([1, 2].map((n) => rejection(plugin.faults.ping(n), code)));
        await sleep(20);
        if (end === "quarantine") host.quarantine("p", "asked");
        else await plugin[end]();
        await calls;
        await rejection(plugin.faults.ping(3), code);
        await host.close();
      }
      await baseline.holds();
    });
  }

  test("a crash while the restart is under way counts once, and the calls that wait are served in the end", async () => {
    const { host, events, load } = make();
    const plugin = await load("stdio");
    await rejection(plugin.faults.trap(100), ...GONE);
    const waiting = [1, 2, 3].map((n) => plugin.faults.ping(n));
    assert.deepEqual(await Promise.all(waiting), [1, 2, 3]);
    assert.deepEqual(typesOf(events), ["started", "crashed", "restarting", "started"]);
    await host.close();
  });
});

describe("drain", () => {
  for (const title of ["worker", "wasm, worker", "stdio", "exec"]) {
    test(`${title}: new calls are refused, those in flight are answered`, { timeout: 30_000 }, async () => {
      const { host, events, load } = make();
      const plugin = await load(title);
      const calls = Promise.all(Array.from({ length: 20 }, (_, n) => plugin.faults.ping(n)));
      const draining = plugin.drain();
      const refused = await rejection(plugin.faults.ping(99), "session-closed");
      assert.match(refused.what, /takes no new calls/);
      assert.equal(plugin.state, "draining");
      assert.deepEqual(await calls, [...Array.from({ length: 20 }).keys()]);
      assert.equal(await draining, 0);
      assert.equal(plugin.state, "closed");
      assert.deepEqual(typesOf(events), ["started", "draining", "closed"]);
      await host.close();
    });
  }

  test("what has not ended at the deadline is given up", async () => {
    const { host, load } = make();
    const plugin = await load("worker");
    const hanging = rejection(plugin.faults.hang(), "session-closed");
    assert.equal(await plugin.drain({ deadlineMs: 50 }), 1);
    await hanging;
    await host.close();
  });

  test("a host that closes with grace says host-shutdown, and can be hastened", async () => {
    const { host, load } = make();
    const plugin = await load("stdio");
    const other = await load("worker");
    const call = plugin.faults.ping(1);
    const hanging = rejection(other.faults.hang(), "session-closed");
    const closing = host.close({ graceMs: 60_000 });
    await rejection(plugin.faults.ping(2), "host-shutdown");
    await rejection(load("exec"), "host-shutdown");
    assert.equal(await call, 1);
    await host.close();
    await hanging;
    await closing;
  });
});

describe("R31: misuse", () => {
  const CALLS = 100_000;
  const { stackTraceLimit } = Error;
  // Most of what a refused call costs is the stack of its error.
  before(() => (Error.stackTraceLimit = 0));
  after(() => (Error.stackTraceLimit = stackTraceLimit));
  for (const { title } of FAULT_BOUNDARIES) {
    test(`${title}: 100,000 calls at once are answered or refused, and the host does not grow with them`, async () => {
      const { host, load } = make({ limits: { maxPendingCalls: 200, callMs: 60_000 } });
      const plugin = await load(title);
      let answered = 0;
      const codes = new Set<string>();
      const calls = Array.from({ length: CALLS }, (_, n) =>
        plugin.faults.ping(n).then(
          (value) => {
            assert.equal(value, n);
            answered++;
          },
          (error: { code: string }) => void codes.add(error.code),
        ),
      );
      await Promise.all(calls);
      assert.ok(answered >= 200);
      if (answered < calls.length) assert.deepEqual([...codes], ["resource-exhausted"]);
      assert.equal(await plugin.faults.ping(1), 1);
      await plugin.close();
      await plugin.close();
      await plugin.drain();
      await rejection(plugin.faults.ping(1), "session-closed");
      await rejection(plugin.start(), "session-closed");
      await host.close();
      await host.close();
    });
  }

  test("a call that ends while it waits for a start has had no effect, and says so", async () => {
    const { host, load } = make();
    const stuck = FAULT_BOUNDARIES.find(({ title }) => title === "stdio")!.stuck!;
    const plugin = host.register(faultContract, { id: "p", boundary: "stdio", artifact: stuck, imports });
    const late = await rejection(plugin.faults.ping(1, { deadlineMs: 50 }), "deadline-exceeded");
    const stop = new AbortController();
    const stopped = rejection(plugin.faults.ping(1, { signal: stop.signal }), "cancelled");
    stop.abort();
    const running = await load("stdio");
    const sent = await rejection(running.faults.hang({ deadlineMs: 50 }), "deadline-exceeded");
    assert.deepEqual(
      [late, await stopped, sent].map(({ sideEffects }) => sideEffects),
      ["none", "none", "unknown"],
    );
    await host.close();
  });

  test("calls that wait for a start are bounded, and so are those of the whole host", async () => {
    const { host, load } = make({ maxPendingCalls: 15, limits: { maxPendingCalls: 10 } });
    const stuck = FAULT_BOUNDARIES.find(({ title }) => title === "stdio")!.stuck!;
    const plugin = host.register(faultContract, { id: "p", boundary: "stdio", artifact: stuck, imports });
    const other = await load("stdio");
    const waiting = Array.from({ length: 10 }, () => rejection(plugin.faults.ping(1), "session-closed"));
    const full = await rejection(plugin.faults.ping(1), "resource-exhausted");
    assert.match(full.message, /10 calls are already waiting for plugin p/);
    const more = Array.from({ length: 5 }, () => rejection(other.faults.hang(), "session-closed"));
    const hostFull = await rejection(other.faults.ping(1), "resource-exhausted");
    assert.match(hostFull.message, /15 calls are already waiting for this host/);
    await plugin.close();
    assert.equal(await other.faults.ping(1), 1);
    await host.close();
    await Promise.all([...waiting, ...more]);
  });
});

test("listeners that throw cost their own entries, and no plugin", async (context) => {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on("warning", onWarning);
  context.after(() => process.off("warning", onWarning));
  const broken = (): never => {
    throw new Error("disk full");
  };
  const { host, load } = make({ onEvent: broken, onLog: broken });
  const plugin = await load("worker");
  await plugin.faults.floodOutput(50);
  assert.equal(await plugin.faults.ping(1), 1);
  await sleep(50);
  await host.close();
  assert.deepEqual(warnings.filter((text) => text.includes("disk full")).length, 2);
});

test("a plugin that floods does not hold its neighbours up or fill the host", { timeout: 60_000 }, async (context) => {
  const { host, load } = make({ limits: { maxPendingCalls: 1000, callMs: 30_000 } });
  const neighbour = await load("stdio");
  const flooding = await load("worker");
  const median = async (): Promise<number> => {
    const took: number[] = [];
    for (let n = 0; n < 200; n++) {
      const begin = performance.now();
      assert.equal(await neighbour.faults.ping(n), n);
      took.push(performance.now() - begin);
    }
    return took.sort((a, b) => a - b)[100]!;
  };
  const quiet = await median();
  const before = process.memoryUsage().rss;
  const floods = [flooding.faults.floodOutput(200_000), flooding.faults.floodHost(200_000)];
  const loud = await median();
  await Promise.all(floods);
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  context.diagnostic(
    `a call of the neighbour: ${(loud / quiet).toFixed(1)} times its quiet median; ${grown.toFixed(0)} MiB`,
  );
  assert.ok(grown < 200, `the host grew by ${grown} MiB`);
  await host.close();
});
