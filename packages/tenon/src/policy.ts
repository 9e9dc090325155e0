// Who decides what a plugin gets: manifests, policy files, decisions and the audit log. docs/policy.md has the whole way.
export { traitsFor } from "@tenon/host";
export {
  AuditFile,
  auditFile,
  folderDigest,
  PROJECT_POLICY_FILE,
  readAudit,
  readManifest,
  readPolicy,
  selectArtifact,
  userPolicyFile,
} from "@tenon/registry";
export type { AuditFileOptions, AuditLine, Manifest } from "@tenon/registry";
export {
  checkDecision,
  decide,
  grantedEnv,
  grantedFolders,
  grantedNet,
  NO_REQUESTS,
  placementOf,
  resolveClock,
  resolveEnv,
  resolveExec,
  resolveFs,
  resolveFunction,
  resolveNet,
  resolveProgram,
  resolveRandom,
} from "@tenon/policy";
export type {
  AccessSet,
  AuditRecord,
  AuditSink,
  CapabilityRequests,
  DecideInput,
  Decision,
  Grants,
  Placement,
  Policy,
  Rule,
  Trust,
  Verdict,
} from "@tenon/policy";
