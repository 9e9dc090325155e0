// A driver -> one node:test suite with all faults; after each of them the host is as it was before.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createHost, DEFAULT_LIMITS, traitsFor } from "@tenon/host";
import type { AnyDriver, DriverTraits, Host, HostFunctions, IsolationChoice, Limits, LogEntry } from "@tenon/host";
import { rejection } from "../expect.ts";
import { takeBaseline } from "./baseline.ts";
import { faultContract } from "./contract.ts";
import type { FaultImports } from "./contract.ts";
import { FAULTS } from "./faults.table.ts";
import { faultName, isStartFault } from "./fault.ts";
import type { CallFault, Fault, FaultArtifact, FaultPlugin, FaultTools, StartFault } from "./fault.ts";
import { AGAIN, pingAgain } from "./recovery.ts";

export interface FaultSkip {
  /** A fault's name, `id/what it does`, or `id/*`. */
  readonly fault: string;
  readonly reason: string;
}

export interface FaultOptions {
  readonly driver: AnyDriver;
  /** The artifact of each kind of plugin. Kinds whose faults are all skipped are never asked for. */
  readonly artifact: (kind: FaultArtifact) => object;
  /** Where the plugins run, of a driver that leaves the choice; default what the driver's own traits say. */
  readonly isolation?: IsolationChoice;
  /** What this driver's plugins cannot do, and why. A skip that names no fault is an error. */
  readonly skips?: readonly FaultSkip[];
  /** Of the suite; default the boundary's name. */
  readonly title?: string;
}

const TIMEOUT_MS = 60_000;

/** Registers the suite; call it at the top level of a test file. */
export function runFaults(options: FaultOptions): void {
  const { driver, skips = [] } = options;
  const traits = traitsOf(options);
  describe(`faults of ${options.title ?? driver.boundary}`, () => {
    let neighbour: Loaded;
    // Well all the time, and open before anything is counted: what it holds is part of the baseline.
    before(async () => {
      neighbour = await load(options, "faults", {});
      assert.equal(await neighbour.plugin.faults.ping(1, AGAIN), 1);
    });
    after(() => neighbour.host.close());
    for (const fault of FAULTS) {
      const reason = skips.find((skip) => covers(skip, fault))?.reason ?? fault.exempt?.(traits);
      test(faultName(fault), { skip: reason ?? false, timeout: TIMEOUT_MS }, async () => {
        const baseline = takeBaseline({ mayHoldLoop: traits.cancellation === "cooperative" });
        await (isStartFault(fault) ? provokeStart(options, fault) : provokeCall(options, fault));
        assert.equal(await neighbour.plugin.faults.ping(7, AGAIN), 7, "another plugin still works");
        await baseline.holds();
      });
    }
    test("every skip names a fault and gives a reason", () => {
      for (const skip of skips) {
        assert.ok(
          FAULTS.some((fault) => covers(skip, fault)),
          `no fault is named ${skip.fault}`,
        );
        assert.ok(skip.reason.length > 10, `${skip.fault} is skipped without a reason`);
      }
    });
  });
}

function traitsOf({ driver, isolation }: FaultOptions): DriverTraits {
  return traitsFor(driver, { isolation });
}

function covers(skip: FaultSkip, fault: Fault): boolean {
  const name = faultName(fault);
  return skip.fault.endsWith("/*") ? name.startsWith(skip.fault.slice(0, -1)) : skip.fault === name;
}

/** The call fails as it must, alone, and the next one finds a plugin that knows nothing of it. */
async function provokeCall(options: FaultOptions, fault: CallFault): Promise<void> {
  const { host, plugin, logs, limits } = await load(options, "faults", fault.limits ?? {});
  // A guest on the host's thread that waits for what never comes keeps no program alive, and neither does a deadline.
  const awake = setTimeout(() => {}, TIMEOUT_MS);
  try {
    assert.equal(await plugin.faults.count(AGAIN), 1);
    const tools: FaultTools = { plugin, traits: traitsOf(options), limits, logs };
    const pending = fault.provoke(tools);
    const isToFail = fault.codes.length > 0;
    const error = isToFail ? await rejection(pending, ...fault.codes) : undefined;
    const value = isToFail ? undefined : await pending;
    fault.check?.({ value, error }, tools);
    await pingAgain(plugin);
  } finally {
    clearTimeout(awake);
    await host.close();
  }
}

async function provokeStart(options: FaultOptions, fault: StartFault): Promise<void> {
  let opened: Loaded | undefined;
  const opening = load(options, fault.artifact, fault.limits ?? {}).then((loaded) => (opened = loaded));
  try {
    await rejection(opening, ...fault.codes);
  } finally {
    await opened?.host.close();
  }
}

interface Loaded {
  readonly host: Host;
  readonly plugin: FaultPlugin;
  readonly logs: readonly LogEntry[];
  readonly limits: Limits;
}

async function load(options: FaultOptions, kind: FaultArtifact, limits: Partial<Limits>): Promise<Loaded> {
  const { driver, isolation } = options;
  const logs: LogEntry[] = [];
  const host = createHost({ drivers: [driver], onLog: (entry) => logs.push(entry) });
  try {
    const plugin: FaultPlugin = await host.load(faultContract, {
      id: kind,
      boundary: driver.boundary,
      artifact: { ...options.artifact(kind), ...(isolation !== undefined && { isolation }) },
      imports: { host: hostFunctions(() => plugin, traitsOf(options)) },
      limits: { cancelGraceMs: 50, ...limits },
      restart: { backoffMs: 1 },
    });
    return { host, plugin, logs, limits: { ...DEFAULT_LIMITS, ...limits } };
  } catch (thrown) {
    await host.close();
    throw thrown;
  }
}

function hostFunctions(plugin: () => FaultPlugin, traits: DriverTraits): HostFunctions<FaultImports>["host"] {
  const isOnOurThread = traits.cancellation === "cooperative";
  return {
    tick: (n) => (n + 1) % 2 ** 32,
    // A guest on the host's own thread needs its answer before anything else can happen.
    nest: (depth) => (isOnOurThread ? plugin().sync.faults.nest(depth) : plugin().faults.nest(depth)),
    hang: () => new Promise<number>(() => {}),
  };
}
