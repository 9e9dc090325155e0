// R19: a component that opens ten thousand sockets and closes none has as many as its instance may, and they end with it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { createHost } from "@tenon/host";
import type { Plugin } from "@tenon/host";
import { takeBaseline } from "@tenon/verify/faults";
import { componentDriver } from "tenon/component";
import type { ComponentArtifact } from "tenon/component";
import { socketsComponent, socketsContract } from "./component-sockets.ts";
import type { SocketExports } from "./component-sockets.ts";

/** On a thread of its own: a component on the host's thread blocks it while it waits. */
const SERVER = `const { createServer } = require("node:net"); const { parentPort } = require("node:worker_threads");
  const server = createServer((socket) => { socket.on("error", () => {}); socket.resume(); });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;
let server: Worker;
let port: number;
before(async () => {
  server = new Worker(SERVER, { eval: true });
  [port] = (await once(server, "message")) as [number];
});
after(() => server.terminate());

const MAX = 200;
const TRIES = 10_000;
const NEW_SOCKET_LIMIT = 10;
const DEADLINE = { deadlineMs: 60_000 };
type Api = Plugin<SocketExports>["sockets"];

async function use(artifact: Partial<ComponentArtifact>, work: (api: Api) => Promise<void>): Promise<void> {
  await using host = createHost({ drivers: [componentDriver] });
  const plugin = await host.load(socketsContract, {
    id: "p",
    boundary: "component",
    artifact: {
      module: socketsComponent,
      wasi: { network: { allow: [`127.0.0.1:${port}`] } },
      budget: { maxOpenFiles: MAX },
      ...artifact,
    },
  });
  await work(plugin.sockets);
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;
const KINDS: readonly (readonly [kind: string, open: (api: Api) => Promise<number>])[] = [
  ["TCP", (api) => api.connect(TRIES, port, DEADLINE)],
  ["UDP", (api) => api.bind(TRIES, DEADLINE)],
];

const skip = process.platform === "linux" ? false : "counts descriptors under /proc";
describe("R19: a component that opens ten thousand sockets", { skip }, () => {
  // What Node keeps once it was needed, such as the threads that read files, is there before anything is counted.
  before(() => use({ isolation: "process" }, async (api) => assert.equal(await api.bind(0), 0)));

  for (const isolation of ["inline", "worker", "process"] as const) {
    for (const [kind, open] of KINDS) {
      test(`${isolation}: ${kind}: gets what its instance may have, and all of them end with it`, async () => {
        const baseline = takeBaseline({ mayHoldLoop: isolation === "inline" });
        await use({ isolation }, async (api) => {
          const before = openFiles();
          assert.equal(await open(api), MAX);
          assert.equal(await api.why(), NEW_SOCKET_LIMIT);
          // Those of a process of its own are none of the host's.
          if (isolation !== "process") assert.ok(openFiles() >= before + MAX, "they are sockets of the system");
          assert.equal(await open(api), 0, "the limit is that of the instance, and not of a call");
        });
        await baseline.holds();
      });
    }
  }

  for (const [kind, open] of KINDS) {
    test(`${kind}: a fresh instance for each call may have as many again, since those of the last are closed`, async () => {
      const baseline = takeBaseline({ mayHoldLoop: true });
      await use({ instances: "per-call" }, async (api) => {
        for (let call = 0; call < 3; call++) assert.equal(await open(api), MAX);
      });
      await baseline.holds();
    });
  }
});
