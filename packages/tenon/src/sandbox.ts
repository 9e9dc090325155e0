// `tenon/sandbox`: which sandboxes of the operating system work on this machine, for `decide` and for people.
export { groupReport, hasMemoryBound, hasSandbox, mechanismReports } from "@tenon/drivers/sandbox";
export type { GroupReport, MechanismReport } from "@tenon/drivers/sandbox";
