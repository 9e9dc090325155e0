// What is known of a package while its names are resolved: its items, each file's names, and placeholders for other packages.

import type { Id, UsePath } from "./ast.ts";
import type { BoundPackage, BoundType, Item } from "./bound.ts";
import { Fault, FollowUp, quoted } from "./diagnostic.ts";
import type { PackageAst } from "./collect-packages.ts";
import type { Span } from "./source.ts";
import { notFound } from "./toposort.ts";

/** What a name in an interface or world stands for. */
export type NameEntry =
  | { readonly kind: "type"; readonly id: number; readonly span: Span }
  | { readonly kind: "function"; readonly span: Span };

export class PackageScope {
  readonly bound: BoundPackage;
  /** Names of the interfaces and worlds that the package defines. */
  readonly items: Map<string, Item> = new Map<string, Item>();
  /** Per file: its own items and its top-level `use` names. */
  readonly fileNames: Map<string, Item>[] = [];
  /** Per interface: the names in it, once they are known. */
  readonly interfaceNames: (Map<string, NameEntry> | undefined)[] = [];
  /** Placeholder per other package's item, by `package name/item name`. */
  readonly foreign: Map<string, Item> = new Map<string, Item>();
  /** Interfaces with faults: what is missing in them is no second fault. */
  readonly broken: Set<number> = new Set<number>();
  readonly #anonymous = new Map<string, number>();
  file = 0;

  constructor(ast: PackageAst, docs: BoundPackage["docs"]) {
    this.bound = {
      id: ast.id,
      docs,
      types: [],
      interfaces: [],
      worlds: [],
      foreignInterfaces: [],
      foreignWorlds: [],
      dependencies: new Map(),
      requiredResources: [],
    };
  }

  addType(type: BoundType): number {
    return this.bound.types.push(type) - 1;
  }

  /** One entry for equal anonymous types, such as all `list<u8>` of the package. */
  addAnonymous(key: string, make: () => BoundType): number {
    const known = this.#anonymous.get(key);
    if (known !== undefined) return known;
    const id = this.addType(make());
    this.#anonymous.set(key, id);
    return id;
  }

  addInterface(name: string | null, span: Span): number {
    this.interfaceNames.push(undefined);
    const entry = { name, span, types: new Map(), functions: new Map(), docs: undefined, stability: undefined };
    return this.bound.interfaces.push(entry) - 1;
  }

  addWorld(name: string, span: Span): number {
    const entry = {
      name,
      span,
      imports: new Map(),
      exports: new Map(),
      includes: [],
      docs: undefined,
      stability: undefined,
    };
    return this.bound.worlds.push(entry) - 1;
  }

  /** The interface or world behind a path, seen from the current file. */
  find(path: UsePath): Item {
    const { pkg, name } = path;
    const item = pkg === undefined ? this.findLocal(name) : this.foreign.get(`${pkg.text}/${name.name}`);
    if (item === undefined) throw notFound(name, "interface or world");
    return item;
  }

  findLocal(name: Id): Item | undefined {
    return this.fileNames[this.file]?.get(name.name) ?? this.items.get(name.name);
  }

  findInterface(path: UsePath): number {
    const item = this.find(path);
    if (item.kind === "interface") return item.id;
    throw new Fault(path.name, `name ${quoted(path.name.name)} is defined as a world, not an interface`);
  }

  findWorld(path: UsePath): number {
    const item = this.find(path);
    if (item.kind === "world") return item.id;
    throw new Fault(path.name, `name ${quoted(path.name.name)} is defined as an interface, not a world`);
  }

  isForeignInterface(id: number): boolean {
    return id < this.bound.foreignInterfaces.length;
  }

  /** The type `name` of an interface that is already bound. */
  typeIn(iface: number, name: Id): number {
    const entry = this.interfaceNames[iface]?.get(name.name);
    if (entry?.kind === "type") return entry.id;
    if (entry?.kind === "function")
      throw new Fault(name, `cannot import function ${quoted(name.name)}`, "`use` takes types only");
    if (this.broken.has(iface)) throw new FollowUp();
    throw notFound(name, "name");
  }
}
