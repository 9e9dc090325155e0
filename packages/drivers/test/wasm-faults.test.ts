import { runFaults } from "@tenon/verify/faults";
import type { FaultArtifact } from "@tenon/verify/faults";
import { wasmDriver } from "tenon/wasm";
import { faultsFolder } from "./faults-folder.ts";
import { faultsWasm } from "./faults-guest.ts";
import { skipsOf } from "./faults-runs.ts";

/** Some hundredths of a second on the host's thread; elsewhere the deadline is what ends a loop. */
const FUEL = 5_000_000;
const artifact = (fuel: number) => (kind: FaultArtifact) => ({
  module: faultsWasm(kind),
  fuel,
  startFuel: fuel,
  wasi: faultsFolder,
});
const skips = skipsOf(wasmDriver);

runFaults({ driver: wasmDriver, artifact: artifact(FUEL), skips });
for (const isolation of ["worker", "process"] as const)
  runFaults({ driver: wasmDriver, title: `wasm, ${isolation}`, isolation, artifact: artifact(0), skips });
