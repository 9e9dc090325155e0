// R32 in its short form: five seconds in which anything may happen to a plugin behind every boundary.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runChaos } from "@tenon/verify/faults";
import { FAULT_BOUNDARIES, FAULT_DRIVERS } from "./fault-boundaries.ts";

const SEED = 2026;

test(`R32: five seconds of chaos (seed ${SEED})`, { timeout: 120_000 }, async (context) => {
  const report = await runChaos({ drivers: FAULT_DRIVERS, boundaries: FAULT_BOUNDARIES, seconds: 5, seed: SEED });
  context.diagnostic(JSON.stringify(report));
  assert.ok(report.answered > 100 && Object.keys(report.failed).length > 1);
});
