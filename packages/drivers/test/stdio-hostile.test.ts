// What the wire allows and a host has to bear: floods, a plugin that does not end, one that leaves others behind.
import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createHost, type Host, type LogEntry } from "@tenon/host";
import { conformanceContract, takeSnapshot, unchanged, type ConformancePlugin, type Snapshot } from "@tenon/verify";

const HOSTILE = fileURLToPath(new URL("fixtures/hostile.mjs", import.meta.url));
const SERVED = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-conformance"));

let host: Host;
let healthy: ConformancePlugin;
let baseline: Snapshot;
const logs: LogEntry[] = [];

function load(mode: string, limits: object = {}): Promise<ConformancePlugin> {
  return host.load(conformanceContract, {
    id: mode,
    boundary: "stdio",
    artifact: { command: [process.execPath, HOSTILE, mode, conformanceContract.digest] },
    imports: { host: { double: (n) => n, doubleLater: (n) => n, broken: () => 0, reenter: () => 0, note: () => {} } },
    limits: { startMs: 700, callMs: 5000, closeGraceMs: 100, ...limits },
    restart: { backoffMs: 10_000 },
  });
}

before(async () => {
  host = createHost({ drivers: [stdioDriver], onLog: (entry) => logs.push(entry) });
  healthy = await host.load(conformanceContract, {
    id: "healthy",
    boundary: "stdio",
    artifact: { command: [process.execPath, SERVED] },
    imports: { host: { double: (n) => n, doubleLater: (n) => n, broken: () => 0, reenter: () => 0, note: () => {} } },
  });
  await healthy.values.echoU8(0);
  baseline = takeSnapshot();
});
after(() => host.close());

/** After whatever happened: the other plugin works, and nothing of the bad one is left. */
async function hostIsWell(bad: string): Promise<void> {
  assert.equal(await healthy.values.echoString("still here"), "still here");
  await host.get(bad)?.close();
  await unchanged(baseline);
}

describe("a stdio plugin that is odd, or rude, but within the protocol", () => {
  for (const mode of ["floods-stderr", "stays-forever", "grandchild"]) {
    test(mode, async () => {
      const plugin = await load(mode);
      assert.equal(await plugin.values.echoU8(7), 7);
      await plugin.close();
      await hostIsWell(mode);
    });
  }

  test("floods-stderr is dropped beyond a measure, and that is said", () => {
    const kept = logs.filter((entry) => entry.plugin === "floods-stderr");
    assert.ok(kept.length < 50);
    assert.ok(kept.some(({ text }) => /bytes of standard error were dropped/.test(text)));
  });

  test("asks-without-reading cannot fill the host's memory", async () => {
    const before = process.memoryUsage().rss;
    await load("asks-without-reading");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(await healthy.values.echoU8(3), 3);
    assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024);
    await hostIsWell("asks-without-reading");
  });
});

test("a flood of log frames is cut to the lines that a plugin may print, and the call is answered", async () => {
  const mode = "floods-log-frames";
  const plugin = await load(mode, { maxLogLinesPerSecond: 100 });
  assert.equal(await plugin.values.echoU8(7), 7);
  const lines = logs.filter((entry) => entry.plugin === mode);
  assert.ok(lines.length > 0 && lines.length < 2000, `${lines.length} of 20000 lines were kept`);
  await hostIsWell(mode);
});
