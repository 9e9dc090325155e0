// For hosts whose plugins lag behind their contract: adapters between two frozen snapshots.
export { createAdapter } from "@tenon/abi/adapt";
export type { ContractAdapter } from "@tenon/abi/adapt";
export { diffSnapshots, snapshotFromJson } from "@tenon/contract/evolution";
export type { ContractDiff, Finding, Snapshot, Verdict } from "@tenon/contract/evolution";
