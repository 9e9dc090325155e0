import { runFaults } from "@tenon/verify/faults";
import type { FaultArtifact } from "@tenon/verify/faults";
import { componentDriver } from "tenon/component";
import { faultsFolder } from "./faults-folder.ts";
import { faultsComponent } from "./faults-guest.ts";
import { skipsOf } from "./faults-runs.ts";

/** Some hundredths of a second on the host's thread; elsewhere the deadline is what ends a loop. */
const FUEL = 5_000_000;
const artifact = (fuel: number) => (kind: FaultArtifact) => ({
  module: faultsComponent(kind),
  fuel,
  startFuel: fuel,
  wasi: faultsFolder,
});
const skips = skipsOf(componentDriver);

runFaults({ driver: componentDriver, artifact: artifact(FUEL), skips });
for (const isolation of ["worker", "process"] as const)
  runFaults({ driver: componentDriver, title: `component, ${isolation}`, isolation, artifact: artifact(0), skips });
