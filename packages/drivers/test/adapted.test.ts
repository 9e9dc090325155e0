// A plugin of an older contract in a host of the newer one: the same conversions on every boundary.
import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createAdapter } from "@tenon/abi/adapt";
import { TenonError, resolveWit } from "@tenon/contract";
import { takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import { NEWER, OLDER } from "./fixtures/older-contract.mjs";

const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).href;
const snapshot = (text: string): Snapshot => {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, loaded.resolve.worlds.length - 1);
};
const adapter = createAdapter(snapshot(OLDER), snapshot(NEWER));
const ARTIFACTS = {
  import: { module: fixture("older-plugin.mjs") },
  worker: { module: fixture("older-plugin.mjs") },
  stdio: { command: [process.execPath, fileURLToPath(fixture("serve-older.mjs"))] },
};
const withCode = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof TenonError && error.code === code && text.test(error.message);

for (const [boundary, artifact] of Object.entries(ARTIFACTS)) {
  describe(boundary, () => {
    test("arguments, results and host functions are converted; what has no counterpart is refused", async () => {
      const notes: unknown[][] = [];
      await using host = createHost({ drivers: [importDriver, workerDriver, stdioDriver], validate: true });
      const note = (...args: unknown[]): number => notes.push(args);
      const options = { id: "older", boundary, artifact, imports: { host: { note } } };
      const plugin = await host.load(adapter.host, { ...options, adapter });
      const job = { id: 5n, colour: "blue", note: "dropped", weight: 1 };
      const answer = { id: 6n, colour: "red", note: undefined, weight: 7 };
      assert.deepEqual(await plugin.invoke("jobs.run", [job]), { tag: "ok", val: answer });
      assert.deepEqual(notes, [['{"id":5,"colour":"red"}', "error", undefined]]);
      assert.equal(await plugin.invoke("jobs.total", []), 200);
      await assert.rejects(plugin.invoke("jobs.stop", []), withCode("function-missing", /was built before jobs\.stop/));
      const large = { ...job, id: 2n ** 32n };
      await assert.rejects(
        plugin.invoke("jobs.run", [large]),
        withCode("value-invalid", /job\.id.*4294967296 is no u32/),
      );
      assert.deepEqual(await plugin.invoke("jobs.run", [job]), { tag: "ok", val: { ...answer, id: 7n } });
    });

    test("without the adapter it is refused", async () => {
      await using host = createHost({ drivers: [importDriver, workerDriver, stdioDriver] });
      const options = { id: "older", boundary, artifact, imports: { host: { note: () => 1 } } };
      await assert.rejects(host.load(adapter.host, options), withCode("contract-mismatch", /./));
    });
  });
}

test("a plugin calls, and is called, where functions were when it was built", async () => {
  const [before, after] = [
    "interface report { log: func(text: string) -> u32; } interface plugin { stop: func() -> u32; } world shop { import report; export plugin; }",
    "interface journal {\n/// @moved-from report.log\nwrite: func(text: string) -> u64; } interface life {\n/// @moved-from plugin.stop\nstop: func() -> u64; } world shop { import journal; export life; }",
  ].map((text, index) => snapshot(`package demo:shop@1.${index}.0; ${text}`)) as [Snapshot, Snapshot];
  const moved = createAdapter(before, after);
  const module = (host: { report: { log(text: string): number } }): object => ({
    plugin: { stop: () => host.report.log("bye") },
  });
  await using host = createHost({ drivers: [importDriver] });
  const plugin = await host.load(moved.host, {
    id: "mover",
    boundary: "import",
    artifact: { module },
    imports: { journal: { write: (text: string) => BigInt(text.length) } },
    adapter: moved,
  });
  assert.equal(await plugin.invoke("life.stop", []), 3n);
});

test("an adapter for another contract than the host's is refused", async () => {
  await using host = createHost({ drivers: [importDriver] });
  const options = {
    id: "older",
    boundary: "import",
    artifact: ARTIFACTS.import,
    imports: { host: { note: () => 1 } },
    adapter,
  };
  assert.throws(() => host.register(adapter.plugin, options), withCode("config-invalid", /is for test:adapt/));
});
