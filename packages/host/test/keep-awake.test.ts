import assert from "node:assert/strict";
import { test } from "node:test";
import { KeepAwake } from "../dist/wire/keep-awake.js";

/** One call whose answer comes at once or never; tells whether the loop was kept awake for it. */
async function isAwakeFor(awake: { began(): void }, looks: { count: number }): Promise<boolean> {
  looks.count = 0;
  awake.began();
  await new Promise((resolve) => setTimeout(resolve, 2));
  // Timers may come due before the first turn in which an immediate runs.
  await new Promise((resolve) => setImmediate(resolve));
  return looks.count > 0;
}

function make(): { awake: KeepAwake; looks: { count: number }; state: { hasPending: boolean } } {
  const looks = { count: 0 };
  const state = { hasPending: true };
  const awake = new KeepAwake(() => {
    looks.count++;
    return state.hasPending;
  });
  return { awake, looks, state };
}

test("the loop is kept awake for answers, and no longer when they do not come", async () => {
  const { awake, looks } = make();
  let calls = 0;
  while (await isAwakeFor(awake, looks)) assert.ok(++calls < 100, "it never learns");
  assert.ok(calls > 3, "one slow call is no lesson");
});

test("after a rest it tries again, and goes on where that pays", async () => {
  const { awake, looks, state } = make();
  while (await isAwakeFor(awake, looks));
  state.hasPending = false;
  // The rest is counted in calls, so that an idle plugin does not use it up.
  let skipped = 0;
  while (!(await isAwakeFor(awake, looks))) assert.ok(++skipped < 1000, "it never tries again");
  for (let call = 0; call < 50; call++) assert.ok(await isAwakeFor(awake, looks));
});
