// The life of a plugin is a total state machine: explored exhaustively to a depth, not by examples alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_RESTART, INITIAL_LIFE, nextLife, type Life, type LifeEvent } from "@tenon/host";

const policy = {
  ...DEFAULT_RESTART,
  backoffMs: 100,
  maxBackoffMs: 400,
  maxCrashes: 3,
  windowMs: 1000,
  healthyMs: 5000,
  openMs: 2000,
};
const EVENTS: readonly LifeEvent[] = [
  { type: "demand" },
  { type: "started" },
  { type: "lost", restart: true },
  { type: "lost", restart: false },
  { type: "elapsed" },
  { type: "close" },
];

test("every sequence of four events at two paces keeps the invariants", () => {
  let explored = 0;
  const walk = (life: Life, now: number, depth: number): void => {
    explored++;
    if (life.name !== "closed") assert.ok(life.crashes.length <= policy.maxCrashes + 1, "crash history stays bounded");
    if (life.name === "backoff") assert.ok(life.until <= now + policy.maxBackoffMs);
    if (depth === 0) return;
    for (const event of EVENTS) {
      for (const pace of [1, 2500]) {
        const next = nextLife(life, event, policy, now + pace, 0.5);
        if (life.name === "closed") assert.equal(next.name, "closed", "closed is final");
        if (event.type === "close") assert.equal(next.name, "closed");
        if (next.name === "ready" && life.name !== "ready")
          assert.deepEqual([life.name, event.type], ["starting", "started"]);
        if (next.name === "starting" && life.name === "open")
          assert.ok(now + pace >= life.until, "an open circuit waits its time");
        walk(next, now + pace, depth - 1);
      }
    }
  };
  walk(INITIAL_LIFE, 0, 4);
  assert.ok(explored > 10_000);
});

const run = (events: readonly [LifeEvent["type"], number][]): Life =>
  events.reduce<Life>(
    (life, [type, now]) => nextLife(life, type === "lost" ? { type, restart: true } : { type }, policy, now, 0),
    INITIAL_LIFE,
  );

test("waits double with each crash and the third crash opens the circuit", () => {
  const first = run([
    ["demand", 0],
    ["started", 1],
    ["lost", 10],
  ]);
  assert.deepEqual(first, { name: "backoff", crashes: [10], until: 60 });
  const second = run([
    ["demand", 0],
    ["started", 1],
    ["lost", 10],
    ["elapsed", 60],
    ["started", 61],
    ["lost", 70],
  ]);
  assert.deepEqual(second, { name: "backoff", crashes: [10, 70], until: 170 });
  const third = nextLife(
    nextLife(second, { type: "elapsed" }, policy, 170, 0),
    { type: "lost", restart: true },
    policy,
    180,
    0,
  );
  assert.deepEqual(third, { name: "open", crashes: [10, 70, 180], until: 2180 });
});

test("an open circuit lets one probe through after its time; a failed probe opens it again, a good one closes it", () => {
  const open: Life = { name: "open", crashes: [1, 2, 3], until: 2000 };
  assert.equal(nextLife(open, { type: "demand" }, policy, 1999, 0), open);
  const probe = nextLife(open, { type: "demand" }, policy, 2000, 0);
  assert.deepEqual(probe, { name: "starting", crashes: [1, 2, 3], probe: true });
  assert.equal(nextLife(probe, { type: "lost", restart: true }, policy, 2100, 0).name, "open");
  assert.equal(nextLife(probe, { type: "started" }, policy, 2100, 0).name, "ready");
});

test("crashes are forgotten after a healthy time", () => {
  const ready: Life = { name: "ready", crashes: [1, 2], since: 100 };
  assert.deepEqual(nextLife(ready, { type: "lost", restart: true }, policy, 5100, 0), {
    name: "backoff",
    crashes: [5100],
    until: 5150,
  });
});
