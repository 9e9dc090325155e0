// R25 and R26 on every boundary: a wall clock that jumps, and a host that holds its own loop, end nothing that is well. What
// a start makes of a held loop is in supervision.test.ts.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { TenonError } from "@tenon/contract";
import { createHost, type Host, type PluginEvent } from "@tenon/host";
import { rejection } from "@tenon/verify";
import { faultContract, type FaultPlugin } from "@tenon/verify/faults";
import { FAULT_BOUNDARIES, FAULT_DRIVERS, type FaultBoundary } from "./fault-boundaries.ts";

const imports = { host: { tick: (n: number) => n + 1, nest: () => 0, hang: () => new Promise<number>(() => {}) } };
const HOUR_MS = 3_600_000;

/** Those that run beside the host's own thread; what runs on it is held with it, and has no deadline that could come late. */
const BESIDE = FAULT_BOUNDARIES.filter(
  ({ artifact, isTrusted }) => isTrusted !== true && !("isolation" in artifact && artifact.isolation === "inline"),
);

interface Made {
  readonly host: Host;
  readonly events: readonly PluginEvent[];
  readonly load: (one: FaultBoundary, more?: object) => Promise<FaultPlugin>;
}

function make(): Made {
  const events: PluginEvent[] = [];
  const host = createHost({
    drivers: FAULT_DRIVERS,
    onEvent: (event) => events.push(event),
    limits: { cancelGraceMs: 50, callMs: 60_000, startMs: 60_000 },
    restart: { backoffMs: 20, maxBackoffMs: 20 },
  });
  const load: Made["load"] = ({ title, boundary, artifact }, more) =>
    host.load(faultContract, { id: title, boundary, artifact, imports, ...more });
  return { host, events, load };
}

/** Blocks the host's thread, as an application does that computes. */
function hold(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** An engine on a thread or in a process of its own needs no fuel, which a fast one may use up before the deadline. */
function endedByClocksOnly(one: FaultBoundary): FaultBoundary {
  return "isolation" in one.artifact ? { ...one, artifact: { ...one.artifact, fuel: 0 } } : one;
}

const endsOf = (events: readonly PluginEvent[]): readonly string[] =>
  events.filter(({ type }) => type !== "started" && type !== "closed").map(({ plugin, type }) => `${plugin}: ${type}`);

for (const one of BESIDE) {
  test(`R26: ${one.title}: a deadline that passes while the loop is held comes late and once`, async () => {
    const { host, events, load } = make();
    // Longer than the answer needs to be read afterwards: it was there, so nothing has to be ended.
    const plugin = await load(one, { limits: { cancelGraceMs: 20_000 } });
    let settled = 0;
    const call = plugin.faults.ping(1, { deadlineMs: 50 }).then(
      () => settled++,
      () => settled++,
    );
    hold(200);
    await call;
    assert.equal(await plugin.faults.ping(2), 2);
    assert.equal(settled, 1);
    assert.deepEqual(endsOf(events), []);
    await host.close();
  });

  test(
    `R25: ${one.title}: a wall clock that jumps moves no deadline and no wait`,
    { timeout: 60_000 },
    async (context) => {
      const { host, events, load } = make();
      context.after(() => host.close());
      const plugin = await load(endedByClocksOnly(one));
      for (const jump of [HOUR_MS, -HOUR_MS]) {
        const late = rejection(plugin.faults.spin({ deadlineMs: 150 }), "deadline-exceeded");
        jumpBy(context, jump);
        await late;
        assert.equal(await served(plugin, 1), 1);
        const under = plugin.faults.ping(2, { deadlineMs: 30_000 });
        jumpBy(context, -jump);
        assert.equal(await under, 2);
      }
      assert.ok(!endsOf(events).some((what) => what.includes("unavailable")), endsOf(events).join());
      await host.close();
    },
  );
}

test("R26: health probes that are asked while the loop is held blame nobody", { timeout: 120_000 }, async () => {
  const { host, events, load } = make();
  const health = { probe: "faults.count", everyMs: 0, timeoutMs: 1000, failures: 1 };
  const plugins = await Promise.all(BESIDE.map((one) => load(one, { health })));
  const asked = plugins.map((plugin) => plugin.health());
  hold(2000);
  const said = (await Promise.all(asked)).map(({ probe }) => probe?.what);
  assert.deepEqual(
    said,
    BESIDE.map(() => "is well"),
  );
  assert.deepEqual(endsOf(events), []);
  await host.close();
});

/** A call that came before the ended plugin was put away goes down with it. */
async function served(plugin: FaultPlugin, n: number): Promise<number> {
  for (;;) {
    try {
      return await plugin.faults.ping(n);
    } catch (thrown) {
      if (!(thrown instanceof TenonError) || thrown.code !== "plugin-crashed") throw thrown;
    }
  }
}

const real = Date.now;
let offset = 0;
function jumpBy(context: TestContext, ms: number): void {
  offset += ms;
  const now = offset;
  Date.now = () => real() + now;
  context.after(() => {
    Date.now = real;
    offset = 0;
  });
}
