// Deadlines share one timer: each expires once, none early, removed ones never.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Deadlines } from "../dist/deadlines.js";

test("waits expire once, in the order of their deadlines and never early", async () => {
  const deadlines = new Deadlines();
  const now = performance.now();
  const expired: [number, number][] = [];
  for (const ms of [40, 10, 25, 10]) deadlines.add(now + ms, () => expired.push([ms, performance.now() - now]));
  const removed = deadlines.add(now + 15, () => assert.fail("was removed"));
  deadlines.remove(removed);
  deadlines.remove(removed);
  while (expired.length < 4) await sleep(5);
  assert.deepEqual(
    expired.map(([ms]) => ms),
    [10, 10, 25, 40],
  );
  for (const [ms, took] of expired) assert.ok(took >= ms);
  assert.equal(deadlines.size, 0);
});

test("waits that are due together after a pause of the thread expire in their order", async () => {
  const deadlines = new Deadlines();
  const now = performance.now();
  const expired: number[] = [];
  for (const ms of [60, 5, 35]) deadlines.add(now + ms, () => expired.push(ms));
  while (performance.now() < now + 80);
  while (expired.length < 3) await sleep(1);
  assert.deepEqual(expired, [5, 35, 60]);
});

test("an expired wait may add another one", async () => {
  const deadlines = new Deadlines();
  await new Promise<void>((resolve) => {
    deadlines.add(performance.now() + 1, () => deadlines.add(performance.now() + 1, resolve));
    // The timers are unref'ed on purpose; something else must keep this test's loop alive.
    const keep = setInterval(() => {}, 5);
    setTimeout(() => clearInterval(keep), 200).unref();
  });
  assert.equal(deadlines.size, 0);
});
