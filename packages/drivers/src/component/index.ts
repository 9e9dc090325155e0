export { componentDriver } from "./driver.ts";
export type { ComponentArtifact } from "./options.ts";
