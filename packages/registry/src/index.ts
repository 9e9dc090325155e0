// Plugin manifests: reading them, holding them against a contract, choosing an artifact.
export { MANIFEST_FILE, readManifest } from "./manifest.ts";
export type { Manifest } from "./manifest.ts";
export { checkContract, splitContractId } from "./contracts.ts";
export type { BuiltContract, ContractEntry } from "./contracts.ts";
export { selectArtifact } from "./artifacts.ts";
export type { ArtifactEntry } from "./artifacts.ts";
export { PROGRAM_NAME } from "./requests.ts";
export type {
  CapabilityRequest,
  CapabilityRequests,
  EnvRequest,
  ExecRequest,
  FsRequest,
  Requirement,
} from "./requests.ts";

// Foreign JSON, for other files that people write: policies, locks.
export { JsonValue, readJsonFile } from "./json.ts";
export type { TextRule } from "./json.ts";
