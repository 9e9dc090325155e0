// Streams and futures behind the component boundary: what a contract says of them, fuel and budgets, and the end of an instance.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract, TenonError } from "@tenon/contract";
import { createAdapter } from "@tenon/abi/adapt";
import { takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { createComponentDriver } from "@tenon/drivers/component";
import type { ComponentArtifact } from "@tenon/drivers/component";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import type { Plugin } from "@tenon/host";
import { STREAM_WIT, streamComponent } from "@tenon/wasm/testing";
import { assemble } from "./wasm-guests.ts";

interface Exports {
  readonly sum: (s: AsyncIterable<Uint8Array>) => Promise<number>;
  readonly sumFetched: (n: number) => Promise<number>;
  readonly count: (most: number) => Promise<AsyncIterable<Uint32Array>>;
  readonly later: (f: Promise<number>) => Promise<number>;
  readonly promise: () => Promise<Promise<number>>;
}
interface Imports {
  readonly fetch: (n: number) => AsyncIterable<Uint8Array>;
}
const contract = contractFromResolve(resolveWit(STREAM_WIT).resolve, 0) as Contract<Exports, Imports>;
const module = streamComponent(assemble);
function snapshotOf(text: string): Snapshot {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, 0);
}

const driver = createComponentDriver({ worker: workerDriver });

async function* bytes(count: number, size = 1): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) {
    await turn();
    yield new Uint8Array(size).fill(1);
  }
}

async function use(
  artifact: Partial<ComponentArtifact>,
  work: (plugin: Plugin<Exports>) => Promise<void>,
): Promise<void> {
  await using host = createHost({ drivers: [driver] });
  const plugin = await host.load(contract, {
    id: "streams",
    boundary: "component",
    artifact: { module, ...artifact },
    imports: { fetch: (n) => bytes(n) },
  });
  await work(plugin);
}

describe("streams behind the component boundary", () => {
  test("cross both ways, as values of calls and of host functions", async () => {
    await use({}, async (plugin) => {
      assert.equal(await plugin.sum(bytes(10, 3)), 30);
      assert.equal(await plugin.sumFetched(7), 7);
      const seen: number[] = [];
      for await (const chunk of await plugin.count(4)) seen.push(...chunk);
      assert.deepEqual(seen, [0, 1, 2, 3]);
      assert.equal(await plugin.later(turn(4)), 5);
      assert.equal(await plugin.promise(), 7);
    });
  });

  test("a chunk is work like a call's: a long stream does not run dry, one chunk too costly does", async () => {
    await use({ fuel: 400 }, async (plugin) => {
      let seen = 0;
      for await (const chunk of await plugin.count(2_000)) seen += chunk.length;
      assert.equal(seen, 2_000);
    });
    await use({ fuel: 400 }, async (plugin) => {
      await assert.rejects(plugin.sum(bytes(1, 100_000)), (error: TenonError) => error.code === "resource-exhausted");
    });
  });

  test("convert between versions of a contract, a chunk at a time", async () => {
    const newer = STREAM_WIT.replaceAll("stream<u8>", "stream<u16>")
      .replaceAll("stream<u32>", "stream<u64>")
      .replaceAll("future<u32>", "future<u64>");
    const adapter = createAdapter(snapshotOf(STREAM_WIT), snapshotOf(newer));
    await using host = createHost({ drivers: [driver] });
    const wide = async function* (count: number, value = 1): AsyncGenerator<Uint16Array> {
      for (let at = 0; at < count; at++) yield new Uint16Array(3).fill(value);
    };
    const imports = { fetch: (n: number) => wide(n) };
    const options = { id: "adapted", boundary: "component", artifact: { module }, imports, adapter };
    const plugin = await host.load(adapter.host, options);
    assert.equal(await plugin.invoke("sum", [wide(10)]), 30);
    assert.equal(await plugin.invoke("sum-fetched", [4]), 12);
    const seen: bigint[] = [];
    for await (const chunk of (await plugin.invoke("count", [3])) as AsyncIterable<BigUint64Array>) seen.push(...chunk);
    assert.deepEqual(seen, [0n, 1n, 2n]);
    // What is resolved with a promise is that promise's value.
    assert.equal(await plugin.invoke("later", [Promise.resolve(4n)]), 5);
    assert.equal(await plugin.invoke("promise", []), 7n);
  });

  test("an instance whose turn is over lives on until its streams are read", async () => {
    await use({ instances: "per-call" }, async (plugin) => {
      const first = await plugin.count(3);
      assert.equal(await plugin.sum(bytes(2)), 2);
      const seen: number[] = [];
      for await (const chunk of first) seen.push(...chunk);
      assert.deepEqual(seen, [0, 1, 2]);
    });
  });

  test("a plugin that is closed cuts its streams off with an error, not with an end", async () => {
    let stream: AsyncIterable<Uint32Array> | undefined;
    await use({}, async (plugin) => void (stream = await plugin.count(1_000)));
    await assert.rejects(
      async () => {
        for await (const chunk of stream!) assert.ok(chunk.length > 0);
      },
      (error: TenonError) => error.code === "session-closed",
    );
  });

  test("do not cross to a thread: the contract is refused there", async () => {
    await assert.rejects(
      use({ isolation: "worker" }, async () => {}),
      (error: TenonError) =>
        error.code === "boundary-unsupported" && /streams \(stream\) do not cross/.test(error.message),
    );
  });
});
