// Conformance cases as data, and the runner that puts a driver through them.
export { exemptInGraph, exemptWithoutCallbacks, exemptWithoutSync, exemptWithoutTermination } from "./case.ts";
export type { ArtifactKind, CaseTools, ConformanceCase, ConformancePlugin, Loaded, LoadOptions } from "./case.ts";
export { eventually, rejection } from "./expect.ts";
export { CONFORMANCE_CASES, runConformance } from "./run.ts";
export type { ConformanceOptions, ConformanceSandbox, Skip } from "./run.ts";
export { takeSnapshot, unchanged } from "./snapshot.ts";
export type { Snapshot } from "./snapshot.ts";
export { plugin as conformanceContract } from "./generated/conformance.ts";
