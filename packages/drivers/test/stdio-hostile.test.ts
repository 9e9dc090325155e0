import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ErrorCode } from "@tenon/contract";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createHost, type Host, type LogEntry } from "@tenon/host";
import {
  conformanceContract,
  rejection,
  takeSnapshot,
  unchanged,
  type ConformancePlugin,
  type Snapshot,
} from "@tenon/verify";

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

const STARTS: readonly (readonly [mode: string, code: ErrorCode, message: RegExp])[] = [
  ["silent", "start-failed", /not ready within 700 ms; it printed nothing to standard output/],
  ["loops-at-start", "start-failed", /not ready within 700 ms/],
  ["no-newline", "start-failed", /not ready within 700 ms; it printed "\{\\"tenon\\":1" without a newline/],
  ["exits-3", "start-failed", /exited with code 3 before the handshake[^]*cannot find libfoo/],
  ["exits-0", "start-failed", /exited with code 0 before the handshake/],
  ["kills-itself", "start-failed", /was killed by SIGSEGV before the handshake/],
  ["banner", "handshake-failed", /did not begin with a line of JSON; the first line was "Welcome!"/],
  ["long-line", "handshake-failed", /printed 65536 bytes without a newline/],
  ["closes-stdout", "handshake-failed", /closed its standard output before the handshake/],
];

describe("a stdio plugin that fails to start", () => {
  for (const [mode, code, message] of STARTS) {
    test(mode, async () => {
      const error = await rejection(load(mode), code);
      assert.match([error.what, ...error.notes].join("\n"), message);
      assert.equal(error.sideEffects, "none");
      await hostIsWell(mode);
    });
  }
});

const CALLS: readonly (readonly [mode: string, code: ErrorCode, message: RegExp])[] = [
  ["garbage-later", "protocol-error", /a line is not JSON: "Segmentation fault"/],
  ["unknown-id", "protocol-error", /call 12345 arrived, which is not in flight/],
  ["frame-of-0", "protocol-error", /a frame claims 0 bytes/],
  ["frame-of-4-gib", "protocol-error", /a frame claims 4294967295 bytes/],
  ["frame-of-unknown-kind", "protocol-error", /unknown kind 99/],
  ["frame-cut-then-closed", "protocol-error", /closed its standard output in the middle of a message/],
  ["frame-cut-then-exit", "plugin-crashed", /exited with code 4/],
  ["half-close", "protocol-error", /closed its standard output/],
  ["deaf", "protocol-error", /closed its standard input/],
  ["floods-stdout", "protocol-error", /a line is longer than/],
];

describe("a stdio plugin that breaks the protocol in the middle of a call", () => {
  for (const [mode, code, message] of CALLS) {
    test(mode, async () => {
      const plugin = await load(mode);
      const error = await rejection(plugin.values.echoU8(1), code);
      assert.match(error.what, message);
      assert.equal(error.plugin, mode);
      await hostIsWell(mode);
    });
  }

  test("answers-twice", async () => {
    const plugin = await load("answers-twice");
    assert.equal(await plugin.values.echoU8(1), 1, "the first answer counts");
    await rejection(plugin.values.echoU8(2), "protocol-error", "unavailable");
    await hostIsWell("answers-twice");
  });
});

describe("a stdio plugin that is odd, or rude, but within the protocol", () => {
  for (const mode of ["byte-by-byte", "closes-stderr", "floods-stderr", "stays-forever", "grandchild"]) {
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
