// What every boundary really does about capabilities, tried out by a probe.
export { PROBE_WIT, probeContract, type ProbeExports, type ProbeImports } from "./contract.ts";
export { observeCapabilities, observeLoop, probeDecision } from "./matrix.ts";
export type { LoopOptions, MatrixOptions, Observed, SandboxAnswer } from "./matrix.ts";
