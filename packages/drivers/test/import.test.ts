import { importDriver } from "@tenon/drivers/import";
import { runConformance, type ArtifactKind } from "@tenon/verify";

runConformance({
  driver: importDriver,
  artifact: (kind: ArtifactKind) => ({ module: import.meta.resolve(`@tenon/verify/plugins/${kind}`) }),
});
