// Plugin manifests: reading them and choosing an artifact.
export { parseManifest, selectArtifact } from "./manifest.ts";
export type {
  ArtifactEntry,
  CapabilityRequest,
  CapabilityRequests,
  ContractEntry,
  EnvRequest,
  ExecRequest,
  FsRequest,
  Manifest,
} from "./manifest.ts";
