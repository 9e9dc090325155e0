// The public face of `@tenon/drivers/worker`.
export { workerDriver } from "./driver.ts";
export type { WorkerArtifact } from "./options.ts";
