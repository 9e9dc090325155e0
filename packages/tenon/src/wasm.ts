// `tenon/wasm`: the `wasm` boundary for host authors, with the drivers that threads and processes come from.
import { createWasmDriver } from "@tenon/drivers/wasm";
import type { WasmArtifact } from "@tenon/drivers/wasm";
import type { Driver } from "@tenon/host";
import { isolations } from "./isolations.ts";

export { isolations };

export { createWasmDriver } from "@tenon/drivers/wasm";
export type {
  CacheOptions,
  InstancePolicy,
  IsolationOptions,
  ProcessDriver,
  ProcessRunner,
  ProcessStart,
  SandboxOptions,
  ThreadDriver,
  WasiFolder,
  WasiGrants,
  WasmArtifact,
} from "@tenon/drivers/wasm";

/** Core modules; `artifact.isolation` says where each runs: `inline` (default), `worker` or `process`. */
export const wasmDriver: Driver<WasmArtifact> = createWasmDriver(isolations);
