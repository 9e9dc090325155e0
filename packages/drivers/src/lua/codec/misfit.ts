// A Lua value that is not of its declared type -> what is wrong with it, and where in the whole value it stands.
import { terminalSafe } from "@tenon/contract/core";
import { LUA_TYPE, LUA_TYPE_NAMES } from "../vm/api.ts";
import type { LuaThread } from "../vm/api.ts";
import type { Machine } from "../vm/machine.ts";

/** Thrown by lifts. `path` grows on its way out: `.tags[2]`. */
export class LuaMisfit extends Error {
  path = "";
  readonly what: string;
  constructor(what: string) {
    super(what);
    this.what = what;
  }

  /** `value.tags[2]: expected string, got nil`. */
  at(name: string): string {
    return `${name}${this.path}: ${this.what}`;
  }
}

/** Throws on, with where it happened; whatever is no misfit stays as it is. */
export function within(thrown: unknown, segment: string): never {
  if (thrown instanceof LuaMisfit) thrown.path = segment + thrown.path;
  throw thrown;
}

export function expected(what: string, machine: Machine, L: LuaThread, index: number): never {
  throw misfitOf(what, machine, L, index);
}

export function misfitOf(what: string, machine: Machine, L: LuaThread, index: number): LuaMisfit {
  return new LuaMisfit(`expected ${what}, got ${describe(machine, L, index)}`);
}

const MAX_SHOWN = 40;

/** `string "abc"`, `number 1.5`, `table`. Runs none of the script's own code. */
export function describe(machine: Machine, L: LuaThread, index: number): string {
  const { api } = machine;
  const type = api.lua_type(L, index);
  if (type === LUA_TYPE.boolean) return `boolean ${String(api.to_boolean(L, index) === 1)}`;
  if (type === LUA_TYPE.number) {
    const isWhole = api.lua_isinteger(L, index) === 1;
    return `number ${isWhole ? String(api.lua_tointegerx(L, index, 0)) : floatText(api.to_number(L, index))}`;
  }
  if (type !== LUA_TYPE.string) return LUA_TYPE_NAMES[type] ?? "nothing";
  const text = new TextDecoder().decode(machine.readBytes(L, index, MAX_SHOWN * 4));
  return `string ${JSON.stringify(terminalSafe(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text))}`;
}

/** As Lua shows floats: `1.0`, not `1`. */
function floatText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value);
}
