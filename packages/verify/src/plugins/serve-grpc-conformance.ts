// A process for the grpc boundary: the conformance plugin behind the author kit.
import { serveGrpc } from "@tenon/plugin/serve-grpc";
import plugin from "./conformance.ts";

await serveGrpc(plugin);
