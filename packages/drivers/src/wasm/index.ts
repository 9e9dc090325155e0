// The public face of `@tenon/drivers/wasm`.
export { createWasmWorkerDriver, wasmDriver } from "./driver.ts";
export type { ThreadDriver, WasmWorkerOptions } from "./driver.ts";
export type { InstancePolicy, WasiFolder, WasiGrants, WasmArtifact } from "./options.ts";
export { createWasmProcessDriver } from "./process.ts";
export type { ProcessDriver, ProcessStart, WasmProcessOptions } from "./process.ts";
