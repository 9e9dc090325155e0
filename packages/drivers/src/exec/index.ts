export { execDriver } from "./driver.ts";
export { startSpawner } from "./program/spawner.ts";
export type {
  ArgTemplate,
  ExecArtifact,
  FunctionMapping,
  RunMapping,
  TextTemplate,
  ValueMapping,
  ValueTemplate,
} from "./options.ts";
export type { SpawnerHold } from "./program/spawner.ts";
