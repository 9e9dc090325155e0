// R32: plugins behind many boundaries, a random fault every few hundredths of a second, calls all the while. Whatever happens,
// each call settles once, an answer is that of its call, and in the end nothing is left.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom, type Random } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import { createHost, type AnyDriver, type Host, type UpgradeOptions } from "@tenon/host";
import { takeBaseline } from "./baseline.ts";
import { faultContract } from "./contract.ts";
import type { FaultPlugin } from "./fault.ts";

export interface ChaosBoundary {
  readonly title: string;
  readonly boundary: string;
  /** Of the plugin that does all that the contract says. */
  readonly artifact: object;
  /** Where nothing stands between plugin and host: it is moved, closed and called, and does nothing bad. */
  readonly isTrusted?: boolean;
}

export interface ChaosOptions {
  readonly drivers: readonly AnyDriver[];
  readonly boundaries: readonly ChaosBoundary[];
  readonly seconds: number;
  readonly seed: number;
  /** Between two faults; default 50. */
  readonly everyMs?: number;
}

export interface ChaosReport {
  readonly started: number;
  readonly answered: number;
  /** By code. */
  readonly failed: Readonly<Record<string, number>>;
  /** By name. */
  readonly faults: Readonly<Record<string, number>>;
}

interface Chaos {
  readonly host: Host;
  readonly random: Random;
  readonly options: ChaosOptions;
  readonly plugins: readonly FaultPlugin[];
  readonly running: Set<Promise<void>>;
  started: number;
  answered: number;
  settled: number;
  readonly failed: Map<string, number>;
}

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);

/** Counts one call, whatever becomes of it. Anything but a TenonError fails the run. */
function follow(chaos: Chaos, call: Promise<unknown>, expected?: unknown): void {
  chaos.started++;
  let isSettled = false;
  const settle = (): void => {
    assert.ok(!isSettled, "a call settled twice");
    isSettled = true;
    chaos.settled++;
  };
  const followed = call.then(
    (value) => {
      settle();
      chaos.answered++;
      if (expected !== undefined) assert.equal(value, expected, "the answer of another call");
    },
    (error: unknown) => {
      settle();
      if (!(error instanceof TenonError)) throw error;
      assert.notEqual(error.code, "internal", error.message);
      count(chaos.failed, error.code);
    },
  );
  keep(chaos, followed);
}

function keep(chaos: Chaos, pending: Promise<void>): void {
  chaos.running.add(pending);
  pending.then(
    () => chaos.running.delete(pending),
    // Stays, so that the end of the run fails with it.
    () => {},
  );
}

/** What may end an operator's request that came at a bad time. */
const REFUSED: ReadonlySet<string> = new Set(["upgrade-failed", "quarantined", "session-closed"]);

const DEADLINE = { deadlineMs: 100 };
const FAULTS: Readonly<Record<string, (chaos: Chaos, plugin: FaultPlugin) => void>> = {
  trap: (chaos, plugin) => follow(chaos, plugin.faults.trap(Math.floor(chaos.random() * 8), DEADLINE)),
  exit: (chaos, plugin) => follow(chaos, plugin.faults.trap(100 + Math.floor(chaos.random() * 2), DEADLINE)),
  spin: (chaos, plugin) => follow(chaos, plugin.faults.spin(DEADLINE)),
  recurse: (chaos, plugin) => follow(chaos, plugin.faults.recurse({ deadlineMs: 2000 })),
  text: (chaos, plugin) =>
    follow(chaos, plugin.faults.text(Math.floor(chaos.random() * 200_000), { deadlineMs: 2000 })),
  print: (chaos, plugin) => follow(chaos, plugin.faults.floodOutput(2000, { deadlineMs: 2000 })),
  "call the host": (chaos, plugin) => follow(chaos, plugin.faults.floodHost(10_000, { deadlineMs: 1000 })),
  cancel: (chaos, plugin) => follow(chaos, plugin.faults.ping(1, { signal: AbortSignal.timeout(1) })),
  burst: (chaos, plugin) => {
    for (let n = 0; n < 500; n++) follow(chaos, plugin.faults.ping(n), n);
  },
};
/** What an operator does. */
const ORDERS: Readonly<Record<string, (chaos: Chaos, plugin: FaultPlugin) => void>> = {
  quarantine: ({ host }, { id }) => {
    host.quarantine(id, "chaos");
    host.release(id);
  },
  upgrade: (chaos, plugin) => {
    const { boundary, artifact } = pick(chaos.random, homesOf(chaos, plugin));
    const options: UpgradeOptions = { boundary, artifact, drainMs: 500, probationMs: 200 };
    keep(
      chaos,
      chaos.host.upgrade(plugin, options).then(
        () => {},
        (error: unknown) => {
          if (!(error instanceof TenonError) || !REFUSED.has(error.code)) throw error;
        },
      ),
    );
  },
  health: (chaos, plugin) =>
    keep(
      chaos,
      plugin.health().then(() => {}),
    ),
};

/** A plugin that misbehaves never comes to where nothing contains it. */
function homesOf({ options }: Chaos, plugin: FaultPlugin): readonly ChaosBoundary[] {
  const isTrusted = options.boundaries.some((one) => one.title === plugin.id && one.isTrusted === true);
  return options.boundaries.filter((one) => isTrusted || one.isTrusted !== true);
}

/** Runs it; rejects with the first thing that is not as it has to be. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { drivers, boundaries, seconds, seed, everyMs = 50 } = options;
  const baseline = takeBaseline({ mayHoldLoop: true });
  const random = seededRandom(seed);
  const host = createHost({
    drivers,
    limits: { callMs: 20_000, cancelGraceMs: 50, maxLogLinesPerSecond: 100 },
    // Crashes are what this is about: the circuit would end it.
    restart: { backoffMs: 1, maxBackoffMs: 20, maxCrashes: Number.MAX_SAFE_INTEGER },
  });
  const imports = { host: { tick: (n: number) => (n + 1) % 2 ** 32, nest: () => 0, hang: () => 0 } };
  const plugins = boundaries.map(({ title, boundary, artifact }): FaultPlugin =>
    host.register(faultContract, { id: title, boundary, artifact, imports }),
  );
  const chaos: Chaos = {
    host,
    random,
    options,
    plugins,
    running: new Set(),
    started: 0,
    answered: 0,
    settled: 0,
    failed: new Map(),
  };
  const faults = new Map<string, number>();
  try {
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      const plugin = pick(random, plugins);
      const isTrusted = boundaries.some((one) => one.title === plugin.id && one.isTrusted === true);
      const rows = isTrusted
        ? { ...ORDERS, burst: FAULTS["burst"]!, cancel: FAULTS["cancel"]! }
        : { ...FAULTS, ...ORDERS };
      const name = pick(random, Object.keys(rows));
      count(faults, name);
      (rows as typeof FAULTS)[name]!(chaos, plugin);
      for (const one of plugins) follow(chaos, one.faults.ping(chaos.started), chaos.started);
      await sleep(everyMs);
    }
    await Promise.all(chaos.running);
    // All that could be given up was; what is well again answers.
    for (const plugin of plugins) assert.equal(await answer(plugin), 5, plugin.id);
  } finally {
    await host.close();
  }
  assert.equal(chaos.settled, chaos.started, "every call settles once");
  const failed = Object.fromEntries(chaos.failed);
  const errors = [...chaos.failed.values()].reduce((sum, n) => sum + n, 0);
  assert.equal(chaos.answered + errors, chaos.started);
  await baseline.holds();
  return { started: chaos.started, answered: chaos.answered, failed, faults: Object.fromEntries(faults) };
}

/** The last fault may still be taking its session down. */
async function answer(plugin: FaultPlugin): Promise<number> {
  for (let tries = 50; ; tries--) {
    try {
      return await plugin.faults.ping(5);
    } catch (thrown) {
      if (!(thrown instanceof TenonError) || tries === 0) throw thrown;
      await sleep(20);
    }
  }
}
