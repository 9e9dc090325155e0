// The public face of `@tenon/drivers/lua`.
export { createLuaWorkerDriver, luaDriver } from "./driver.ts";
export type { LuaWorkerOptions, ThreadDriver } from "./driver.ts";
export type { LuaArtifact } from "./options.ts";
