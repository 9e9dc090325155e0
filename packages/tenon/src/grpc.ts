// `tenon/grpc`: the `grpc` boundary for host authors.
export { grpcDriver, readForeignContract } from "@tenon/drivers/grpc";
export type {
  ForeignContract,
  ForeignSchema,
  ForeignSource,
  GrpcArtifact,
  GrpcProgramArtifact,
  GrpcReattachArtifact,
  GrpcTargetArtifact,
  GrpcTls,
} from "@tenon/drivers/grpc";
