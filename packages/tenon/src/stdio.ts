// `tenon/stdio`: the `stdio` boundary for host authors.
export { stdioDriver } from "@tenon/drivers/stdio";
export type { StdioArtifact } from "@tenon/drivers/stdio";
