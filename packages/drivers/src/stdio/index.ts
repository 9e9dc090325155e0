export { stdioDriver } from "./driver.ts";
export { INHERITED } from "./options.ts";
export type { StdioArtifact } from "./options.ts";
