// `structural` against the component model's own subtyping: random contracts, random changes, both ways.
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveWit, WitError, type LoadedWit } from "@tenon/contract";
import { diffSnapshots, takeSnapshot } from "@tenon/contract/evolution";
import { externMisfit } from "@tenon/wasm/testing";
import { changed, createRandom, printWorld, randomWorld } from "./random-worlds.ts";
import { worldType } from "./world-type.ts";

/** A few seconds; 3000 have run when this was written. */
const PAIRS = 400;

function load(text: string): LoadedWit | undefined {
  try {
    return resolveWit(text);
  } catch (thrown) {
    if (thrown instanceof WitError) return undefined;
    throw thrown;
  }
}

test("a pair is structural exactly where the component model accepts the one world as the other", () => {
  const random = createRandom(6);
  const counts = { fits: 0, misfits: 0, invalid: 0, exact: 0 };
  for (let n = 0; n < PAIRS; n++) {
    const world = randomWorld(random);
    const texts = [printWorld(world), printWorld(changed(random, world))];
    const [before, after] = texts.map(load);
    if (before === undefined || after === undefined) {
      counts.invalid += 1;
      continue;
    }
    for (const [plugin, host] of [
      [before, after],
      [after, before],
    ] as const) {
      const worlds = [plugin, host].map(({ resolve }) => worldType(resolve, 0));
      const why = externMisfit({ kind: "component", type: worlds[0]! }, { kind: "component", type: worlds[1]! });
      const diff = diffSnapshots(takeSnapshot(plugin, 0), takeSnapshot(host, 0));
      const message = (): string =>
        `${why ?? "accepted"}\n${JSON.stringify(diff, null, 1)}\n${[plugin, host].map((one) => texts[one === before ? 0 : 1]).join("\n---\n")}`;
      assert.equal(diff.isStructural, why === undefined, message());
      const breaking = diff.findings.filter(({ breaks }) => breaks.includes("component"));
      assert.equal(breaking.length === 0, why === undefined, message());
      if (diff.verdict === "exact") counts.exact += 1;
      counts[why === undefined ? "fits" : "misfits"] += 1;
    }
  }
  // A generator that makes one answer only would prove nothing.
  assert.ok(
    counts.fits - counts.exact > PAIRS / 20 && counts.misfits > PAIRS / 3 && counts.invalid < PAIRS / 2,
    JSON.stringify(counts),
  );
});
