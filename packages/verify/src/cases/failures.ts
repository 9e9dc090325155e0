// What goes wrong in a plugin becomes one typed error for each call that it concerns, and nobody else notices.
import assert from "node:assert/strict";
import { exemptInGraph, exemptWithoutCallbacks, exemptWithoutTermination, type ConformanceCase } from "../case.ts";
import { eventually, rejection } from "../expect.ts";

/** Restarts at once, so that a case does not wait. */
const AT_ONCE = { backoffMs: 1 };

export const failureCases: readonly ConformanceCase[] = [
  {
    name: "failures/a throw is plugin-trap with the plugin's own text",
    run: async ({ shared }) => {
      const { calls, values } = await shared();
      const error = await rejection(calls.fail("no such compiler: \u00fc"), "plugin-trap");
      assert.match(error.what, /no such compiler: \u00fc/);
      assert.equal(error.call, "calls.fail");
      assert.equal(error.sideEffects, "unknown");
      assert.equal(await values.echoU8(1), 1);
    },
  },
  {
    name: "failures/a result of the contract is a value, not a throw",
    run: async ({ shared }) => {
      const { values } = await shared();
      assert.deepEqual(await values.echoResult({ tag: "err", val: "mine" }), { tag: "err", val: "mine" });
    },
  },
  {
    name: "deadline/a call rejects when its time is over",
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ restart: AT_ONCE });
      const error = await rejection(plugin.calls.sleep(400, { deadlineMs: 30 }), "deadline-exceeded");
      assert.equal(error.call, "calls.sleep");
    },
  },
  {
    name: "deadline/a loop is stopped and the plugin works again",
    exempt: exemptWithoutTermination,
    run: async ({ fresh }) => {
      const { plugin, events } = await fresh({ restart: AT_ONCE, limits: { cancelGraceMs: 20 } });
      await rejection(plugin.calls.spin({ deadlineMs: 50 }), "deadline-exceeded");
      await eventually("the plugin is stopped", () => events.some(({ type }) => type === "crashed"));
      assert.equal(await plugin.values.echoU32(5, { deadlineMs: 20_000 }), 5);
    },
  },
  {
    name: "cancel/the caller is free at once",
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ restart: AT_ONCE });
      const abort = new AbortController();
      const pending = plugin.calls.sleep(300, { signal: abort.signal });
      abort.abort();
      await rejection(pending, "cancelled");
      await rejection(plugin.calls.sleep(1, { signal: abort.signal }), "cancelled");
    },
  },
  {
    name: "cancel/the plugin is told",
    exempt: exemptWithoutCallbacks,
    run: async ({ fresh }) => {
      const { plugin, notes } = await fresh({ limits: { cancelGraceMs: 5000 } });
      const abort = new AbortController();
      const pending = plugin.calls.waitCancel(10_000, { signal: abort.signal });
      // The call must have arrived before it can be cancelled over there.
      assert.equal(await plugin.values.echoU8(1), 1);
      abort.abort();
      await rejection(pending, "cancelled");
      await eventually("the plugin notes the cancellation", () => notes.length > 0);
      assert.deepEqual(notes, ["cancelled"]);
    },
  },
  {
    name: "crash/every call in flight rejects once, and the next one finds a new plugin",
    exempt: exemptInGraph,
    run: async ({ fresh }) => {
      const { plugin, events } = await fresh({ restart: AT_ONCE });
      let settled = 0;
      const waiting = Array.from({ length: 10 }, () => plugin.calls.sleep(20_000).finally(() => void settled++));
      const exit = plugin.calls.exit(3);
      const errors = await Promise.all([...waiting, exit].map((pending) => rejection(pending, "plugin-crashed")));
      assert.equal(settled, 10);
      assert.ok(errors.every((error) => error.sideEffects === "unknown" && error.plugin === plugin.id));
      assert.equal(await plugin.values.echoU32(9, { deadlineMs: 20_000 }), 9);
      assert.equal(events.filter(({ type }) => type === "crashed").length, 1);
    },
  },
  {
    name: "crash/an exit with code 0 in the middle of a call is a crash",
    exempt: exemptInGraph,
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ restart: AT_ONCE });
      await rejection(plugin.calls.exit(0), "plugin-crashed");
    },
  },
  {
    name: "crash/other plugins do not notice",
    exempt: exemptInGraph,
    run: async ({ shared, fresh }) => {
      const healthy = await shared();
      const { plugin } = await fresh({ restart: AT_ONCE });
      const busy = Promise.all([healthy.calls.sleep(50), healthy.values.echoString("still here")]);
      await rejection(plugin.calls.exit(1), "plugin-crashed");
      assert.deepEqual(await busy, [50, "still here"]);
      assert.equal(await healthy.values.echoU8(2), 2);
    },
  },
  {
    name: "crash/a throw outside of any call costs at most the plugin",
    exempt: exemptInGraph,
    run: async ({ fresh }) => {
      const { plugin } = await fresh({ restart: AT_ONCE });
      await plugin.calls.lateThrow().catch(() => {
        // Whether the answer still left the plugin before the throw is up to its scheduler.
      });
      await eventually("the plugin answers again", () => plugin.state === "ready");
      const answer = await plugin.values.echoU8(1).catch(() => plugin.values.echoU8(1, { deadlineMs: 20_000 }));
      assert.equal(answer, 1);
    },
  },
];
