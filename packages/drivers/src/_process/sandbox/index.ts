// Sandboxes of the operating system for plugins that are processes: which work on this machine.
export { hasSandbox, mechanismReports, SANDBOX_VARIABLE } from "./available.ts";
export type { MechanismReport } from "./available.ts";
