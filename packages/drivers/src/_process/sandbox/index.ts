// Sandboxes of the operating system for plugins that are processes: which work on this machine.
export { groupReport, GROUPS_VARIABLE, hasMemoryBound } from "../group/place.ts";
export type { GroupReport } from "../group/place.ts";
export { hasSandbox, mechanismReports, SANDBOX_VARIABLE } from "./available.ts";
export type { MechanismReport } from "./available.ts";
