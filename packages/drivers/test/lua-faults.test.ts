import { luaDriver } from "tenon/lua";
import { runFaults } from "@tenon/verify/faults";
import type { FaultArtifact } from "@tenon/verify/faults";
import { skipsOf } from "./faults-runs.ts";
import { faultsScript } from "./faults-script.ts";

/** Some tenths of a second on the host's thread, enough to reach the stack's end; elsewhere the deadline ends a loop. */
const FUEL = 100_000_000;
const artifact = (fuel: number) => (kind: FaultArtifact) => ({
  source: faultsScript(kind),
  fuel,
});
const skips = skipsOf(luaDriver);

runFaults({ driver: luaDriver, artifact: artifact(FUEL), skips });
for (const isolation of ["worker", "process"] as const)
  runFaults({ driver: luaDriver, title: `lua, ${isolation}`, isolation, artifact: artifact(0), skips });
