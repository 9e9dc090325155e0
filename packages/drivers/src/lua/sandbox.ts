// A new Lua state -> the libraries that a script may have. What reaches files, programs, bytecode, the debugger or the
// collector's settings is not there at all; what could block or outlive a call is there in a harmless form.
import type { LuaApi } from "./vm/api.ts";

/** Opened in the state's main thread, as globals of these names. */
const LIBRARIES: readonly (readonly [name: string, open: keyof LuaApi & `luaopen_${string}`])[] = [
  ["string", "luaopen_string"],
  ["table", "luaopen_table"],
  ["math", "luaopen_math"],
  ["utf8", "luaopen_utf8"],
  ["coroutine", "luaopen_coroutine"],
];

/** The host functions that every state has, in the order in which `PRELUDE` takes them. */
export const BUILTINS = ["write", "time", "clock"] as const;
export type Builtin = (typeof BUILTINS)[number];

/**
 * Runs before the script, with the token, a seed and the built-in host functions; the seed, `time` and `clock` are nil
 * without their grants.
 *
 * A host function that answers later yields the token, which passes through the script's own coroutines up to the host:
 * so `resume` and `wrap` hand it on instead of taking it for the script's value. No script can get hold of the token.
 * There are no finalizers, because they would run outside of any call; the token and these functions are upvalues.
 */
export const PRELUDE = `
local token, seed, write, time, clock = ...
local G = _G
local load0, collect, setmetatable0, getmetatable0 = load, collectgarbage, setmetatable, getmetatable
local rawget, rawequal, type, tostring, error = rawget, rawequal, type, tostring, error
local pack, concat = table.pack, table.concat
local create, resume0, yield, close = coroutine.create, coroutine.resume, coroutine.yield, coroutine.close

for _, name in ipairs { "dofile", "loadfile", "warn" } do G[name] = nil end
string.dump = nil
getmetatable0("").__metatable = false

function G.load(chunk, name, _, ...)
  return load0(chunk, name, "t", ...)
end

function G.collectgarbage(option)
  if option == nil or option == "collect" then return collect("collect") end
  if option == "count" then return collect("count") end
  error("only collectgarbage('collect') and ('count') are available to plugins", 2)
end

function G.setmetatable(object, metatable)
  if type(metatable) == "table" and rawget(metatable, "__gc") ~= nil then
    error("finalizers (__gc) are not available to plugins", 2)
  end
  return setmetatable0(object, metatable)
end

function G.print(...)
  local parts = pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  write(concat(parts, "\\t", 1, parts.n) .. "\\n")
end

local function passed(co, ok, ...)
  if ok and rawequal((...), token) then
    yield(token)
    return passed(co, resume0(co))
  end
  return ok, ...
end

local function unwrapped(co, ok, ...)
  if ok then return ... end
  close(co)
  error((...), 0)
end

function coroutine.resume(co, ...)
  return passed(co, resume0(co, ...))
end

function coroutine.wrap(f)
  local co = create(f)
  return function(...) return unwrapped(co, passed(co, resume0(co, ...))) end
end

function G.ok(value) return { tag = "ok", val = value } end
function G.err(value) return { tag = "err", val = value } end

G.os = { time = time, clock = clock }
if seed then math.randomseed(seed) end
`;

/** Opens the libraries; what they have too much, the prelude takes away again. */
export function openLibraries(api: LuaApi, L: number, setGlobal: (name: string) => void): void {
  api.luaopen_base(L);
  api.pop(L);
  for (const [name, open] of LIBRARIES) {
    api[open](L);
    setGlobal(name);
  }
}
