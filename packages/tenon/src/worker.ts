// `tenon/worker`: the `worker` boundary for host authors.
export { workerDriver } from "@tenon/drivers/worker";
export type { WorkerArtifact } from "@tenon/drivers/worker";
