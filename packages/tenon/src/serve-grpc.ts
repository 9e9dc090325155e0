// `tenon/serve-grpc`: the end of a TypeScript plugin that is served over gRPC, to a Tenon host or to any go-plugin host.
export { serveGrpc } from "@tenon/plugin/serve-grpc";
export type { ServeGrpcOptions } from "@tenon/plugin/serve-grpc";
