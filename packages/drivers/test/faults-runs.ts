// Which test runs the faults of a boundary, and what it leaves out: data, from which docs/faults.md is made as well.
import { readFileSync } from "node:fs";
import type { FaultSkip, Wire } from "@tenon/verify/faults";

interface FaultsRun {
  readonly test: string;
  readonly skips: readonly FaultSkip[];
  /** Those that wire-faults.test.ts breaks; none where a plugin cannot reach what carries its messages. */
  readonly wires?: readonly Wire[];
}

const RUNS = JSON.parse(readFileSync(new URL("faults-runs.json", import.meta.url), "utf8")) as Readonly<
  Record<string, FaultsRun>
>;

/** Throws where the table has no row for the driver. */
export function skipsOf(driver: Named): readonly FaultSkip[] {
  return runOf(driver).skips;
}

export function wiresOf(driver: Named): readonly Wire[] {
  return runOf(driver).wires ?? [];
}

interface Named {
  readonly boundary: string;
}

function runOf({ boundary }: Named): FaultsRun {
  const run = RUNS[boundary];
  if (run === undefined) throw new Error(`faults-runs.json has no row for ${boundary}`);
  return run;
}
