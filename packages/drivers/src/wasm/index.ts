// The public face of `@tenon/drivers/wasm`.
export { createWasmDriver, wasmDriver } from "./driver.ts";
export type { WasmArtifact } from "./driver.ts";
export { hearReports, noteOf } from "../_granted/report.ts";
export type { ProcessDriver, ProcessRunner, ProcessStart } from "../_wasm/process.ts";
export type { CacheOptions } from "../_wasm/prepared-store.ts";
export type { IsolationOptions, SandboxOptions, ThreadDriver } from "../_wasm/sandbox.ts";
export type { InstancePolicy, WasiFolder, WasiGrants } from "../_wasm/settings.ts";
