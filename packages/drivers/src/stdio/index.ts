export { INHERITED } from "../_process/command.ts";
export { stdioDriver } from "./driver.ts";
export type { StdioArtifact } from "./options.ts";
