// What an artifact grants of WASI beside files: the network, clocks and random bytes, in each place where a component runs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { createHost } from "@tenon/host";
import type { Plugin } from "@tenon/host";
import { componentDriver } from "tenon/component";
import type { ComponentArtifact } from "tenon/component";
import { wasmDriver } from "tenon/wasm";
import { networkComponent, networkContract } from "./component-network.ts";
import type { NetworkExports } from "./component-network.ts";
import { contract as wasmContract, guest } from "./wasm-guests.ts";

/** On a thread of its own: a component on the host's thread blocks it while it waits. */
const SERVER = `const { createServer } = require("node:net"); const { parentPort } = require("node:worker_threads");
  const server = createServer((socket) => { socket.on("error", () => {}); socket.end("hello"); });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;
let server: Worker;
let port: number;
before(async () => {
  server = new Worker(SERVER, { eval: true });
  [port] = (await once(server, "message")) as [number];
});
after(() => server.terminate());

async function use(
  artifact: Partial<ComponentArtifact>,
  work: (api: Plugin<NetworkExports>["api"]) => Promise<void>,
): Promise<void> {
  await using host = createHost({ drivers: [componentDriver] });
  const plugin = await host.load(networkContract, {
    id: "p",
    boundary: "component",
    artifact: { module: networkComponent, ...artifact },
  });
  await work(plugin.api);
}

const ACCESS_DENIED = 101;

for (const isolation of ["inline", "worker", "process"] as const) {
  test(`${isolation}: a component reaches what it was granted, and nothing without`, async () => {
    await use({ isolation, wasi: { network: { allow: [`127.0.0.1:${port}`] } } }, async (api) => {
      assert.equal(await api.read(port), "hello".length);
      assert.equal(await api.read(port), "hello".length, "and once more, in the same instance");
      assert.equal(await api.read(port + 1), ACCESS_DENIED);
    });
    await use({ isolation, wasi: { network: { allow: ["127.0.0.1:1"] } } }, async (api) => {
      assert.equal(await api.read(port), ACCESS_DENIED);
    });
    await use({ isolation }, async (api) => {
      assert.equal(await api.read(port), ACCESS_DENIED);
    });
  });

  test(`${isolation}: clocks and random bytes are what the artifact says`, async () => {
    await use({ isolation, wasi: { clocks: "none", random: { seed: 7 } } }, async (api) => {
      assert.equal(await api.now(), await api.now());
      const first = await api.random();
      await use({ isolation, wasi: { random: { seed: 7 } } }, async (again) => {
        assert.equal(await again.random(), first);
      });
      await use({ isolation }, async (other) => {
        assert.notEqual(await other.random(), first);
        const now = await other.now();
        await new Promise((resolve) => setTimeout(resolve, 5));
        assert.ok((await other.now()) > now);
      });
    });
  });
}

test("sockets count as open files of the instance", async () => {
  const wasi = { network: { allow: [`127.0.0.1:${port}`] } };
  await use({ wasi, budget: { maxOpenFiles: 0 } }, async (api) => {
    assert.ok((await api.read(port)) > 100);
  });
});

test("grants that mean nothing are refused when the plugin is loaded", async () => {
  for (const [wasi, what] of [
    [{ network: { allow: ["everything"] } }, /everything/],
    [{ clocks: "exact" }, /artifact\.wasi\.clocks is exact/],
    [{ random: { seed: 0.5 } }, /artifact\.wasi\.random/],
  ] as const)
    for (const isolation of ["inline", "process"] as const)
      await assert.rejects(
        use({ isolation, wasi: wasi as never }, async () => {}),
        { code: "config-invalid", message: what },
        isolation,
      );
});

test("a core module has no sockets to grant", async () => {
  await using host = createHost({ drivers: [wasmDriver] });
  const artifact = { module: guest(), wasi: { network: { allow: ["127.0.0.1:1"] } } };
  const imports = { host: { tick: (n: number) => n } };
  await assert.rejects(host.load(wasmContract, { id: "p", boundary: "wasm", artifact, imports }), {
    code: "config-invalid",
    message: /preview1 has no sockets/,
  });
});
