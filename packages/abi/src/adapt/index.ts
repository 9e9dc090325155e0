// Plugins of older contracts: values from one version to the other. Apart from the rest, which most hosts never need.
export { createAdapter, UNCHANGED } from "./adapter.ts";
export type { AdaptedFunction, AdapterOptions, ContractAdapter, EmulatedFunction, RoutedFunction } from "./adapter.ts";
export { checkMigration } from "./check-migration.ts";
export type { MigrationCheckOptions, MigrationProblem, MigrationReport } from "./check-migration.ts";
export { createContractHistory } from "./history.ts";
export type { AdapterJudgement, AdapterStep, ContractHistory, HistoryParts } from "./history.ts";
export { defineMigration } from "./migration.ts";
export type { ContractShape, Migration, MigrationDefinition } from "./migration.ts";
