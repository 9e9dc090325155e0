// A bound package -> its part of the shared Resolve; every package it depends on is already there.

import type { BoundPackage, BoundType, BoundWorldItem, ForeignItem } from "./bound.ts";
import { interfaceKey } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import { elaborateWorld } from "./elaborate.ts";
import { includeWorld } from "./include.ts";
import { excluded, Remap } from "./link-types.ts";
import type { Linked, LinkedPackage, LinkedWorld } from "./linked.ts";

export function linkPackage(linked: Linked, bound: BoundPackage): number {
  return new PackageLinker(linked, bound).run();
}

class PackageLinker {
  readonly #linked: Linked;
  readonly #bound: BoundPackage;
  readonly #remap: Remap;
  readonly #pkg: number;
  readonly #package: LinkedPackage;

  constructor(linked: Linked, bound: BoundPackage) {
    this.#linked = linked;
    this.#bound = bound;
    this.#remap = new Remap(linked, bound);
    const { text, version } = bound.id;
    this.#package = { name: text, version, docs: bound.docs, interfaces: new Map(), worlds: new Map() };
    this.#pkg = linked.packages.push(this.#package) - 1;
    linked.packageIds.set(text, this.#pkg);
  }

  run(): number {
    for (const foreign of this.#bound.foreignInterfaces) this.#remap.interfaces.push(this.#findForeign(foreign));
    for (const foreign of this.#bound.foreignWorlds) this.#remap.worlds.push(this.#findForeign(foreign));
    const firstType = this.#linkForeignTypes();
    this.#checkRequiredResources();
    this.#linkTypes(firstType);
    this.#linkInterfaces();
    this.#setOwners(firstType, "interface");
    this.#limitInterfaceDepth();
    this.#linkWorlds();
    this.#setOwners(firstType, "world");
    this.#expandWorlds();
    return this.#pkg;
  }

  #findForeign({ item, pkg: pkgName, name, pkgSpan, gates }: ForeignItem): number | null {
    const pkg = this.#linked.packages[this.#linked.packageIds.get(pkgName) ?? -1];
    if (pkg === undefined) throw this.#unknownPackage(pkgName, pkgSpan);
    const lists = item.kind === "world" ? this.#bound.worlds : this.#bound.interfaces;
    const span = lists[item.id]?.span ?? pkgSpan;
    if (!gates.some((gate) => this.#linked.isOpen(gate, this.#pkg, span))) return null;
    const id = (item.kind === "world" ? pkg.worlds : pkg.interfaces).get(name);
    if (id === undefined)
      throw new Fault(span, `${item.kind} ${quoted(name)} not found in package ${quoted(pkg.name)}`);
    return id;
  }

  #unknownPackage(name: string, span: ForeignItem["pkgSpan"]): Fault {
    const known = [...this.#linked.packageIds.keys()].slice(0, 20).map(quoted).join(", ");
    return new Fault(
      span,
      `package ${quoted(name)} not found. known packages: ${known}`,
      "put the package into the `deps` folder",
    );
  }

  /** Index of the first type that the package defines itself. */
  #linkForeignTypes(): number {
    let local = 0;
    for (const type of this.#bound.types) {
      if (type.kind !== "foreign") break;
      local += 1;
      const owner =
        type.owner !== null && "interface" in type.owner
          ? (this.#remap.interfaces[type.owner.interface] ?? null)
          : null;
      const id = owner === null ? undefined : this.#linked.interfaces[owner]?.types.get(type.name ?? "");
      if (id === undefined && this.#linked.isOpen(type.stability, this.#pkg, type.span)) {
        if (owner === null) throw excluded("interface", type.span);
        throw new Fault(type.span, `type ${quoted(type.name ?? "")} not defined in interface`);
      }
      this.#remap.types.push(id ?? null);
    }
    return local;
  }

  #checkRequiredResources(): void {
    for (const { type, span } of this.#bound.requiredResources) {
      const id = this.#remap.types[type];
      // Without its feature the type is not there; a mention of it is a fault of its own.
      if (typeof id !== "number" || this.#linked.isResource(id)) continue;
      throw new Fault(span, "type used in a handle must be a resource");
    }
  }

  #linkTypes(first: number): void {
    for (let local = first; local < this.#bound.types.length; local += 1) {
      const type = this.#bound.types[local];
      if (type === undefined || this.#remap.types[local] !== undefined) continue;
      if (this.#linked.isOpen(type.stability, this.#pkg, type.span)) this.#remap.addType(local);
      else this.#remap.types[local] = null;
    }
  }

  #linkInterfaces(): void {
    const { interfaces, foreignInterfaces } = this.#bound;
    for (const bound of interfaces.slice(foreignInterfaces.length)) {
      const { name, docs, stability, span } = bound;
      if (!this.#linked.isOpen(stability, this.#pkg, span)) {
        this.#remap.interfaces.push(null);
        continue;
      }
      const types = new Map<string, number>();
      for (const [typeName, local] of bound.types) {
        const id = this.#remap.types[local];
        if (typeof id === "number") types.set(typeName, id);
      }
      const functions = new Map();
      for (const [funcName, func] of bound.functions) {
        if (this.#linked.isOpen(func.def.stability, this.#pkg, func.span))
          functions.set(funcName, this.#remap.function(func));
      }
      const extra = { ...(docs !== undefined && { docs }), ...(stability !== undefined && { stability }) };
      const id = this.#linked.interfaces.push({ name, types, functions, ...extra, package: this.#pkg }) - 1;
      this.#remap.interfaces.push(id);
      if (name !== null) this.#package.interfaces.set(name, id);
    }
  }

  #linkWorlds(): void {
    const { worlds, foreignWorlds } = this.#bound;
    for (const { name, span, docs, stability, imports, exports } of worlds.slice(foreignWorlds.length)) {
      if (!this.#linked.isOpen(stability, this.#pkg, span)) {
        this.#remap.worlds.push(null);
        continue;
      }
      const world: LinkedWorld = {
        name,
        span,
        docs,
        stability,
        package: this.#pkg,
        imports: new Map(),
        exports: new Map(),
      };
      for (const [key, item] of imports) this.#linkItem(world.imports, key, item);
      for (const [key, item] of exports) this.#linkItem(world.exports, key, item);
      const id = this.#linked.worlds.push(world) - 1;
      this.#remap.worlds.push(id);
      this.#package.worlds.set(name, id);
    }
  }

  #linkItem(into: Map<string, BoundWorldItem>, key: string, item: BoundWorldItem): void {
    const { span } = item;
    if (item.kind === "type") {
      const id = this.#remap.type(item.id, span);
      if (this.#linked.isOpen(this.#linked.types[id]?.stability, this.#pkg, span)) into.set(key, { ...item, id });
    } else if (item.kind === "function") {
      if (this.#linked.isOpen(item.def.stability, this.#pkg, span))
        into.set(key, { ...item, def: this.#remap.function(item) });
    } else if (this.#linked.isOpen(item.stability, this.#pkg, span)) {
      const id = this.#remap.interface(item.id, span);
      into.set(item.isById ? interfaceKey(id) : key, { ...item, id });
    }
  }

  #setOwners(first: number, what: "interface" | "world"): void {
    const ids = what === "interface" ? this.#remap.interfaces : this.#remap.worlds;
    for (let local = first; local < this.#bound.types.length; local += 1) {
      const bound = this.#bound.types[local];
      const type = this.#linked.types[this.#remap.types[local] ?? -1];
      const owner = ownerIndex(bound, what);
      if (bound === undefined || type === undefined || owner === undefined) continue;
      const id = ids[owner];
      if (typeof id !== "number") {
        throw excluded(what, bound.span, `; this type is not gated by a feature but its ${what} is`);
      }
      type.owner = what === "interface" ? { interface: id } : { world: id };
    }
  }

  #limitInterfaceDepth(): void {
    const { interfaces, foreignInterfaces } = this.#bound;
    for (let local = foreignInterfaces.length; local < interfaces.length; local += 1) {
      const id = this.#remap.interfaces[local];
      const span = interfaces[local]?.span;
      if (typeof id === "number" && span !== undefined) this.#linked.limitDepth(id, span);
    }
  }

  #expandWorlds(): void {
    const { worlds, foreignWorlds } = this.#bound;
    for (let local = foreignWorlds.length; local < worlds.length; local += 1) {
      const id = this.#remap.worlds[local];
      const world = this.#linked.worlds[id ?? -1];
      if (typeof id !== "number" || world === undefined) continue;
      for (const include of worlds[local]?.includes ?? []) {
        if (!this.#linked.isOpen(include.stability, this.#pkg, include.span)) continue;
        includeWorld(this.#linked, id, this.#remap.world(include.world, include.span), include);
      }
      checkNames(world.imports, "import", world);
      checkNames(world.exports, "export", world);
      elaborateWorld(this.#linked, world);
    }
  }
}

function ownerIndex(type: BoundType | undefined, what: "interface" | "world"): number | undefined {
  const owner = type?.owner ?? null;
  if (owner === null) return undefined;
  if ("interface" in owner) return what === "interface" ? owner.interface : undefined;
  return what === "world" ? owner.world : undefined;
}

/** Plain names of a world are apart in any letter case, also after `include`. */
function checkNames(items: ReadonlyMap<string, BoundWorldItem>, what: string, world: LinkedWorld): void {
  const seen = new Map<string, string>();
  for (const [key, item] of items) {
    const known = seen.get(key.toLowerCase());
    if (known !== undefined) {
      const conflict = `conflicts with ${what} ${quoted(known)} (kebab-case identifiers are case-insensitive)`;
      throw new Fault(item.span, `${what} ${quoted(key)} in world ${quoted(world.name)} ${conflict}`);
    }
    seen.set(key.toLowerCase(), key);
  }
}
