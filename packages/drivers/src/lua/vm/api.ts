// The Lua C API as the host calls it: the exports of the Lua module and of bridge.wat, with what they need of lua.h.

/** A `lua_State *` (one coroutine), a stack index, an address: all are 32-bit integers. */
export type LuaThread = number;

/** `LUA_T...` of lua.h. */
export const LUA_TYPE = { nil: 0, boolean: 1, number: 3, string: 4, table: 5, function: 6 } as const;
export const LUA_TYPE_NAMES: readonly string[] = [
  "nil",
  "boolean",
  "light userdata",
  "number",
  "string",
  "table",
  "function",
  "userdata",
  "thread",
];

/** What `lua_resume` and `lua_load` answer. */
export const LUA_STATUS = { ok: 0, yield: 1, memory: 4 } as const;

/** `LUA_REGISTRYINDEX`, with the default `LUAI_MAXSTACK`. */
export const LUA_REGISTRY = -1_001_000;

/** Slots of its stack that a function may use without asking (`LUA_MINSTACK`). */
export const LUA_MIN_STACK = 20;

/** Functions of bridge.wat; what each does is said there. */
interface BridgeApi {
  setup(scratch: number, capBytes: number): void;
  used(): number;
  alloc(...args: never): number;
  call(...args: never): number;
  resumed(...args: never): number;
  resume(L: LuaThread, from: LuaThread, args: number): number;
  call_scalars(
    L: LuaThread,
    from: LuaThread,
    ref: number,
    count: number,
    kinds: number,
    ...values: readonly [a: number, b: number, c: number, d: number]
  ): number;
  push_ref(L: LuaThread, ref: number): void;
  push_s32(L: LuaThread, value: number): void;
  push_u32(L: LuaThread, value: number): void;
  to_integer(L: LuaThread, index: number): number;
  to_number(L: LuaThread, index: number): number;
  to_boolean(L: LuaThread, index: number): number;
  to_string(L: LuaThread, index: number): number;
  length(L: LuaThread, table: number): number;
  get_field(L: LuaThread, table: number, key: number, length: number): number;
  get_item(L: LuaThread, table: number, index: number): number;
  set_field(L: LuaThread, key: number, length: number): void;
  set_item(L: LuaThread, index: number): void;
  pop(L: LuaThread): void;
}

/** Functions of the Lua module itself, as the reference manual has them (section 4.6 and 5.1). */
interface CoreApi {
  malloc(bytes: number): number;
  free(address: number): void;
  lua_newstate(alloc: number, ud: number): LuaThread;
  lua_newthread(L: LuaThread): LuaThread;
  lua_resetthread(L: LuaThread): number;
  lua_checkstack(L: LuaThread, slots: number): number;
  lua_gettop(L: LuaThread): number;
  lua_settop(L: LuaThread, index: number): void;
  lua_type(L: LuaThread, index: number): number;
  lua_isinteger(L: LuaThread, index: number): number;
  lua_pushnil(L: LuaThread): void;
  lua_pushboolean(L: LuaThread, value: number): void;
  lua_pushinteger(L: LuaThread, value: bigint): void;
  lua_pushnumber(L: LuaThread, value: number): void;
  lua_pushlstring(L: LuaThread, address: number, length: number): number;
  lua_pushcclosure(L: LuaThread, func: number, upvalues: number): void;
  lua_tointegerx(L: LuaThread, index: number, isNumber: number): bigint;
  lua_createtable(L: LuaThread, items: number, fields: number): void;
  lua_rawset(L: LuaThread, index: number): void;
  lua_next(L: LuaThread, index: number): number;
  lua_setglobal(L: LuaThread, name: number): void;
  lua_concat(L: LuaThread, count: number): void;
  lua_error(L: LuaThread): never;
  lua_isyieldable(L: LuaThread): number;
  lua_yieldk(L: LuaThread, results: number, context: number, continuation: number): never;
  luaL_ref(L: LuaThread, table: number): number;
  luaL_where(L: LuaThread, level: number): void;
  luaL_traceback(L: LuaThread, of: LuaThread, message: number, level: number): void;
  luaL_loadbufferx(L: LuaThread, address: number, length: number, name: number, mode: number): number;
  luaopen_base(L: LuaThread): number;
  luaopen_string(L: LuaThread): number;
  luaopen_table(L: LuaThread): number;
  luaopen_math(L: LuaThread): number;
  luaopen_utf8(L: LuaThread): number;
  luaopen_coroutine(L: LuaThread): number;
}

export type LuaApi = BridgeApi & CoreApi;
