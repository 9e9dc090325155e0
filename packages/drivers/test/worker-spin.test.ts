// The policy is a function of the outcomes it is told; no clock and no thread takes part.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SpinPolicy } from "../dist/worker/spin.js";

const MAX = 50;
const policy = (cores = 2): SpinPolicy => new SpinPolicy({ maxMicroseconds: MAX, cores });

/** Runs waits whose length depends on whether they began with a spin; returns how many did. */
function run(subject: SpinPolicy, waits: number, lengthOf: (spins: boolean) => number): number {
  let spun = 0;
  for (let index = 0; index < waits; index++) {
    const spins = subject.next() > 0;
    if (spins) spun++;
    subject.waited(lengthOf(spins), spins);
  }
  return spun;
}

describe("spin policy", () => {
  test("never spins on one processor, whatever it is told", () => {
    assert.equal(
      run(policy(1), 1000, () => 0),
      0,
    );
  });

  test("spins from the first wait on, and goes on while answers come at once", () => {
    assert.equal(
      run(policy(), 1000, (spins) => (spins ? 0.2 : 60)),
      1000,
    );
  });

  test("stops soon where both sides share a processor, and then tries rarely", () => {
    const subject = policy();
    const early = run(subject, 20, (spins) => (spins ? 90 : 10));
    assert.ok(early <= 8, `${early} of the first 20`);
    const late = run(subject, 10_000, (spins) => (spins ? 90 : 10));
    assert.ok(late > 0 && late < 30, `${late} of 10,000`);
  });

  test("spins again when another processor becomes free", () => {
    const subject = policy();
    run(subject, 200, (spins) => (spins ? 90 : 10));
    run(subject, 2000, (spins) => (spins ? 0.5 : 60));
    assert.ok(run(subject, 100, (spins) => (spins ? 0.5 : 60)) >= 99);
  });

  test("spins for answers that take a while but less than a wake-up and themselves", () => {
    assert.ok(run(policy(), 1000, (spins) => (spins ? 30 : 95)) > 800);
  });

  test("rests when answers take long anyway, and comes back with the first short wait", () => {
    const subject = policy();
    assert.ok(run(subject, 1000, () => 5000) <= 4);
    assert.equal(subject.prefersSpin, false);
    subject.waited(60, false);
    assert.equal(subject.prefersSpin, true);
    assert.equal(subject.next(), MAX);
  });

  test("one slow answer among quick ones changes nothing for long", () => {
    const subject = policy();
    run(subject, 100, (spins) => (spins ? 0.5 : 60));
    subject.waited(190, true);
    run(subject, 100, (spins) => (spins ? 0.5 : 60));
    assert.ok(run(subject, 100, (spins) => (spins ? 0.5 : 60)) >= 99);
  });
});
