// Which test runs the faults of a boundary, and what it leaves out: data, from which docs/faults.md is made as well.
import { readFileSync } from "node:fs";
import type { FaultSkip } from "@tenon/verify/faults";

interface FaultsRun {
  readonly test: string;
  readonly skips: readonly FaultSkip[];
}

const RUNS = JSON.parse(readFileSync(new URL("faults-runs.json", import.meta.url), "utf8")) as Readonly<
  Record<string, FaultsRun>
>;

/** Throws where the table has no row for the driver. */
export function skipsOf({ boundary }: { readonly boundary: string }): readonly FaultSkip[] {
  const run = RUNS[boundary];
  if (run === undefined) throw new Error(`faults-runs.json has no row for ${boundary}`);
  return run.skips;
}
