// `tenon/lua`: the `lua` boundary for host authors, with the drivers that threads and processes come from.
import { createLuaDriver } from "@tenon/drivers/lua";
import type { LuaArtifact } from "@tenon/drivers/lua";
import type { Driver } from "@tenon/host";
import { isolations } from "./isolations.ts";

export { createLuaDriver } from "@tenon/drivers/lua";
export type { IsolationOptions, LuaArtifact, ThreadDriver } from "@tenon/drivers/lua";

/** Scripts of Lua; `artifact.isolation` says where each runs: `inline` (default), `worker` or `process`. */
export const luaDriver: Driver<LuaArtifact> = createLuaDriver(isolations);
