// A type -> code that pushes a JavaScript value onto Lua's stack. The value was checked against the type before.
//
//   bool; u8..s32; f32, f64               boolean; integer; float
//   u64, s64                              integer with the same 64 bits: a u64 from 2^63 on shows as negative
//   char; string; list<u8>                string: UTF-8, UTF-8, bytes
//   list<T>; list<option<T>>              sequence; with its length in `n`, as of table.pack
//   tuple; record; flags                  sequence; table with `_` for `-` in its keys; the same with booleans
//   enum; variant, result                 "wit-label"; { tag = "wit-label", val = ... }
//   option<T>                             T or nil; { tag = "some", val = ... } or { tag = "none" } inside an option or map
//   map<K, V>                             table
import { isTaggedOption } from "@tenon/abi";
import { camelCase, luaName, TenonError } from "@tenon/contract/core";
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import type { LuaThread } from "../vm/api.ts";
import type { Machine } from "../vm/machine.ts";
import type { Keys } from "./keys.ts";

/** Pushes exactly one value, and needs `4 * depth` free slots at most. */
export type Lower = (machine: Machine, L: LuaThread, value: never) => void;
type AnyLower = (machine: Machine, L: LuaThread, value: unknown) => void;

export class Lowering {
  readonly #keys: Keys;
  readonly #made = new Map<ValueType, AnyLower>();

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Throws boundary-unsupported for resources, streams and futures. */
  of(type: ValueType): AnyLower {
    let made = this.#made.get(type);
    if (made === undefined) this.#made.set(type, (made = this.#make(type) as AnyLower));
    return made;
  }

  #make(type: ValueType): Lower {
    switch (type.kind) {
      case "record":
        return this.#record(type.fields);
      case "tuple":
        return this.#tuple(type.items);
      case "list":
        return type.element.kind === "u8" ? lowerBytes : this.#list(type.element);
      case "map":
        return this.#map(type.key, type.value);
      case "option":
        return isTaggedOption(type.item) ? this.#taggedOption(type.item) : this.#option(type.item);
      case "result":
        return this.#cases([
          { name: "ok", ...(type.ok && { type: type.ok }) },
          { name: "err", ...(type.err && { type: type.err }) },
        ]);
      case "variant":
        return this.#cases(type.cases);
      case "flags":
        return this.#record(type.flags.map((name) => ({ name, type: { kind: "bool" } })));
      case "own":
      case "borrow":
      case "stream":
      case "future":
        throw unsupported(type.kind);
      default:
        return SCALARS[type.kind];
    }
  }

  #record(fields: readonly Field[]): Lower {
    const parts = fields.map(({ name, type }) => ({
      read: propertyReader(camelCase(name)),
      key: this.#keys.of(luaName(name)),
      lower: this.of(type),
    }));
    return (machine, L, value: Record<string, unknown>) => {
      const { api } = machine;
      api.lua_createtable(L, 0, parts.length);
      for (const { read, key, lower } of parts) {
        const item = read(value);
        // Nil is what a missing key reads as.
        if (item === undefined) continue;
        lower(machine, L, item);
        api.set_field(L, machine.keys + key.offset, key.length);
      }
    };
  }

  #tuple(items: readonly ValueType[]): Lower {
    const parts = items.map((item) => this.of(item));
    return (machine, L, value: readonly unknown[]) => {
      machine.api.lua_createtable(L, parts.length, 0);
      for (let index = 0; index < parts.length; index++) {
        parts[index]!(machine, L, value[index]);
        machine.api.set_item(L, index + 1);
      }
    };
  }

  #list(element: ValueType): Lower {
    const part = this.of(element);
    const length = hasHoles(element) ? this.#keys.of("n") : undefined;
    return (machine, L, value: ArrayLike<unknown>) => {
      const { api } = machine;
      api.lua_createtable(L, value.length, length === undefined ? 0 : 1);
      for (let index = 0; index < value.length; index++) {
        part(machine, L, value[index]);
        api.set_item(L, index + 1);
      }
      if (length === undefined) return;
      api.push_u32(L, value.length);
      api.set_field(L, machine.keys + length.offset, length.length);
    };
  }

  #map(key: ValueType, item: ValueType): Lower {
    const keyPart = this.of(key);
    const itemPart = hasHoles(item) ? (this.#taggedOption(itemOf(item)) as AnyLower) : this.of(item);
    return (machine, L, value: ReadonlyMap<unknown, unknown>) => {
      machine.api.lua_createtable(L, 0, value.size);
      for (const [k, v] of value) {
        keyPart(machine, L, k);
        itemPart(machine, L, hasHoles(item) ? optionTag(v) : v);
        machine.api.lua_rawset(L, -3);
      }
    };
  }

  #option(item: ValueType): Lower {
    const part = this.of(item);
    return (machine, L, value: unknown) => {
      if (value === undefined) machine.api.lua_pushnil(L);
      else part(machine, L, value);
    };
  }

  #taggedOption(item: ValueType): Lower {
    return this.#cases([{ name: "some", type: item }, { name: "none" }]);
  }

  #cases(cases: readonly VariantCase[]): Lower {
    const tag = this.#keys.of("tag");
    const val = this.#keys.of("val");
    const parts = new Map(
      cases.map(({ name, type }) => [name, { label: this.#keys.of(name), lower: type && this.of(type) }]),
    );
    return (machine, L, value: { readonly tag: string; readonly val?: unknown }) => {
      const { api, keys } = machine;
      const { label, lower } = parts.get(value.tag)!;
      api.lua_createtable(L, 0, 2);
      api.lua_pushlstring(L, keys + label.offset, label.length);
      api.set_field(L, keys + tag.offset, tag.length);
      if (lower === undefined) return;
      lower(machine, L, value.val);
      api.set_field(L, keys + val.offset, val.length);
    };
  }
}

const SCALARS = {
  bool: (machine: Machine, L: LuaThread, value: boolean) => machine.api.lua_pushboolean(L, value ? 1 : 0),
  u8: lowerUnsigned,
  u16: lowerUnsigned,
  u32: lowerUnsigned,
  s8: lowerSigned,
  s16: lowerSigned,
  s32: lowerSigned,
  u64: lowerWide,
  s64: lowerWide,
  f32: (machine: Machine, L: LuaThread, value: number) => machine.api.lua_pushnumber(L, Math.fround(value)),
  f64: (machine: Machine, L: LuaThread, value: number) => machine.api.lua_pushnumber(L, value),
  char: lowerText,
  string: lowerText,
  "error-context": lowerText,
  enum: lowerText,
};

function lowerUnsigned(machine: Machine, L: LuaThread, value: number): void {
  machine.api.push_u32(L, value);
}
function lowerSigned(machine: Machine, L: LuaThread, value: number): void {
  machine.api.push_s32(L, value);
}
/** The engine takes the low 64 bits, which are all there are. */
function lowerWide(machine: Machine, L: LuaThread, value: bigint): void {
  machine.api.lua_pushinteger(L, value);
}
function lowerText(machine: Machine, L: LuaThread, value: string): void {
  machine.pushText(L, value);
}
function lowerBytes(machine: Machine, L: LuaThread, value: Uint8Array | readonly number[]): void {
  machine.pushBytes(L, value instanceof Uint8Array ? value : Uint8Array.from(value));
}

/** Whether nil is one of the type's values, which no table can hold. */
export function hasHoles(type: ValueType): boolean {
  return type.kind === "option" && !isTaggedOption(type.item);
}

/** The item of an option that `hasHoles`. */
export function itemOf(type: ValueType): ValueType {
  return type.kind === "option" ? type.item : type;
}

function optionTag(value: unknown): unknown {
  return value === undefined ? { tag: "none" } : { tag: "some", val: value };
}

/** Names like `constructor` count only as own properties. */
function propertyReader(key: string): (object: Record<string, unknown>) => unknown {
  if (key in Object.prototype) return (object) => (Object.hasOwn(object, key) ? object[key] : undefined);
  return (object) => object[key];
}

export function unsupported(kind: string): TenonError {
  return new TenonError("boundary-unsupported", `a Lua plugin cannot have values of the kind ${kind}`, {
    hint: "use another boundary for this contract, or pass an id in place of the handle",
    sideEffects: "none",
  });
}
