import process from "node:process";
import { fileURLToPath } from "node:url";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { runFaults } from "@tenon/verify/faults";
import { skipsOf } from "./faults-runs.ts";

const plugin = (name: string): string => import.meta.resolve(`@tenon/verify/plugins/${name}`);

runFaults({
  driver: workerDriver,
  artifact: (kind) => ({ module: plugin(kind === "start-spins" ? "stuck" : "faults") }),
  skips: skipsOf(workerDriver),
});
runFaults({
  driver: stdioDriver,
  artifact: (kind) => ({
    command: [process.execPath, fileURLToPath(plugin(kind === "start-spins" ? "stuck" : "serve-faults"))],
  }),
  skips: skipsOf(stdioDriver),
});
