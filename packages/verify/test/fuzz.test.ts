// Every decoder of foreign bytes against its corpus and some thousand new inputs: docs/testing.md says how to run more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { fuzz, parseCorpus, formatInput } from "@tenon/verify/fuzz";
import type { FuzzTarget } from "@tenon/verify/fuzz";
import { readCorpus } from "./fuzz/corpus.ts";
import { describeFinding } from "./fuzz/describe.ts";
import { watchForStall } from "./fuzz/stall.ts";
import { TARGETS } from "./fuzz/targets/index.ts";

const SEED = 2026;
/** Some tenths of a second for each target. */
const RUNS = 1000;
const MAX_MS = 2000;

for (const target of TARGETS) {
  test(`${target.name}: hostile inputs give only its own errors, in bounded time and memory (seed ${SEED})`, () => {
    const corpus = readCorpus(target.name);
    const stall = watchForStall(target.name, SEED, formatInput);
    const report = fuzz(target, { seed: SEED, runs: corpus.length + RUNS, ms: MAX_MS, corpus, onInput: stall.onInput });
    stall.stop();
    assert.equal(report.finding, undefined, report.finding && describeFinding(report.finding));
    // Else the target would only look at inputs of one kind.
    assert.ok(report.accepted > 0 && report.refused > 0, `${report.accepted} decoded, ${report.refused} refused`);
  });
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const target = (run: FuzzTarget["run"], more: Partial<FuzzTarget> = {}): FuzzTarget => ({
  name: "made",
  codes: ["value-invalid"],
  inputs: () => [utf8("good input"), utf8("another")],
  run,
  ...more,
});

test("a decoder that throws anything but its own errors is found, and the input is made small", () => {
  const broken = target((input) => {
    if (input.includes(0xff)) throw new RangeError("out of range");
    throw new TenonError("value-invalid", "no");
  });
  const { finding } = fuzz(broken, { seed: 1, runs: 5000 });
  assert.equal(finding?.kind, "threw");
  assert.deepEqual([...finding.input], [0xff]);
  assert.match(describeFinding(finding), /--target made --seed \d+ --input 'base64:\/w=='/);
  const foreign = fuzz(
    target(() => assert.fail("a property")),
    { seed: 1, runs: 1 },
  );
  assert.equal(foreign.finding?.kind, "threw");
  const code = fuzz(target(() => { throw new TenonError("internal", "no"); }), { runs: 1 }); // prettier-ignore
  assert.equal(code.finding?.kind, "threw");
});

test("a decoder that takes much memory or time for a short input is found", () => {
  const hoards = target((input) =>
    input.length > 12 ? Array.from({ length: 3_000_000 }, (_, index) => index / 2) : undefined,
  );
  assert.equal(fuzz(hoards, { runs: 200 }).finding?.kind, "memory");
  const slow = target((input) => {
    const until = performance.now() + (input.length > 12 ? 30 : 0);
    while (performance.now() < until);
  }, { maxMs: 20 }); // prettier-ignore
  assert.equal(fuzz(slow, { runs: 200 }).finding?.kind, "slow");
});

test("a seed gives the same inputs every time, and what says something new is kept", () => {
  const seen: string[][] = [];
  for (let round = 0; round < 2; round++) {
    const inputs: string[] = [];
    const echo = target((input) => {
      inputs.push(formatInput(input));
      throw new TenonError("value-invalid", input.length > 20 ? "long" : "short");
    });
    const { discovered, codes } = fuzz(echo, { seed: 7, runs: 300 });
    assert.equal(discovered.length, 1);
    assert.deepEqual([...codes], [["value-invalid", 300]]);
    seen.push(inputs);
  }
  assert.deepEqual(seen[0], seen[1]);
});

test("a corpus file holds text as text and everything else as base64", () => {
  const inputs = [utf8('a "quoted"\nline \u{1f9ea}'), Uint8Array.of(0, 255), utf8("\u001b[31m"), new Uint8Array(0)];
  const lines = inputs.map(formatInput);
  assert.ok(lines.every((line) => !/[\n\u001b]/.test(line))); // oxlint-disable-line no-control-regex
  assert.deepEqual(parseCorpus(`# why\n\n${lines.join("\n")}\n`), inputs);
});
