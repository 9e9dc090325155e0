export { createDylibDriver, dylibDriver } from "./driver.ts";
export type { DylibOptions } from "./driver.ts";
export type { DylibArtifact } from "./options.ts";
export { serveLibrary } from "./serve-library.ts";
