// `tenon/wasm`: the `wasm` boundary for host authors.
export { createWasmWorkerDriver, wasmDriver } from "@tenon/drivers/wasm";
export type {
  InstancePolicy,
  ThreadDriver,
  WasiFolder,
  WasiGrants,
  WasmArtifact,
  WasmWorkerOptions,
} from "@tenon/drivers/wasm";
