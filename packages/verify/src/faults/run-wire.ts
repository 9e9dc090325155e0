// A driver and one of its wires -> one node:test suite in which a peer breaks the wire; after each the host is as it was before.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createHost, type AnyDriver, type Host, type PluginEvent } from "@tenon/host";
import { rejection } from "../expect.ts";
import { takeBaseline } from "./baseline.ts";
import { faultContract } from "./contract.ts";
import type { FaultPlugin } from "./fault.ts";
import { AGAIN } from "./recovery.ts";
import { wireFaultName, type Wire, type WireFault } from "./wire-fault.ts";
import { WIRE_FAULTS } from "./wire-faults.table.ts";

export interface WireFaultOptions {
  readonly driver: AnyDriver;
  readonly wire: Wire;
  /** Of a peer that does what the act says. */
  readonly artifact: (act: string) => object;
  /** Of a plugin behind the same driver that is well all the time. */
  readonly neighbour: object;
  /** What else must hold after each of them. */
  readonly check?: () => void | Promise<void>;
}

const TIMEOUT_MS = 60_000;
const imports = { host: { tick: (n: number) => n + 1, nest: () => 0, hang: () => new Promise<number>(() => {}) } };

/** Registers the suite; call it at the top level of a test file. */
export function runWireFaults(options: WireFaultOptions): void {
  const { driver, wire } = options;
  describe(`faults of ${driver.boundary} on the wire: ${wire}`, () => {
    const host = createHost({ drivers: [driver] });
    let neighbour: FaultPlugin;
    // Open before anything is counted: what it holds is part of the baseline.
    before(async () => {
      const artifact = options.neighbour;
      neighbour = await host.load(faultContract, { id: "neighbour", boundary: driver.boundary, artifact, imports });
      assert.equal(await neighbour.faults.ping(1, AGAIN), 1);
    });
    after(() => host.close());
    for (const fault of WIRE_FAULTS) {
      if (!fault.wires.includes(wire)) continue;
      test(wireFaultName(fault), { timeout: TIMEOUT_MS }, async () => {
        const baseline = takeBaseline({ mayHoldLoop: false });
        await provoke(options, fault);
        assert.equal(await neighbour.faults.ping(7, AGAIN), 7, "another plugin still works");
        await baseline.holds();
        await options.check?.();
      });
    }
  });
}

async function provoke(options: WireFaultOptions, fault: WireFault): Promise<void> {
  const events: PluginEvent[] = [];
  const { host, plugin } = register(options, fault, events);
  try {
    const pending = fault.provoke?.({ plugin, events }) ?? plugin.faults.ping(7, AGAIN);
    if (fault.codes.length === 0) {
      assert.equal(await pending, 7);
      return;
    }
    const error = await rejection(pending, ...fault.codes);
    assert.equal(error.plugin, "peer");
    assert.equal(error.boundary, options.driver.boundary);
    if (fault.says !== undefined) assert.match([error.what, ...error.notes].join("\n"), fault.says);
    // Of a peer that was never ready nothing ran.
    if (!events.some(({ type }) => type === "started")) assert.equal(error.sideEffects, "none");
  } finally {
    await host.close();
  }
}

interface Registered {
  readonly host: Host;
  readonly plugin: FaultPlugin;
}

function register({ driver, artifact }: WireFaultOptions, fault: WireFault, events: PluginEvent[]): Registered {
  const host = createHost({ drivers: [driver], onEvent: (event) => events.push(event) });
  const plugin = host.register(faultContract, {
    id: "peer",
    boundary: driver.boundary,
    artifact: artifact(fault.act),
    imports,
    limits: { closeGraceMs: 100, cancelGraceMs: 50, ...fault.limits },
    // It would do the same again.
    restart: { maxCrashes: 1 },
  });
  return { host, plugin };
}
