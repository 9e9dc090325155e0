import { execDriver } from "@tenon/drivers/exec";
import { runFaults } from "@tenon/verify/faults";
import { execArtifact } from "./fault-boundaries.ts";
import { skipsOf } from "./faults-runs.ts";

runFaults({ driver: execDriver, artifact: () => execArtifact, skips: skipsOf(execDriver) });
