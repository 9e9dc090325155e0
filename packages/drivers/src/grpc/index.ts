// The public face of `@tenon/drivers/grpc`.
export { grpcDriver } from "./driver.ts";
export { readForeignContract } from "./foreign/read.ts";
export type { ForeignContract, ForeignSource } from "./foreign/read.ts";
export type { ForeignSchema } from "./foreign/schema.ts";
export type {
  GrpcArtifact,
  GrpcProgramArtifact,
  GrpcReattachArtifact,
  GrpcTargetArtifact,
  GrpcTls,
} from "./options.ts";
