// `tenon/lua`: the `lua` boundary for host authors, with the driver that threads come from.
import { createLuaDriver } from "@tenon/drivers/lua";
import type { LuaArtifact } from "@tenon/drivers/lua";
import type { Driver } from "@tenon/host";
import { isolations } from "./isolations.ts";

export { createLuaDriver } from "@tenon/drivers/lua";
export type { IsolationOptions, LuaArtifact, ThreadDriver } from "@tenon/drivers/lua";

/** Scripts of Lua; `artifact.isolation` says where each runs: `inline` (default) or `worker`. */
export const luaDriver: Driver<LuaArtifact> = createLuaDriver(isolations);
