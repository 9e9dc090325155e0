// `tenon/lua`: the `lua` boundary for host authors, with the driver that threads come from.
import { createLuaWorkerDriver } from "@tenon/drivers/lua";
import type { LuaArtifact } from "@tenon/drivers/lua";
import { workerDriver } from "@tenon/drivers/worker";
import type { Driver } from "@tenon/host";

export { createLuaWorkerDriver, luaDriver } from "@tenon/drivers/lua";
export type { LuaArtifact, LuaWorkerOptions, ThreadDriver } from "@tenon/drivers/lua";

/** Scripts on threads of their own, as the boundary `lua-worker`. */
export const luaWorkerDriver: Driver<LuaArtifact> = createLuaWorkerDriver({
  worker: workerDriver,
  boundary: "lua-worker",
});
