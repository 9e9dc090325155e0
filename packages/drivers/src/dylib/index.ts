export { createDylibDriver, createDylibThreadDriver, dylibDriver } from "./driver.ts";
export type { DylibOptions } from "./driver.ts";
export type { DylibArtifact } from "./options.ts";
export { moveStdout } from "./move-stdout.ts";
export { forwardTo } from "./forward.ts";
