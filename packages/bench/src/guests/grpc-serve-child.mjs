// Tenon's own author kit over gRPC.
import { serveGrpc } from "@tenon/plugin/serve-grpc";
import { definition } from "./plugin.mjs";

await serveGrpc(definition);
