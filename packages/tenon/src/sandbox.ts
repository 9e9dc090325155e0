// `tenon/sandbox`: which sandboxes of the operating system work on this machine, for `decide` and for people.
export { hasSandbox, mechanismReports } from "@tenon/drivers/sandbox";
export type { MechanismReport } from "@tenon/drivers/sandbox";
