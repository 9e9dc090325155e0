// `tenon/exec`: the `exec` boundary for host authors.
export { execDriver, startSpawner } from "@tenon/drivers/exec";
export type { ExecArtifact, FunctionMapping, SpawnerHold } from "@tenon/drivers/exec";
