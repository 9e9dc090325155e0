// The policies are functions of the outcomes they are told; no clock and no thread takes part.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FollowingSpin, LearningSpin, MAX_COST } from "../dist/worker/spin.js";

const MAX = 50;
const learner = (cores = 2): LearningSpin =>
  new LearningSpin({ maxMicroseconds: MAX, settleMicroseconds: 10 * MAX, cores });

/** Runs waits whose length depends on whether they began with a spin; returns how many did. */
function run(subject: LearningSpin, waits: number, lengthOf: (spins: boolean) => number): number {
  let spun = 0;
  for (let index = 0; index < waits; index++) {
    const spins = subject.next() > 0;
    if (spins) spun++;
    subject.waited(lengthOf(spins));
  }
  return spun;
}

describe("learning spin", () => {
  test("never spins on one processor, whatever it is told", () => {
    assert.equal(
      run(learner(1), 1000, () => 0),
      0,
    );
  });

  test("spins from the first wait on, and never tries to sleep while answers come at once", () => {
    assert.equal(
      run(learner(), 10_000, (spins) => (spins ? 0.5 : 60)),
      10_000,
    );
  });

  test("sleeps after its first trial where both sides share a processor, and then tries rarely", () => {
    const subject = learner();
    assert.ok(run(subject, 100, (spins) => (spins ? 90 : 10)) <= 68);
    assert.ok(run(subject, 20_000, (spins) => (spins ? 90 : 10)) <= 200);
  });

  test("spins again when another processor becomes free", () => {
    const subject = learner();
    run(subject, 1000, (spins) => (spins ? 90 : 10));
    run(subject, 5000, (spins) => (spins ? 0.5 : 60));
    assert.equal(
      run(subject, 100, (spins) => (spins ? 0.5 : 60)),
      100,
    );
  });

  test("spins for answers that take a while but less than a wake-up and themselves", () => {
    assert.ok(run(learner(), 5000, (spins) => (spins ? 30 : 95)) > 4500);
  });

  test("sleeps when answers take long anyway", () => {
    const subject = learner();
    run(subject, 100, () => 5000);
    assert.equal(subject.spins, false);
  });

  test("sleeps when a spin mostly wins but at times waits for a whole time slice", () => {
    const subject = learner();
    let waits = 0;
    run(subject, 2000, (spins) => (spins ? (waits++ % 5 === 0 ? 3000 : 0.5) : 10));
    assert.equal(subject.spins, false);
  });

  test("one slow answer among quick ones changes nothing for long", () => {
    const subject = learner();
    run(subject, 100, (spins) => (spins ? 0.5 : 60));
    subject.waited(5000);
    run(subject, 500, (spins) => (spins ? 0.5 : 60));
    assert.equal(
      run(subject, 100, (spins) => (spins ? 0.5 : 60)),
      100,
    );
  });

  test("a trial is judged by its later waits, because the first meet a peer that still sleeps", () => {
    const subject = learner();
    run(subject, 1000, (spins) => (spins ? 90 : 10));
    let inTrial = 0;
    run(subject, 20_000, (spins) => {
      inTrial = spins ? inTrial + 1 : 0;
      if (!spins) return 60;
      return inTrial <= 3 ? 100 : 0.5;
    });
    assert.equal(subject.spins, true);
  });
});

describe("following spin", () => {
  test("does what its leader does", () => {
    let isAdvised = true;
    const subject = new FollowingSpin(MAX, () => isAdvised);
    assert.equal(subject.next(), MAX);
    isAdvised = false;
    assert.equal(subject.next(), 0);
  });

  test("rests when nothing comes, until calls are close to each other again", () => {
    const subject = new FollowingSpin(MAX, () => true);
    for (let wait = 0; wait < 4; wait++) {
      assert.equal(subject.next(), MAX);
      subject.waited(Infinity);
    }
    assert.equal(subject.next(), 0);
    subject.waited(MAX_COST * 2);
    assert.equal(subject.next(), 0);
    subject.waited(60);
    assert.equal(subject.next(), MAX);
  });
});
