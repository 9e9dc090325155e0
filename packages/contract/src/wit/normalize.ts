// A Resolve -> the same Resolve in one canonical numbering, so that equal contracts are equal JSON.

import type {
  FunctionDef,
  InterfaceDef,
  PackageDef,
  Resolve,
  TypeDef,
  TypeOwner,
  TypeRef,
  WorldDef,
  WorldItem,
} from "../ir.ts";
import { mapKind, partsOfKind } from "./anonymous.ts";
import { mapFunctionKind } from "./link-types.ts";

/**
 * Packages, interfaces and worlds in the order of their names, types in the order in which a walk from there meets
 * them, object keys sorted. Two Resolves mean the same if and only if this makes them deeply equal.
 * References to nothing are dropped to index -1; circular types (never made by the resolver) are kept in place.
 */
export function normalizeResolve(resolve: Resolve): Resolve {
  return new Normalizer(resolve).run();
}

/** Old indices in their new order, and the way back. */
class Numbering {
  readonly order: number[] = [];
  readonly #new = new Map<number, number>();

  /** False where the index has its number already. */
  add(old: number): boolean {
    if (this.#new.has(old)) return false;
    this.#new.set(old, this.order.push(old) - 1);
    return true;
  }

  get(old: number): number {
    return this.#new.get(old) ?? -1;
  }
}

class Normalizer {
  readonly #resolve: Resolve;
  readonly #packages = new Numbering();
  readonly #interfaces = new Numbering();
  readonly #worlds = new Numbering();
  readonly #types = new Numbering();
  readonly #visited = new Set<number>();

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  run(): Resolve {
    this.#numberItems();
    this.#numberTypes();
    const { packages, interfaces, worlds, types } = this.#resolve;
    return {
      worlds: pick(worlds, this.#worlds).map((world) => this.#world(world)),
      interfaces: pick(interfaces, this.#interfaces).map((iface) => this.#interface(iface)),
      types: pick(types, this.#types).map((type) => this.#type(type)),
      packages: pick(packages, this.#packages).map((pkg) => this.#package(pkg)),
    };
  }

  #numberItems(): void {
    const { packages, interfaces, worlds } = this.#resolve;
    const byName = packages.map((pkg, index) => [pkg.name, index] as const).sort(([a], [b]) => compare(a, b));
    for (const [, index] of byName) this.#packages.add(index);
    for (const pkg of pick(packages, this.#packages))
      for (const [, id] of sorted(pkg.interfaces)) this.#interfaces.add(id);
    for (const pkg of pick(packages, this.#packages)) for (const [, id] of sorted(pkg.worlds)) this.#worlds.add(id);
    worlds.forEach((_, index) => this.#worlds.add(index));
    for (const world of pick(worlds, this.#worlds)) {
      for (const items of [world.imports, world.exports]) {
        for (const [, item] of sorted(items)) if ("interface" in item) this.#interfaces.add(item.interface.id);
      }
    }
    interfaces.forEach((_, index) => this.#interfaces.add(index));
  }

  #numberTypes(): void {
    const { interfaces, worlds, types } = this.#resolve;
    for (const iface of pick(interfaces, this.#interfaces)) {
      for (const [, id] of sorted(iface.types)) this.#visitType(id);
      for (const [, func] of sorted(iface.functions)) this.#visitFunction(func);
    }
    for (const world of pick(worlds, this.#worlds)) {
      for (const items of [world.imports, world.exports]) {
        for (const [, item] of sorted(items)) {
          if ("type" in item) this.#visitType(item.type);
          else if ("function" in item) this.#visitFunction(item.function);
        }
      }
    }
    types.forEach((_, index) => this.#types.add(index));
  }

  #visitFunction(func: FunctionDef): void {
    for (const param of func.params) this.#visitType(param.type);
    if (func.result !== undefined) this.#visitType(func.result);
  }

  /** Parts before the whole, without recursion: the graph may come from elsewhere. */
  #visitType(root: TypeRef): void {
    if (typeof root !== "number" || this.#visited.has(root)) return;
    const stack: { readonly id: number; readonly parts: readonly (TypeRef | null)[]; next: number }[] = [
      this.#frame(root),
    ];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const part = top.parts[top.next];
      top.next += 1;
      if (typeof part === "number" && !this.#visited.has(part)) stack.push(this.#frame(part));
      else if (top.next > top.parts.length) {
        if (this.#resolve.types[top.id] !== undefined) this.#types.add(top.id);
        stack.pop();
      }
    }
  }

  #frame(id: number): { readonly id: number; readonly parts: readonly (TypeRef | null)[]; next: number } {
    this.#visited.add(id);
    const def = this.#resolve.types[id];
    return { id, parts: def === undefined ? [] : partsOfKind(def.kind), next: 0 };
  }

  #package(pkg: PackageDef): PackageDef {
    const interfaces = sortedObject(pkg.interfaces, (id) => this.#interfaces.get(id));
    return { ...pkg, interfaces, worlds: sortedObject(pkg.worlds, (id) => this.#worlds.get(id)) };
  }

  #interface(iface: InterfaceDef): InterfaceDef {
    return {
      ...iface,
      types: sortedObject(iface.types, (id) => this.#types.get(id)),
      functions: sortedObject(iface.functions, (func) => this.#function(func)),
      package: this.#packages.get(iface.package),
      ...(iface.clone_of !== undefined && { clone_of: this.#interfaces.get(iface.clone_of) }),
    };
  }

  #world(world: WorldDef): WorldDef {
    const [imports, exports] = [this.#items(world.imports), this.#items(world.exports)];
    return { ...world, imports, exports, package: this.#packages.get(world.package) };
  }

  #items(items: WorldDef["imports"]): WorldDef["imports"] {
    const renamed = Object.entries(items).map(([key, item]): readonly [string, WorldItem] => {
      if ("type" in item) return [key, { type: this.#types.get(item.type) }];
      if ("function" in item) return [key, { function: this.#function(item.function) }];
      const id = this.#interfaces.get(item.interface.id);
      return [
        key === `interface-${item.interface.id}` ? `interface-${id}` : key,
        { interface: { ...item.interface, id } },
      ];
    });
    return sortedObject(Object.fromEntries(renamed), (item) => item);
  }

  #type(type: TypeDef): TypeDef {
    return { ...type, kind: mapKind(type.kind, (part) => this.#ref(part)), owner: this.#owner(type.owner) };
  }

  #owner(owner: TypeOwner): TypeOwner {
    if (owner === null) return null;
    return "world" in owner
      ? { world: this.#worlds.get(owner.world) }
      : { interface: this.#interfaces.get(owner.interface) };
  }

  #ref(type: TypeRef): TypeRef {
    return typeof type === "number" ? this.#types.get(type) : type;
  }

  #function(func: FunctionDef): FunctionDef {
    const kind = typeof func.kind === "string" ? func.kind : mapFunctionKind(func.kind, (id) => this.#types.get(id));
    const params = func.params.map((param) => ({ ...param, type: this.#ref(param.type) }));
    return { ...func, kind, params, ...(func.result !== undefined && { result: this.#ref(func.result) }) };
  }
}

function pick<T>(items: readonly T[], numbering: Numbering): T[] {
  return numbering.order.flatMap((old) => items[old] ?? []);
}

/** By key. Keys of interfaces under their own id hold old numbers: only walks that skip those items may rely on the order. */
function sorted<T>(items: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(items).sort(([a], [b]) => compare(a, b));
}

function sortedObject<T, U>(items: Readonly<Record<string, T>>, map: (item: T) => U): Record<string, U> {
  const object = Object.create(null) as Record<string, U>;
  for (const [key, item] of sorted(items)) object[key] = map(item);
  return object;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
