// `tenon/exec`: the `exec` boundary for host authors.
export { execDriver } from "@tenon/drivers/exec";
export type { ExecArtifact } from "@tenon/drivers/exec";
