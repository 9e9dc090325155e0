// A type -> code that reads a Lua value from the stack as a JavaScript value of that type (see lower.ts for the mapping).
//
// Total: tables are read past their metatables, as deep as the type goes, and everything is charged to the call's budget
// before it is made, so that neither cycles nor shared tables cost the host more than that.
import { isTaggedOption, numericArray, typeFacts } from "@tenon/abi";
import { camelCase, luaName } from "@tenon/contract/core";
import type { Field, ValueType, VariantCase } from "@tenon/contract/core";
import { LUA_TYPE } from "../vm/api.ts";
import type { LuaThread } from "../vm/api.ts";
import type { Machine } from "../vm/machine.ts";
import type { Keys } from "./keys.ts";
import { liftBytes, liftScalar, listLabels } from "./lift-scalars.ts";
import { hasHoles, itemOf, unsupported } from "./lower.ts";
import { LuaMisfit, expected, misfitOf, within } from "./misfit.ts";

/**
 * Reads what stands at `index`, an absolute one, on a stack of `top` values; leaves the stack as it was. Throws LuaMisfit,
 * or resource-exhausted; the stack is of any height then.
 */
export type Lift = (machine: Machine, L: LuaThread, index: number, top: number) => unknown;

const OBJECT_BYTES = 24;
const SLOT_BYTES = 8;

export class Lifting {
  readonly #keys: Keys;
  readonly #made = new Map<ValueType, Lift>();

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Throws boundary-unsupported for resources, streams and futures. */
  of(type: ValueType): Lift {
    let made = this.#made.get(type);
    if (made === undefined) this.#made.set(type, (made = this.#make(type)));
    return made;
  }

  #make(type: ValueType): Lift {
    switch (type.kind) {
      case "record":
        return this.#record(type.fields);
      case "tuple":
        return this.#tuple(type.items);
      case "list":
        return type.element.kind === "u8" ? liftBytes(type.length) : this.#list(type.element, type.length);
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
        return this.#flags(type.flags);
      case "own":
      case "borrow":
      case "stream":
      case "future":
        throw unsupported(type.kind);
      default:
        return liftScalar(type);
    }
  }

  #record(fields: readonly Field[]): Lift {
    const parts = fields.map(({ name, type }) => ({
      name: luaName(name),
      property: camelCase(name),
      key: this.#keys.of(luaName(name)),
      lift: this.of(type),
    }));
    const cost = OBJECT_BYTES + SLOT_BYTES * parts.length;
    return (machine, L, index, top) => {
      const { api, keys } = machine;
      if (api.lua_type(L, index) !== LUA_TYPE.table) expected("a table", machine, L, index);
      machine.budget.charge(cost);
      const value: Record<string, unknown> = {};
      let at = 0;
      try {
        for (; at < parts.length; at++) {
          const { property, key, lift } = parts[at]!;
          api.get_field(L, index, keys + key.offset, key.length);
          value[property] = lift(machine, L, top + 1, top + 1);
          api.pop(L);
        }
      } catch (thrown) {
        within(thrown, `.${parts[at]!.name}`);
      }
      return value;
    };
  }

  #flags(flags: readonly string[]): Lift {
    const parts = flags.map((name) => ({
      name: luaName(name),
      property: camelCase(name),
      key: this.#keys.of(luaName(name)),
    }));
    const cost = OBJECT_BYTES + SLOT_BYTES * parts.length;
    return (machine, L, index, top) => {
      const { api, keys } = machine;
      if (api.lua_type(L, index) !== LUA_TYPE.table) expected("a table of booleans", machine, L, index);
      machine.budget.charge(cost);
      const value: Record<string, boolean> = {};
      for (const { name, property, key } of parts) {
        const isMissing = api.get_field(L, index, keys + key.offset, key.length) === LUA_TYPE.nil;
        const flag = isMissing ? 0 : api.to_boolean(L, top + 1);
        if (flag > 1) within(misfitOf("a boolean", machine, L, top + 1), `.${name}`);
        value[property] = flag === 1;
        api.pop(L);
      }
      return value;
    };
  }

  #tuple(items: readonly ValueType[]): Lift {
    const parts = items.map((item) => this.of(item));
    return (machine, L, index, top) => {
      if (machine.api.lua_type(L, index) !== LUA_TYPE.table)
        expected(`a table with ${parts.length} items`, machine, L, index);
      machine.budget.chargeList(parts.length, SLOT_BYTES);
      return readItems(machine, L, { index, top, length: parts.length, into: [] }, (at) => parts[at]!);
    };
  }

  #list(element: ValueType, fixed: number | undefined): Lift {
    const part = this.of(element);
    const numbers = numericArray(element);
    const cost = numbers?.width ?? SLOT_BYTES + typeFacts(element).fixedCost;
    const counted = hasHoles(element) ? this.#keys.of("n") : undefined;
    return (machine, L, index, top) => {
      const { api } = machine;
      if (api.lua_type(L, index) !== LUA_TYPE.table) expected("a table", machine, L, index);
      let length = api.length(L, index) >>> 0;
      if (counted !== undefined) {
        api.get_field(L, index, machine.keys + counted.offset, counted.length);
        const n = api.to_integer(L, top + 1);
        api.pop(L);
        if (n >= 0 && n <= 2 ** 31) length = n;
      }
      if (fixed !== undefined && length !== fixed) throw new LuaMisfit(`expected ${fixed} items, got ${length}`);
      machine.budget.chargeList(length, cost);
      const into = numbers === undefined ? [] : (numbers.create(length) as unknown as unknown[]);
      return readItems(machine, L, { index, top, length, into }, () => part);
    };
  }

  #map(key: ValueType, item: ValueType): Lift {
    const keyPart = this.of(key);
    const isTagged = hasHoles(item);
    const itemPart = isTagged ? this.#taggedOption(itemOf(item)) : this.of(item);
    const cost = 2 * SLOT_BYTES + typeFacts(key).fixedCost + typeFacts(item).fixedCost;
    return (machine, L, index, top) => {
      const { api } = machine;
      if (api.lua_type(L, index) !== LUA_TYPE.table) expected("a table", machine, L, index);
      const value = new Map<unknown, unknown>();
      api.lua_pushnil(L);
      while (api.lua_next(L, index) !== 0) {
        machine.budget.chargeList(1, cost);
        try {
          const found = itemPart(machine, L, top + 2, top + 2);
          value.set(keyPart(machine, L, top + 1, top + 2), isTagged ? untagged(found) : found);
        } catch (thrown) {
          within(thrown, "[?]");
        }
        api.pop(L);
      }
      return value;
    };
  }

  #option(item: ValueType): Lift {
    const part = this.of(item);
    return (machine, L, index, top) =>
      machine.api.lua_type(L, index) === LUA_TYPE.nil ? undefined : part(machine, L, index, top);
  }

  #taggedOption(item: ValueType): Lift {
    return this.#cases([{ name: "some", type: item }, { name: "none" }]);
  }

  #cases(cases: readonly VariantCase[]): Lift {
    const tag = this.#keys.of("tag");
    const val = this.#keys.of("val");
    const labels = listLabels(cases.map(({ name }) => name));
    const parts = new Map<unknown, Lift | undefined>(cases.map(({ name, type }) => [name, type && this.of(type)]));
    const wanted = "a table { tag = ..., val = ... }";
    return (machine, L, index, top) => {
      const { api, keys } = machine;
      if (api.lua_type(L, index) !== LUA_TYPE.table) expected(wanted, machine, L, index);
      machine.budget.charge(OBJECT_BYTES + 2 * SLOT_BYTES);
      api.get_field(L, index, keys + tag.offset, tag.length);
      const label = machine.readText(L, top + 1);
      if (!parts.has(label)) within(misfitOf(`one of ${labels}`, machine, L, top + 1), ".tag");
      api.pop(L);
      const part = parts.get(label);
      if (part === undefined) return { tag: label };
      try {
        api.get_field(L, index, keys + val.offset, val.length);
        const value = part(machine, L, top + 1, top + 1);
        api.pop(L);
        return { tag: label, val: value };
      } catch (thrown) {
        within(thrown, ".val");
      }
    };
  }
}

interface Place {
  readonly index: number;
  readonly top: number;
  readonly length: number;
  readonly into: unknown[];
}

/** Fills `into` from the items 1, 2, ... of the table. */
function readItems(
  machine: Machine,
  L: LuaThread,
  { index, top, length, into }: Place,
  partOf: (at: number) => Lift,
): unknown[] {
  const { api } = machine;
  let at = 0;
  try {
    for (; at < length; at++) {
      api.get_item(L, index, at + 1);
      into[at] = partOf(at)(machine, L, top + 1, top + 1);
      api.pop(L);
    }
  } catch (thrown) {
    within(thrown, `[${at + 1}]`);
  }
  return into;
}

function untagged(option: unknown): unknown {
  return (option as { readonly val?: unknown }).val;
}
