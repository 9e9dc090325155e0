// A process for the grpc boundary: the misbehaving plugin behind the author kit.
import { serveGrpc } from "@tenon/plugin/serve-grpc";
import plugin from "./faults.ts";

await serveGrpc(plugin);
