// A process for the grpc boundary: the probe behind the author kit.
import { serveGrpc } from "@tenon/plugin/serve-grpc";
import plugin from "./probe.ts";

await serveGrpc(plugin);
