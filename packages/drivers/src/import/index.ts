export { importDriver } from "./driver.ts";
export type { ImportArtifact } from "./options.ts";
