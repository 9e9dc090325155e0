// `tenon/component`: the `component` boundary for host authors, with the drivers that threads and processes come from.
import { createComponentDriver } from "@tenon/drivers/component";
import type { ComponentArtifact } from "@tenon/drivers/component";
import type { Driver } from "@tenon/host";
import { isolations } from "./isolations.ts";

export { isolations };

export { createComponentDriver } from "@tenon/drivers/component";
export type { CacheOptions, ComponentArtifact, SandboxOptions } from "@tenon/drivers/component";

/** Components; `artifact.isolation` says where each runs: `inline` (default), `worker` or `process`. */
export const componentDriver: Driver<ComponentArtifact> = createComponentDriver(isolations);
