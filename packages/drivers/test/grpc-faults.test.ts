import process from "node:process";
import { fileURLToPath } from "node:url";
import { grpcDriver } from "@tenon/drivers/grpc";
import { runFaults } from "@tenon/verify/faults";
import { skipsOf } from "./faults-runs.ts";

const plugin = (name: string): string => fileURLToPath(import.meta.resolve(`@tenon/verify/plugins/${name}`));

runFaults({
  driver: grpcDriver,
  artifact: (kind) => ({ command: [process.execPath, plugin(kind === "start-spins" ? "stuck" : "serve-grpc-faults")] }),
  skips: skipsOf(grpcDriver),
});
