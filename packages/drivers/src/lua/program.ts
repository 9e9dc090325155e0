// What a state is given before and after its script runs: the prelude, the host's functions, the contract's functions.
import { TenonError, functionLabel, luaGlobal, luaName } from "@tenon/contract/core";
import type { FunctionRef } from "@tenon/host/driver";
import type { ContractCodec, ImportCodec } from "./codec/functions.ts";
import type { LuaSettings, Script } from "./options.ts";
import { BUILTINS, PRELUDE, openLibraries } from "./sandbox.ts";
import type { Task } from "./task.ts";
import { LUA_REGISTRY, LUA_STATUS, LUA_TYPE } from "./vm/api.ts";
import type { LuaThread } from "./vm/api.ts";
import type { Machine } from "./vm/machine.ts";

/** `luaL_loadbufferx` takes text only; it says itself what is wrong with bytecode. */
const TEXT_MODE = "t";

export interface PreludeOptions {
  readonly settings: LuaSettings;
  readonly seed: () => number;
}

/** Opens the libraries and runs the prelude; returns the registry's number of the token. */
export function runPrelude(machine: Machine, { L }: Task, { settings, seed }: PreludeOptions): number {
  const { api, main } = machine;
  openLibraries(api, main, (name) => machine.withText(name, (address) => api.lua_setglobal(main, address)));
  api.lua_createtable(main, 0, 0);
  const token = api.luaL_ref(main, LUA_REGISTRY);
  load(machine, L, { text: PRELUDE, name: "=tenon" });
  api.push_ref(L, token);
  if (settings.hasRandom) api.lua_pushinteger(L, BigInt(seed()));
  else api.lua_pushnil(L);
  for (const [index, name] of BUILTINS.entries()) {
    const isGranted = settings.hasClock || (name !== "time" && name !== "clock");
    if (isGranted) pushFunction(machine, L, index, 1);
    else api.lua_pushnil(L);
  }
  const status = api.resume(L, 0, 2 + BUILTINS.length);
  if ((status & 0xff) !== LUA_STATUS.ok) throw new TenonError("internal", "the prelude of the sandbox failed");
  api.lua_settop(main, 0);
  return token;
}

/** One global table per interface; functions of the world itself are globals. */
export function offerImports(machine: Machine, imports: readonly ImportCodec[]): void {
  const { api, main } = machine;
  for (const [key, functions] of groupByKey(imports)) {
    if (key !== "") api.lua_createtable(main, 0, functions.length);
    for (const { func, resultKind } of functions) {
      const name = luaName(functionLabel(func.function.name));
      if (key !== "") machine.pushText(main, name);
      const kind = resultKind === undefined ? 0 : resultKind + 1;
      pushFunction(machine, main, BUILTINS.length + func.index, func.function.params.length | (kind << 16));
      if (key !== "") api.lua_rawset(main, -3);
      else machine.withText(luaGlobal(name), (address) => api.lua_setglobal(main, address));
    }
    if (key !== "") machine.withText(luaGlobal(key), (address) => api.lua_setglobal(main, address));
  }
}

/** Leaves the script on the stack, ready to be run. Throws start-failed with file and line. */
export function loadScript(machine: Machine, L: LuaThread, { name, text }: Script): void {
  load(machine, L, { name: `@${name}`, text });
}

/** The registry's numbers of the contract's functions, in canonical order, from the table that the script returned. */
export function bindExports(
  machine: Machine,
  L: LuaThread,
  { codec, script }: { readonly codec: ContractCodec; readonly script: Script },
): readonly number[] {
  const { api } = machine;
  if (api.lua_type(L, 1) !== LUA_TYPE.table) {
    throw new TenonError("artifact-invalid", `${script.name} returned no table`, {
      hint: "end the script with: return { ... }",
      sideEffects: "none",
    });
  }
  const missing: FunctionRef[] = [];
  const refs = codec.exports.map(({ func }) => {
    const { key } = func.interface;
    const owner = key === "" || getField(machine, L, { table: 1, name: luaGlobal(key) }) === LUA_TYPE.table;
    const table = key === "" ? 1 : 2;
    const name = luaName(functionLabel(func.function.name));
    const isThere = owner && getField(machine, L, { table, name }) === LUA_TYPE.function;
    if (!isThere) missing.push(func);
    const ref = isThere ? api.luaL_ref(L, LUA_REGISTRY) : 0;
    api.lua_settop(L, 1);
    return ref;
  });
  if (missing.length === 0) return refs;
  throw new TenonError(
    "function-missing",
    `${script.name} does not implement ${missing.map(({ path }) => path).join(", ")}`,
    {
      hint: `return a table with ${missing.slice(0, 3).map(luaPath).join(", ")}`,
      sideEffects: "none",
    },
  );
}

function luaPath({ interface: { key }, function: { name } }: FunctionRef): string {
  const own = luaName(functionLabel(name));
  return key === "" ? own : `${luaGlobal(key)}.${own}`;
}

function getField(
  machine: Machine,
  L: LuaThread,
  { table, name }: { readonly table: number; readonly name: string },
): number {
  return machine.withText(name, (address, length) => machine.api.get_field(L, table, address, length));
}

/** `shape` is what bridge.wat says of it. */
function pushFunction(machine: Machine, L: LuaThread, index: number, shape: number): void {
  machine.api.push_u32(L, index);
  machine.api.push_u32(L, shape);
  machine.api.lua_pushcclosure(L, machine.callIndex, 2);
}

function load(machine: Machine, L: LuaThread, { name, text }: { readonly name: string; readonly text: string }): void {
  const { api } = machine;
  const status = machine.withText(text, (address, length) =>
    machine.withText(name, (chunk) =>
      machine.withText(TEXT_MODE, (mode) => api.luaL_loadbufferx(L, address, length, chunk, mode)),
    ),
  );
  if (status === LUA_STATUS.ok) return;
  const what = machine.readText(L, -1) ?? "the script does not load";
  throw new TenonError("start-failed", what, { hint: "mend the script at the line shown", sideEffects: "none" });
}

function keyOf({ func }: ImportCodec): string {
  return func.interface.key;
}

function groupByKey(imports: readonly ImportCodec[]): Map<string, ImportCodec[]> {
  const groups = new Map<string, ImportCodec[]>();
  for (const one of imports) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
