// The `component` boundary: WebAssembly components.
export { componentDriver } from "@tenon/drivers/component";
export type { ComponentArtifact } from "@tenon/drivers/component";
