// For hosts whose plugins lag behind their contract: adapters between frozen snapshots, and migrations between majors.
export { checkMigration, createAdapter, createContractHistory, defineMigration } from "@tenon/abi/adapt";
export type {
  AdapterJudgement,
  AdapterStep,
  ContractAdapter,
  ContractHistory,
  ContractShape,
  Migration,
  MigrationDefinition,
  MigrationProblem,
  MigrationReport,
} from "@tenon/abi/adapt";
export { diffSnapshots, snapshotFromJson } from "@tenon/contract/evolution";
export type { ContractDiff, Finding, Snapshot, Verdict } from "@tenon/contract/evolution";
