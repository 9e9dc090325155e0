import { luaDriver } from "tenon/lua";
import { runFaults } from "@tenon/verify/faults";
import type { FaultArtifact } from "@tenon/verify/faults";
import { skipsOf } from "./faults-runs.ts";

const SPIN = "while true do end";
const SCRIPT = `local asked = 0
local function deep() return 1 + deep() end
return { faults = {
  ping = function(n) return n end,
  count = function() asked = asked + 1 return asked end,
  trap = function() error("no engine's") end,
  spin = function() ${SPIN} end,
  nest = function(depth)
    if depth == 0 then ${SPIN} end
    if depth == 1000 then return 0 end
    return host.nest(depth - 1)
  end,
  take = function(text) return #text end,
  text = function(length) return ("x"):rep(length) end,
  recurse = function() deep() end,
  grow = function()
    local held = {}
    while pcall(function() held[#held + 1] = ("x"):rep(1024 * 1024 - 64) .. #held end) do end
    return #held
  end,
  grow_table = function() return 0 end,
  flood_host = function(count) local n = 0 for _ = 1, count do n = host.tick(n) end return n end,
  flood_output = function(lines) for _ = 1, lines do print(("x"):rep(79)) end end,
  open_files = function() return 0 end,
  hang = function() return host.hang() end,
  stir = function(seed) return seed end,
} }`;

/** Some tenths of a second on the host's thread, enough to reach the stack's end; elsewhere the deadline ends a loop. */
const FUEL = 100_000_000;
const artifact = (fuel: number) => (kind: FaultArtifact) => ({
  source: kind === "faults" ? SCRIPT : SPIN,
  fuel,
});
const skips = skipsOf(luaDriver);

runFaults({ driver: luaDriver, artifact: artifact(FUEL), skips });
for (const isolation of ["worker", "process"] as const)
  runFaults({ driver: luaDriver, title: `lua, ${isolation}`, isolation, artifact: artifact(0), skips });
