// The life of a plugin is a total state machine: every state meets every event, and all that can be reached is explored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_RESTART, INITIAL_LIFE, isServing, nextLife, wakesAt, type Life, type LifeEvent } from "@tenon/host";

const policy = {
  ...DEFAULT_RESTART,
  backoffMs: 100,
  maxBackoffMs: 400,
  maxCrashes: 3,
  windowMs: 1000,
  healthyMs: 5000,
  openMs: 2000,
  maxOpenings: 2,
  openingsWindowMs: 20_000,
};
const EVENTS: readonly LifeEvent[] = [
  { type: "demand" },
  { type: "started" },
  { type: "lost", restart: true },
  { type: "lost", restart: false },
  { type: "elapsed" },
  { type: "upgrade" },
  { type: "promoted", probationMs: 3000 },
  { type: "abandoned" },
  { type: "quarantine", why: "asked" },
  { type: "release" },
  { type: "drain" },
  { type: "close" },
];

const clean = { crashes: [], openings: [] };
const NOW = 10_000;
const IDLE = { name: "idle", ...clean } as const;
const ready = { name: "ready", ...clean, since: NOW - 10, probation: undefined } as const;
const backoff = { name: "backoff", ...clean, crashes: [NOW - 10], until: NOW, isWanted: true } as const;
const open = { name: "open", ...clean, until: NOW } as const;
/** One of each kind, with what each event makes of it at `NOW`, in the order of EVENTS; `.` for the same object. */
const TABLE: readonly (readonly [Life, string])[] = [
  [INITIAL_LIFE, "starting . . . . upgrading . . quarantined . draining closed"],
  [{ name: "starting", ...clean, cause: "demand" }, ". ready backoff closed . . . . quarantined . draining closed"],
  [{ name: "starting", ...clean, cause: "probe" }, ". ready open closed . . . . quarantined . draining closed"],
  [ready, ". . backoff closed . upgrading . . quarantined . draining closed"],
  [{ ...ready, crashes: [NOW - 2, NOW - 1] }, ". . open closed . upgrading . . quarantined . draining closed"],
  [{ ...ready, probation: NOW + 1 }, ". . starting starting . upgrading . . quarantined . draining closed"],
  [{ ...ready, probation: NOW }, ". . backoff closed . upgrading . . quarantined . draining closed"],
  [
    { ...ready, crashes: [NOW - 2, NOW - 1], openings: [NOW - 3] },
    ". . quarantined closed . upgrading . . quarantined . draining closed",
  ],
  [backoff, ". . . . starting upgrading . . quarantined . draining closed"],
  [{ ...backoff, until: NOW + 1 }, ". . . . . upgrading . . quarantined . draining closed"],
  [{ ...backoff, isWanted: false }, "backoff . . . starting upgrading . . quarantined . draining closed"],
  [open, "starting . . . . upgrading . . quarantined . draining closed"],
  [{ ...open, until: NOW + 1 }, ". . . . . upgrading . . quarantined . draining closed"],
  [{ name: "upgrading", base: IDLE }, ". . . . . . ready idle quarantined . draining closed"],
  [{ name: "upgrading", base: ready }, ". . upgrading upgrading . . ready ready quarantined . draining closed"],
  [{ name: "upgrading", base: backoff }, ". . . . . . ready backoff quarantined . draining closed"],
  [{ name: "upgrading", base: open }, ". . . . . . ready open quarantined . draining closed"],
  [{ name: "upgrading", base: { name: "closed" } }, ". . . . . . ready closed quarantined . draining closed"],
  [{ name: "quarantined", why: "asked" }, ". . . . . . . . . idle draining closed"],
  [{ name: "draining" }, ". . . . . . . . . . . closed"],
  [{ name: "closed" }, ". . . . . . . . . . . ."],
];

test("every state has an answer to every event", () => {
  for (const [life, row] of TABLE) {
    const expected = row.split(" ");
    assert.equal(expected.length, EVENTS.length);
    for (const [index, event] of EVENTS.entries()) {
      const before = structuredClone(life);
      const next = nextLife(life, event, policy, NOW, 0.5);
      const label = `${JSON.stringify(life)} at ${JSON.stringify(event)}`;
      if (expected[index] === ".") assert.equal(next, life, label);
      else assert.equal(next.name, expected[index], label);
      assert.deepEqual(life, before, "a state is never changed in place");
    }
  }
});

/** What the slot has, as it follows from the events alone. */
interface World {
  readonly life: Life;
  readonly now: number;
  readonly hasSession: boolean;
  readonly isOpening: boolean;
  readonly hasCandidate: boolean;
}

/** Whether the slot could say this: it never tells of a session that it does not have. */
function canHappen(world: World, { type }: LifeEvent): boolean {
  if (type === "started") return world.isOpening;
  if (type === "lost") return world.isOpening || world.hasSession;
  if (type === "promoted" || type === "abandoned") return world.hasCandidate;
  if (type === "elapsed") return wakesAt(world.life) !== undefined && world.now >= wakesAt(world.life)!;
  return true;
}

function step(world: World, event: LifeEvent, now: number): World {
  const life = nextLife(world.life, event, policy, now, 0.5);
  let { hasSession, isOpening, hasCandidate } = world;
  if (event.type === "lost" && hasSession) hasSession = false;
  else if (event.type === "lost") isOpening = false;
  if (event.type === "started") [hasSession, isOpening] = [true, false];
  if (event.type === "promoted") [hasSession, hasCandidate] = [true, false];
  if (event.type === "abandoned") hasCandidate = false;
  if (life !== world.life) {
    if (life.name === "starting") isOpening = true;
    if (life.name === "upgrading" && world.life.name !== "upgrading") hasCandidate = true;
    if (life.name === "quarantined" || life.name === "draining" || life.name === "closed")
      [hasSession, isOpening, hasCandidate] = [false, false, false];
  }
  return { life, now, hasSession, isOpening, hasCandidate };
}

function check(before: World, event: LifeEvent, after: World): void {
  const { life } = after;
  const label = `${JSON.stringify(before)} at ${JSON.stringify(event)} gives ${JSON.stringify(after)}`;
  assert.ok(Number(after.hasSession) + Number(after.isOpening) <= 1, `two sessions: ${label}`);
  assert.equal(after.hasSession, isServing(life), label);
  assert.equal(after.isOpening, life.name === "starting", label);
  assert.equal(after.hasCandidate, life.name === "upgrading", label);
  assert.equal(wakesAt(life) !== undefined, life.name === "backoff" && life.isWanted, label);
  if (before.life.name === "closed") assert.equal(life.name, "closed", label);
  if (before.life.name === "draining") assert.match(life.name, /draining|closed/, label);
  if (before.life.name === "quarantined" && life.name !== "quarantined")
    assert.match(event.type, /release|drain|close/, label);
  if (before.life.name === "open" && life.name === "starting") assert.ok(after.now >= before.life.until, label);
  if (life.name === "backoff") assert.ok(life.until <= after.now + policy.maxBackoffMs, label);
  if (!("crashes" in life)) return;
  assert.ok(life.crashes.length <= policy.maxCrashes && life.openings.length < policy.maxOpenings, label);
  if (!("crashes" in before.life)) return;
  // The budget only shrinks by time: what still counts before a loss counts after it, unless the session was healthy.
  const wasHealthy = before.life.name === "ready" && after.now - before.life.since >= policy.healthyMs;
  if (event.type === "lost" && !wasHealthy && life.name !== "starting") {
    const counting = before.life.crashes.filter((at) => after.now - at < policy.windowMs).length;
    assert.equal(life.crashes.length, Math.min(policy.maxCrashes, counting + 1), label);
  } else if (!wasHealthy) assert.deepEqual(life.crashes, before.life.crashes, label);
}

/** Equal for two worlds of which one is the other at another time. */
function keyOf(world: World): string {
  return JSON.stringify(world, (key, value: unknown) =>
    typeof value === "number" && key !== "now" ? Math.round(world.now - value) : key === "now" ? 0 : value,
  );
}

test("no row of events leads anywhere else than the invariants allow", () => {
  const begin: World = { life: INITIAL_LIFE, now: 0, hasSession: false, isOpening: false, hasCandidate: false };
  let layer = [begin];
  const seen = new Set([keyOf(begin)]);
  const reached = new Set<string>();
  for (let depth = 11; depth > 0; depth--) {
    const next: World[] = [];
    for (const world of layer) {
      for (const pace of [1, 210, 5500]) {
        const now = world.now + pace;
        for (const event of EVENTS) {
          if (!canHappen({ ...world, now }, event)) continue;
          const after = step(world, event, now);
          check(world, event, after);
          reached.add(after.life.name === "quarantined" ? `quarantined: ${after.life.why}` : after.life.name);
          const key = keyOf(after);
          if (seen.has(key)) continue;
          seen.add(key);
          next.push(after);
        }
      }
    }
    layer = next;
  }
  assert.ok(seen.size > 10_000, `${seen.size} worlds`);
  assert.deepEqual(
    [...reached].sort(),
    [
      "backoff",
      "closed",
      "draining",
      "idle",
      "open",
      "quarantined: asked",
      "quarantined: its circuit opened 2 times",
      "ready",
      "starting",
      "upgrading",
    ],
    "all states are reached",
  );
});

const run = (events: readonly (readonly ["demand" | "started" | "lost" | "elapsed", number])[]): Life =>
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
  assert.deepEqual(first, { name: "backoff", crashes: [10], openings: [], until: 60, isWanted: true });
  const second = run([
    ["demand", 0],
    ["started", 1],
    ["lost", 10],
    ["elapsed", 60],
    ["started", 61],
    ["lost", 70],
  ]);
  assert.deepEqual(second, { name: "backoff", crashes: [10, 70], openings: [], until: 170, isWanted: true });
  const restarted = nextLife(second, { type: "elapsed" }, policy, 170, 0);
  const third = nextLife(restarted, { type: "lost", restart: true }, policy, 180, 0);
  assert.deepEqual(third, { name: "open", crashes: [10, 70, 180], openings: [180], until: 2180 });
});

test("an open circuit lets one probe through after its time; a failed probe opens it again, a good one closes it", () => {
  const record = { crashes: [1, 2, 3], openings: [] };
  const opened: Life = { name: "open", ...record, until: 2000 };
  assert.equal(nextLife(opened, { type: "demand" }, policy, 1999, 0), opened);
  const probe = nextLife(opened, { type: "demand" }, policy, 2000, 0);
  assert.deepEqual(probe, { name: "starting", ...record, cause: "probe" });
  assert.equal(nextLife(probe, { type: "lost", restart: true }, policy, 2100, 0).name, "open");
  assert.equal(nextLife(probe, { type: "started" }, policy, 2100, 0).name, "ready");
});

test("crashes and openings are forgotten after a healthy time", () => {
  const life: Life = { name: "ready", crashes: [1, 2], openings: [3], since: 100, probation: undefined };
  assert.deepEqual(nextLife(life, { type: "lost", restart: true }, policy, 5100, 0), {
    name: "backoff",
    crashes: [5100],
    openings: [],
    until: 5150,
    isWanted: true,
  });
});

test("a circuit that opens too often puts the plugin into quarantine, which it leaves with a clean record", () => {
  const life: Life = { name: "starting", crashes: [1, 2], openings: [1], cause: "probe" };
  const quarantined = nextLife(life, { type: "lost", restart: true }, policy, 100, 0);
  assert.deepEqual(quarantined, { name: "quarantined", why: "its circuit opened 2 times" });
  assert.equal(nextLife(quarantined, { type: "release" }, policy, 200, 0), INITIAL_LIFE);
});

test("a crash on probation rolls back, one after it or during the next upgrade does not", () => {
  const life: Life = { name: "ready", ...clean, since: 100, probation: 3100 };
  const lost = { type: "lost", restart: true } as const;
  assert.deepEqual(nextLife(life, lost, policy, 3000, 0), { name: "starting", ...clean, cause: "rollback" });
  assert.equal(nextLife(life, lost, policy, 3100, 0).name, "backoff");
  const again = nextLife(life, { type: "upgrade" }, policy, 200, 0);
  const both = nextLife(again, lost, policy, 300, 0);
  assert.equal(both.name === "upgrading" && both.base.name, "backoff");
});
