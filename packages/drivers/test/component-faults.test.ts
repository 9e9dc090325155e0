import { runFaults } from "@tenon/verify/faults";
import type { FaultArtifact, FaultSkip } from "@tenon/verify/faults";
import { componentDriver } from "tenon/component";
import { faultsComponent } from "./faults-guest.ts";

/** Some hundredths of a second on the host's thread; elsewhere the deadline is what ends a loop. */
const FUEL = 5_000_000;
const artifact = (fuel: number) => (kind: FaultArtifact) => ({ module: faultsComponent(kind), fuel, startFuel: fuel });
const skips: readonly FaultSkip[] = [
  { fault: "R5/loops while it initializes", reason: "components have no such function: theirs is a start function" },
  { fault: "R10/prints without measure", reason: "a component without WASI has no output" },
  { fault: "R19/opens ten thousand files and closes none", reason: "a component without WASI has no files" },
];

runFaults({ driver: componentDriver, artifact: artifact(FUEL), skips });
for (const isolation of ["worker", "process"] as const)
  runFaults({ driver: componentDriver, title: `component, ${isolation}`, isolation, artifact: artifact(0), skips });
