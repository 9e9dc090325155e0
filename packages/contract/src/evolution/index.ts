// How contracts change: snapshots, what is different between two of them, and what that means for plugins.
export { ANNOTATIONS } from "./annotations.ts";
export type { AnnotatedKind, Notes } from "./annotations.ts";
export { lintSnapshot } from "./compare-gates.ts";
export { diffSnapshots } from "./diff.ts";
export type { ContractDiff } from "./diff.ts";
export type { Direction, Finding, Report } from "./findings.ts";
export { bumpBetween, bumpFor, bumpVersion, isSameMajor } from "./next-version.ts";
export { RULES } from "./rules.ts";
export type { Bump, Consumer, Conversion, Rule, RuleId } from "./rules.ts";
export { takeSnapshot } from "./snapshot.ts";
export type { ItemFacts, NamedType, ResourceRef, Scope, Snapshot, TypeFacts } from "./snapshot.ts";
export { snapshotFromJson, snapshotToJson } from "./snapshot-json.ts";
export type { SnapshotJson } from "./snapshot-json.ts";
export { isStructural } from "./structural.ts";
export { isSafeVerdict } from "./verdict.ts";
export type { Verdict } from "./verdict.ts";
