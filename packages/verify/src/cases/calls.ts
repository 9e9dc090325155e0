// Calls in both directions: synchronous, asynchronous, many at once, nested, failing.
import assert from "node:assert/strict";
import { exemptWithoutCallbacks, exemptWithoutSync, type ConformanceCase } from "../case.ts";
import { rejection } from "../expect.ts";

export const callCases: readonly ConformanceCase[] = [
  {
    name: "calls/100 at once each get their own answer",
    run: async ({ shared }) => {
      const { values } = await shared();
      const numbers = Array.from({ length: 100 }, (_, index) => index * 1000);
      assert.deepEqual(await Promise.all(numbers.map((n) => values.echoU32(n))), numbers);
    },
  },
  {
    name: "calls/slow and fast ones do not mix up their answers",
    run: async ({ shared }) => {
      const { calls, values } = await shared();
      const waits = [30, 1, 20, 2, 10, 3];
      const all = [...waits.map((ms) => calls.sleep(ms)), ...waits.map((n) => values.echoU32(n))];
      assert.deepEqual(await Promise.all(all), [...waits, ...waits]);
    },
  },
  {
    name: "calls/synchronous ones return the value itself",
    exempt: exemptWithoutSync,
    run: async ({ shared }) => {
      const { sync } = await shared();
      assert.equal(sync.values.echoU32(7), 7);
      assert.equal(sync.values.echoString("h\u00e9"), "h\u00e9");
      assert.deepEqual(sync.values.echoPerson({ name: "Ada", age: 36, tags: ["x"] }).tags, ["x"]);
      assert.equal(sync.values.nothing(), undefined);
      assert.throws(() => sync.calls.fail("on purpose"), /on purpose/);
    },
  },
  {
    name: "calls/a synchronous call can call the host",
    exempt: (traits) => exemptWithoutSync(traits) ?? exemptWithoutCallbacks(traits),
    run: async ({ shared }) => {
      const { sync } = await shared();
      assert.equal(sync.calls.callHost(21), 42);
    },
  },
  {
    name: "callbacks/a host function that answers at once",
    exempt: exemptWithoutCallbacks,
    run: async ({ shared }) => {
      const { calls } = await shared();
      assert.deepEqual(await Promise.all([1, 2, 3].map((n) => calls.callHost(n))), [2, 4, 6]);
    },
  },
  {
    name: "callbacks/a host function that answers later",
    exempt: exemptWithoutCallbacks,
    run: async ({ shared }) => {
      const { calls } = await shared();
      assert.deepEqual(await Promise.all([1, 2, 3].map((n) => calls.callHostAsync(n))), [2, 4, 6]);
    },
  },
  {
    name: "callbacks/a failing host function fails the call with its text",
    exempt: exemptWithoutCallbacks,
    run: async ({ shared }) => {
      const { calls, values } = await shared();
      const error = await rejection(calls.callHostFailing(), "host-function-failed", "plugin-trap");
      assert.match(error.message, /broken on purpose/);
      assert.doesNotMatch(error.message, /\.[jt]s:\d/, "no stack goes to the plugin and back");
      assert.equal(await values.echoU8(1), 1);
    },
  },
  {
    name: "callbacks/host and plugin call each other ten levels deep",
    exempt: exemptWithoutCallbacks,
    run: async ({ shared }) => {
      const { calls } = await shared();
      assert.equal(await calls.reenter(10), 10);
    },
  },
  {
    name: "callbacks/many at once",
    exempt: exemptWithoutCallbacks,
    run: async ({ shared }) => {
      const { calls } = await shared();
      const numbers = Array.from({ length: 100 }, (_, index) => index);
      assert.deepEqual(
        await Promise.all(numbers.map((n) => (n % 2 === 0 ? calls.callHost(n) : calls.callHostAsync(n)))),
        numbers.map((n) => 2 * n),
      );
    },
  },
  {
    name: "calls/one megabyte and more, both ways",
    run: async ({ shared }) => {
      const { calls, values } = await shared();
      const big = await calls.big(1_000_003);
      assert.equal(big.length, 1_000_003);
      assert.ok(big.every((byte, index) => byte === index % 251));
      const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 256);
      assert.deepEqual(await values.echoBytes(bytes), bytes);
      const text = "\u00fc".repeat(500_000);
      assert.equal((await values.echoString(text)) === text, true);
    },
  },
];
