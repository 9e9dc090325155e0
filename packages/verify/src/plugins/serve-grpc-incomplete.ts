// A process for the grpc boundary: the incomplete plugin behind the author kit.
import { serveGrpc } from "@tenon/plugin/serve-grpc";
import plugin from "./incomplete.ts";

await serveGrpc(plugin);
