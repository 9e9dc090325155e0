// A process for the grpc boundary: the other-contract plugin behind the author kit.
import { serveGrpc } from "@tenon/plugin/serve-grpc";
import plugin from "./other-contract.ts";

await serveGrpc(plugin);
