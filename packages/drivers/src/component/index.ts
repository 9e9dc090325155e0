// The public face of `@tenon/drivers/component`.
export { componentDriver, createComponentDriver } from "./driver.ts";
export type { ComponentArtifact } from "./options.ts";
export type { ProcessDriver, ProcessRunner, ProcessStart } from "../_wasm/process.ts";
export type { CacheOptions } from "../_wasm/prepared-store.ts";
export type { IsolationOptions, SandboxOptions, ThreadDriver } from "../_wasm/sandbox.ts";
export type { InstancePolicy, WasiFolder, WasiGrants } from "../_wasm/settings.ts";
