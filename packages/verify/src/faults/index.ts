// Faults: what plugins do to a host, as data, and the runner that puts a driver through them.
export { takeBaseline } from "./baseline.ts";
export type { Baseline } from "./baseline.ts";
export { runChaos } from "./chaos.ts";
export type { ChaosBoundary, ChaosOptions, ChaosReport } from "./chaos.ts";
export { FAULT_WIT, faultContract } from "./contract.ts";
export type { FaultExports, FaultImports } from "./contract.ts";
export { faultName } from "./fault.ts";
export type { Fault, FaultArtifact, FaultOutcome, FaultPlugin, FaultTools } from "./fault.ts";
export { FAULTS } from "./faults.table.ts";
export { runRandomEnds } from "./random-ends.ts";
export type { RandomEndsOptions } from "./random-ends.ts";
export { runFaults } from "./run.ts";
export type { FaultOptions, FaultSkip } from "./run.ts";
export { runWireFaults } from "./run-wire.ts";
export type { WireFaultOptions } from "./run-wire.ts";
export { wireFaultName } from "./wire-fault.ts";
export type { Wire, WireFault, WireTools } from "./wire-fault.ts";
export { WIRE_FAULTS } from "./wire-faults.table.ts";
