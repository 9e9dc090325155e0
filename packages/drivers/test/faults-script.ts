// The plugin of the fault catalogue as a script in Lua.
import type { FaultArtifact } from "@tenon/verify/faults";

const SPIN = "while true do end";
const FAULTS = `local asked = 0
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

/** Scripts have no other kinds than one that is whole and one that never ends its start. */
export function faultsScript(kind: FaultArtifact): string {
  return kind === "faults" ? FAULTS : SPIN;
}
