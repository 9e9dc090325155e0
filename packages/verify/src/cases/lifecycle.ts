// Loading what does not fit, closing at any moment, and leaving nothing behind.
import assert from "node:assert/strict";
import { exemptInGraph, type ConformanceCase } from "../case.ts";
import { rejection } from "../expect.ts";
import { takeSnapshot, unchanged } from "../snapshot.ts";

const START_MS = 700;

export const lifecycleCases: readonly ConformanceCase[] = [
  {
    name: "load/a plugin of another contract is refused before its first call",
    run: async ({ refused }) => {
      const error = await refused("other-contract");
      assert.equal(error.code, "contract-mismatch");
      assert.match(error.what, /tenon:conformance\/plugin@0\.1\.0/, "the message shows both sides");
      assert.match(error.what, /0000000/);
      assert.equal(error.sideEffects, "none");
    },
  },
  {
    name: "load/a plugin that lacks functions is refused with their names",
    run: async ({ refused }) => {
      const error = await refused("incomplete");
      assert.equal(error.code, "function-missing");
      assert.match(error.what, /values\.nothing/);
      assert.match(error.what, /calls\.sleep/);
    },
  },
  {
    name: "load/a plugin that throws while it loads is a failed start with its text",
    run: async ({ refused }) => {
      const error = await refused("throws");
      assert.equal(error.code, "start-failed");
      assert.match([error.what, ...error.notes].join("\n"), /cannot load on purpose/);
    },
  },
  {
    name: "load/a plugin that never becomes ready is given up in time",
    exempt: exemptInGraph,
    run: async ({ refused }) => {
      const error = await refused("stuck", { limits: { startMs: START_MS } });
      assert.equal(error.code, "start-failed");
      assert.match(error.what, new RegExp(`${START_MS} ms`));
    },
  },
  {
    name: "close/is idempotent, and later calls are refused",
    run: async ({ fresh }) => {
      const { plugin } = await fresh();
      assert.equal(await plugin.values.echoU8(1), 1);
      await Promise.all([plugin.close(), plugin.close()]);
      await plugin.close();
      await rejection(plugin.values.echoU8(1), "session-closed");
      assert.equal(plugin.state, "closed");
    },
  },
  {
    name: "close/with calls in flight settles each of them",
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ limits: { closeGraceMs: 500 } });
      const calls = [plugin.calls.sleep(50), plugin.calls.sleep(1500), plugin.values.echoU32(1)];
      const settled = Promise.allSettled(calls);
      await plugin.close();
      for (const outcome of await settled) {
        const code = outcome.status === "rejected" ? (outcome.reason as { readonly code?: unknown }).code : undefined;
        assert.ok(outcome.status === "fulfilled" || code === "session-closed", String(code));
      }
    },
  },
  {
    name: "close/before the start is over",
    run: async ({ fresh }) => {
      const { plugin } = await fresh();
      await plugin.close();
      assert.equal(plugin.state, "closed");
    },
  },
  {
    name: "leaks/nothing is left after plugins were opened, used, crashed and closed",
    run: async ({ fresh, traits }) => {
      const cycle = async (): Promise<void> => {
        const { plugin } = await fresh({ restart: { backoffMs: 1 } });
        await Promise.all([plugin.values.echoString("x"), plugin.calls.sleep(1)]);
        // A guest that has no way to end itself traps.
        if (traits.isolation !== "none") await rejection(plugin.calls.exit(1), "plugin-crashed", "plugin-trap");
        await plugin.close();
      };
      // The first rounds start what the process keeps: thread pool, shared helpers, modules.
      await cycle();
      await cycle();
      const before = takeSnapshot();
      for (let round = 0; round < 3; round++) await cycle();
      await unchanged(before);
    },
  },
];
