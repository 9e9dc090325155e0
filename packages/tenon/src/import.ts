// `tenon/import`: the `import` boundary for host authors.
export { importDriver } from "@tenon/drivers/import";
export type { ImportArtifact } from "@tenon/drivers/import";
