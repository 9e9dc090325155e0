// Capabilities as data: what plugins ask for, what policy makes of it, and one resolver for each kind.
export { CAPABILITIES, CAPABILITY_OF, CLOCKS, KINDS, NO_REQUESTS, RANDOMS } from "./capabilities.ts";
export type {
  AccessSet,
  Capability,
  CapabilityRequests,
  ClockAccess,
  Enforcement,
  ExecAccess,
  FsAccess,
  Kind,
  NetAccess,
  RandomAccess,
  Reasoned,
} from "./capabilities.ts";
export { matchesPath, matchesText } from "./patterns.ts";
export {
  grantedEnv,
  grantedNet,
  requestedOf,
  resolveClock,
  resolveEnv,
  resolveExec,
  resolveFs,
  resolveFunction,
  resolveLaunch,
  resolveNet,
  resolveProgram,
  resolveRandom,
} from "./grants.ts";
export type { Grants, Group, RuleSet, Verdict } from "./grants.ts";
export { grantedFolders, type GrantedFolder } from "./mounts.ts";
export { placementOf, SANDBOX_USES, TRUSTS } from "./policy.ts";
export type { Placement, Policy, Rule, SandboxUse, Trust } from "./policy.ts";
export { withoutSandbox, type SandboxNeeds } from "./sandbox.ts";
export { checkDecision, decide } from "./decide.ts";
export type { DecideInput, Decision, Refusal } from "./decide.ts";
export type { Outcome, RequestDecision } from "./outcome.ts";
export { auditRecord, redact } from "./audit.ts";
export type { AuditRecord, AuditSink } from "./audit.ts";
