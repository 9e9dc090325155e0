// What the shared cases cannot show: threads, shared memory, and plugins that abuse both.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { afterEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createHost, type Host, type Limits, type LogEntry } from "@tenon/host";
import { workerDriver, type WorkerArtifact } from "@tenon/drivers/worker";
import {
  conformanceContract,
  eventually,
  rejection,
  takeSnapshot,
  unchanged,
  type ConformancePlugin,
} from "@tenon/verify";

const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).href;
const AT_ONCE = { backoffMs: 1 };

let hosts: Host[] = [];
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  hosts = [];
});

interface Options {
  readonly artifact?: Partial<WorkerArtifact>;
  readonly limits?: Partial<Limits>;
  readonly logs?: LogEntry[];
}

async function load({ artifact, limits, logs }: Options = {}): Promise<ConformancePlugin> {
  const host = createHost({ drivers: [workerDriver], onLog: (entry) => logs?.push(entry) });
  hosts.push(host);
  return host.load(conformanceContract, {
    id: "tricky",
    boundary: "worker",
    restart: AT_ONCE,
    artifact: { module: fixture("worker-plugin.mjs"), ...artifact },
    limits: limits ?? {},
    imports: {
      host: {
        double: (n) => n * 2,
        doubleLater: (n) => new Promise<number>((resolve) => setTimeout(resolve, 1, n * 2)),
        broken: () => 0,
        reenter: () => 0,
        note: () => {},
      },
    },
  });
}

describe("worker artifacts", () => {
  test("the thread sees no environment but what it was given", async () => {
    assert.equal(await (await load()).values.echoString("environment"), "{}");
    const given = await load({
      artifact: { env: { ONLY: "this" }, workerData: { mine: [1] }, execArgv: ["--no-warnings"] },
    });
    assert.equal(await given.values.echoString("environment"), '{"ONLY":"this"}');
    assert.equal(await given.values.echoString("workerData"), '{"mine":[1]}');
    assert.equal(await given.values.echoString("execArgv"), '["--no-warnings"]');
  });

  test("a plugin may call the host while it is made", async () => {
    const asking = await load({ artifact: { workerData: { asksHost: true } } });
    assert.equal(await asking.values.echoString("asked"), "[8,10]");
  });

  test("what cannot be a worker is refused before there is a thread", async () => {
    const before = takeSnapshot();
    await rejection(load({ artifact: { module: fixture("nowhere.mjs") } }), "file-missing");
    await rejection(load({ artifact: { module: {} as string } }), "config-invalid");
    await rejection(load({ artifact: { env: { A: 1 as unknown as string } } }), "config-invalid");
    await rejection(load({ artifact: { workerData: () => {} } }), "config-invalid");
    await unchanged(before);
  });
});

describe("worker memory", () => {
  test("values larger than the ring cross both ways, between small ones", async () => {
    const { values, sync, calls } = await load();
    const large = new Uint8Array(3 * 1024 * 1024).map((_, index) => index % 253);
    const [a, b, c] = await Promise.all([values.echoU32(1), values.echoBytes(large), values.echoU32(2)]);
    assert.deepEqual([a, c], [1, 2]);
    assert.deepEqual(b, large);
    assert.equal(sync.values.echoBytes(large).length, large.length);
    assert.equal((await calls.big(5_000_000)).length, 5_000_000);
  });

  test("calls that overflow the ring arrive in order and are all answered", async () => {
    const { values } = await load();
    const texts = Array.from({ length: 3000 }, (_, index) => `${index}:`.padEnd(2000, "x"));
    assert.deepEqual(await Promise.all(texts.map((text) => values.echoString(text))), texts);
  });

  test("bytes that a call returned are not touched by later calls", async () => {
    const { sync } = await load();
    const first = sync.calls.big(100_000);
    const copy = first.slice();
    for (let round = 0; round < 20; round++) sync.values.echoBytes(new Uint8Array(100_000).fill(round));
    assert.deepEqual(first, copy);
  });

  test("a plugin that scribbles over the shared memory is ended for it", async () => {
    const plugin = await load();
    await rejection(plugin.values.echoString("scribble", { deadlineMs: 10_000 }), "protocol-error", "plugin-crashed");
    assert.equal(await plugin.values.echoU8(1), 1);
  });
});

describe("worker messages", () => {
  test("garbage instead of an answer ends in protocol-error, whatever it is, and the plugin starts again", async () => {
    for (let index = 0; index < 20; index++) {
      const plugin = await load({ limits: { callMs: 20_000 } });
      assert.equal(await plugin.values.echoU8(1), 1);
      const error = await rejection(plugin.values.echoString(`garbage ${index}`), "protocol-error");
      assert.match(error.what, /protocol/, `garbage ${index}`);
      if (index === 0) assert.equal(await plugin.values.echoU8(1), 1, "it was started again");
      await plugin.close();
    }
  });

  test("a message of the plugin's own to parentPort is a protocol-error, also one that looks like the driver's", async () => {
    const plugin = await load();
    await rejection(
      plugin.values.echoString("postToParent").then(() => plugin.calls.sleep(5000)),
      "protocol-error",
    );
  });

  test("a flood of messages ends with the first of them, and its memory is freed", async () => {
    const plugin = await load({ limits: { callMs: 20_000 } });
    const before = process.memoryUsage().rss;
    await rejection(plugin.values.echoString("floodParent"), "protocol-error");
    await eventually("the memory is free", () => process.memoryUsage().rss - before < 256 * 1024 * 1024, 20_000);
  });

  test("what is too large is refused where it would leave, and costs nothing but its call", async () => {
    const { values, calls, sync } = await load({ limits: { maxMessageBytes: 5000 } });
    const tooLarge = await rejection(values.echoString("x".repeat(6000)), "resource-exhausted");
    assert.match(tooLarge.hint ?? "", /maxMessageBytes/);
    assert.equal(tooLarge.sideEffects, "none");
    await rejection(calls.big(6000), "resource-exhausted");
    assert.throws(() => sync.calls.big(6000), { code: "resource-exhausted" });
    assert.equal((await calls.big(4000)).length, 4000);
  });

  test("arguments stay the caller's, however they cross", async () => {
    const { values } = await load();
    const pool = new Uint8Array(512 * 1024).fill(7);
    const part = pool.subarray(1000, 300_000);
    const echoed = await values.echoBytes(part);
    assert.deepEqual(echoed, part);
    assert.equal(echoed.buffer.byteLength, part.byteLength, "nothing of the pool around it came along");
    assert.equal(pool.byteLength, 512 * 1024);
    const shared = new Uint8Array(new SharedArrayBuffer(100_000)).fill(3);
    assert.ok((await values.echoBytes(shared)).buffer instanceof ArrayBuffer);
    const small = Buffer.from("from the pool of all buffers");
    const back = await values.echoBytes(small);
    assert.equal(Object.getPrototypeOf(back), Uint8Array.prototype);
    assert.deepEqual(back, new Uint8Array(small));
  });
});

describe("worker threads", () => {
  test("a synchronous call into a loop ends at its deadline", async () => {
    const plugin = await load({ limits: { callMs: 60 } });
    const pending = rejection(plugin.calls.sleep(10_000, { deadlineMs: 20_000 }), "plugin-crashed");
    assert.throws(() => plugin.sync.calls.spin(), { code: "deadline-exceeded" });
    await pending;
    assert.equal(await plugin.values.echoU8(3, { deadlineMs: 20_000 }), 3);
  });

  test("a thread that exits in a synchronous call without a deadline does not block the host", async () => {
    const plugin = await load({ limits: { callMs: 0 } });
    assert.throws(() => plugin.sync.calls.exit(4), { code: "plugin-crashed" });
    // The plugin is started again once the exit event has come.
    assert.equal(await plugin.values.echoU8(3).catch(() => plugin.values.echoU8(3)), 3);
  });

  test("an asynchronous host function answers asynchronous calls, and is refused in a synchronous one", async () => {
    const plugin = await load();
    assert.equal(await plugin.calls.callHostAsync(4), 8);
    assert.throws(() => plugin.sync.calls.callHostAsync(4), { code: "boundary-unsupported" });
    assert.equal(plugin.sync.calls.callHost(4), 8);
  });

  test("an asynchronous plugin function can be called synchronously", async () => {
    assert.equal((await load()).sync.calls.sleep(5), 5);
  });

  test("timers of the plugin run, whether or not there are calls", async () => {
    const { values, sync } = await load();
    // The first synchronous call loads code, during which nothing else runs in the thread.
    sync.values.echoU8(1);
    await values.echoString("startTicking");
    const ticks = (): number => Number(sync.values.echoString("ticks"));
    // The runner's time limit is what ends a thread whose timers never run.
    while (ticks() < 5) sync.values.echoU8(1);
    const busy = ticks();
    while (Number(await values.echoString("ticks")) < busy + 5) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test("both threads may call each other at the same moment", async () => {
    const { values, sync } = await load();
    await values.echoString("callHostFromTimer");
    while (Number(sync.values.echoString("ticks")) < 5) assert.equal(sync.values.echoU8(7), 7);
  });

  test("a rejection that nobody handles is told with its text", async () => {
    const plugin = await load();
    const pending = plugin.calls.sleep(10_000);
    await plugin.values.echoString("reject").catch(() => {
      // The throw may come before the answer.
    });
    assert.match((await rejection(pending, "plugin-crashed")).what, /nobody catches this/);
  });

  // A worker that runs out of memory takes the whole process with it on newer versions at times (nodejs/node#47224).
  const major = Number(process.versions.node.split(".")[0]);
  test(
    "a full heap is a crash that says so",
    { skip: major > 20 && "Node may abort the process, see docs/boundaries/worker.md" },
    async () => {
      const plugin = await load({ limits: { memoryMiB: 24 } });
      assert.match(
        (await rejection(plugin.values.echoString("fillHeap", { deadlineMs: 60_000 }), "plugin-crashed")).what,
        /memory/,
      );
      assert.equal(await plugin.values.echoU8(1), 1);
    },
  );

  test("a flood is dropped where it is printed, and counted", async () => {
    const logs: LogEntry[] = [];
    const plugin = await load({ logs, limits: { maxLogLinesPerSecond: 1_000_000 } });
    const before = process.memoryUsage().rss;
    // A synchronous call: the host takes nothing until it is over.
    plugin.sync.calls.flood(200_000);
    assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
    // What comes right behind a flood belongs to it; a moment later lines pass again.
    await plugin.calls.sleep(150);
    await plugin.calls.logLines(["the end"]);
    await eventually("the last line comes", () => logs.some(({ text }) => text === "the end"));
    assert.ok(logs.some(({ text }) => /^\d+ bytes of stdout were dropped/.test(text)));
    assert.ok(logs.length < 200_000);
  });

  test("what a plugin printed before it died is not lost", async () => {
    const logs: LogEntry[] = [];
    const plugin = await load({ logs });
    await rejection(plugin.values.echoString("printAndExit"), "plugin-crashed");
    assert.deepEqual(
      logs.map(({ text }) => text),
      ["last words"],
    );
  });

  test("an idle worker does not keep a program alive, a call does", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(fixture("worker-idle.mjs"))], {
      timeout: 20_000,
    });
    assert.equal(stdout, "100\n");
  });

  test("opening, calling and closing again and again leaves nothing behind", async () => {
    const cycle = async (): Promise<void> => {
      const plugin = await load();
      assert.equal(plugin.sync.values.echoU8(1), 1);
      assert.equal(await plugin.values.echoU8(1), 1);
      await plugin.close();
    };
    await cycle();
    const before = takeSnapshot();
    for (let round = 0; round < 6; round++) await cycle();
    await unchanged(before);
  });
});
