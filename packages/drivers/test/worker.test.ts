import { workerDriver } from "@tenon/drivers/worker";
import { runConformance, type ArtifactKind } from "@tenon/verify";

runConformance({
  driver: workerDriver,
  artifact: (kind: ArtifactKind) => ({ module: import.meta.resolve(`@tenon/verify/plugins/${kind}`) }),
});
