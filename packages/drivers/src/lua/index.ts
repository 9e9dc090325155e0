// The public face of `@tenon/drivers/lua`.
export type { IsolationOptions, ThreadDriver } from "../_wasm/sandbox.ts";
export { createLuaDriver, luaDriver } from "./driver.ts";
export type { LuaArtifact } from "./options.ts";
