// `tenon/wasm`: the `wasm` boundary for host authors, with the drivers that threads and processes come from.
import { createWasmProcessDriver, createWasmWorkerDriver } from "@tenon/drivers/wasm";
import type { WasmArtifact } from "@tenon/drivers/wasm";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import type { Driver } from "@tenon/host";

export { createWasmProcessDriver, createWasmWorkerDriver, wasmDriver } from "@tenon/drivers/wasm";
export type {
  InstancePolicy,
  ProcessDriver,
  ProcessStart,
  ThreadDriver,
  WasiFolder,
  WasiGrants,
  WasmArtifact,
  WasmProcessOptions,
  WasmWorkerOptions,
} from "@tenon/drivers/wasm";

/** Guests on threads of their own, as the boundary `wasm-worker`. */
export const wasmWorkerDriver: Driver<WasmArtifact> = createWasmWorkerDriver({
  worker: workerDriver,
  boundary: "wasm-worker",
});

/** Guests in processes of their own, as the boundary `wasm-process`. */
export const wasmProcessDriver: Driver<WasmArtifact> = createWasmProcessDriver({
  stdio: stdioDriver,
  program: new URL(`./child-wasm${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url),
  boundary: "wasm-process",
});
