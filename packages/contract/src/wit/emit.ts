// The linked graph -> the plain, JSON-compatible Resolve.

import type { InterfaceDef, PackageDef, Resolve, WorldDef, WorldItem } from "../ir.ts";
import type { BoundWorldItem } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import type { Linked, LinkedInterface, LinkedPackage, LinkedWorld } from "./linked.ts";

export function emitResolve(linked: Linked): Resolve {
  return {
    worlds: linked.worlds.map(emitWorld),
    interfaces: linked.interfaces.map(emitInterface),
    types: linked.types,
    packages: linked.packages.map(emitPackage),
  };
}

function emitPackage({ name, docs, interfaces, worlds }: LinkedPackage): PackageDef {
  return {
    name,
    ...(docs !== undefined && { docs }),
    interfaces: plainObject(interfaces),
    worlds: plainObject(worlds),
  };
}

function emitInterface({ types, functions, name, ...rest }: LinkedInterface): InterfaceDef {
  return { name, types: plainObject(types), functions: plainObject(functions), ...rest };
}

function emitWorld(world: LinkedWorld): WorldDef {
  const { name, docs, stability } = world;
  return {
    name,
    imports: emitItems(world.imports, world),
    exports: emitItems(world.exports, world),
    package: world.package,
    ...(docs !== undefined && { docs }),
    ...(stability !== undefined && { stability }),
  };
}

function emitItems(
  items: ReadonlyMap<string, BoundWorldItem>,
  world: LinkedWorld,
): Readonly<Record<string, WorldItem>> {
  const named = new Map<string, WorldItem>();
  for (const [key, item] of items) {
    const name = item.kind === "interface" && item.isById ? `interface-${item.id}` : key;
    // The JSON form has one name space for both; only a label made to look like an index can collide.
    if (named.has(name))
      throw new Fault(world.span, `the plain name ${quoted(name)} is taken by an interface of this world`);
    named.set(name, emitItem(item));
  }
  return plainObject(named);
}

function emitItem(item: BoundWorldItem): WorldItem {
  if (item.kind === "function") return { function: item.def };
  if (item.kind === "type") return { type: item.id };
  const { id, stability, externalId, docs } = item;
  return {
    interface: {
      id,
      ...(stability !== undefined && { stability }),
      ...(externalId !== undefined && { external_id: externalId }),
      ...(docs !== undefined && { docs }),
    },
  };
}

/** Without a prototype, so that a WIT name is never mistaken for an inherited member. */
function plainObject<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const object = Object.create(null) as Record<string, T>;
  for (const [key, value] of entries) object[key] = value;
  return object;
}
