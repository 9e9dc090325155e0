// `tenon/dylib`: the `dylib` boundary for host authors, with the process that native code runs in by default.
import { createDylibDriver } from "@tenon/drivers/dylib";
import type { DylibArtifact } from "@tenon/drivers/dylib";
import { stdioDriver } from "@tenon/drivers/stdio";
import type { Driver } from "@tenon/host";

export { createDylibDriver } from "@tenon/drivers/dylib";
export type { DylibArtifact, DylibOptions } from "@tenon/drivers/dylib";

/** Shared libraries; `artifact.isolation` says where each runs: `process` (default), or `inline` if `artifact.trusted` names it. */
export const dylibDriver: Driver<DylibArtifact> = createDylibDriver({
  process: {
    stdio: stdioDriver,
    program: new URL(`./child-dylib${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url),
  },
});
