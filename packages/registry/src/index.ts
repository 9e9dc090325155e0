// Plugin manifests: reading them, holding them against a contract, choosing an artifact; policy files and the audit log.
export { MANIFEST_FILE, readManifest } from "./manifest.ts";
export type { Manifest } from "./manifest.ts";
export { checkContract, splitContractId } from "./contracts.ts";
export type { BuiltContract, ContractEntry } from "./contracts.ts";
export { releasesBeside } from "./releases.ts";
export { selectArtifact } from "./artifacts.ts";
export type { ArtifactEntry } from "./artifacts.ts";
export { PROGRAM_NAME } from "./access.ts";
export type { Requirement } from "./requests.ts";

// What operators say about plugins, and what was done of it.
export { PROJECT_POLICY_FILE, readPolicy, userPolicyFile } from "./policy.ts";
export { AuditFile, auditFile, parseAuditLine, readAudit } from "./audit-file.ts";
export type { AuditFileOptions, AuditLine } from "./audit-file.ts";
export { readUsage, UsageFile, usageFile } from "./usage-file.ts";
export { folderDigest } from "./folder-digest.ts";

// Foreign JSON, for other files that people write: policies, locks.
export { JsonValue, readJsonFile } from "./json.ts";
export type { TextRule } from "./json.ts";
