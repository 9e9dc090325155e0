// A world as written -> a world that lists everything it needs: each interface after those it takes types from.
// The order and the rule for exports: component-model WIT.md, "Nested/transitive imports"; issue component-model#208.

import type { Stability } from "../ir.ts";
import { type BoundWorldItem, interfaceKey } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import type { Linked, LinkedWorld } from "./linked.ts";

type Items = Map<string, BoundWorldItem>;
type InterfaceItem = Extract<BoundWorldItem, { kind: "interface" }>;

export function elaborateWorld(linked: Linked, world: LinkedWorld): void {
  new Elaboration(linked, world).run();
}

class Elaboration {
  readonly #linked: Linked;
  readonly #world: LinkedWorld;
  readonly #imports: Items = new Map();
  readonly #exports: Items = new Map();
  /** Interfaces that exports need and that are not exported themselves. */
  readonly #required = new Set<number>();

  constructor(linked: Linked, world: LinkedWorld) {
    this.#linked = linked;
    this.#world = world;
  }

  run(): void {
    for (const [key, item] of this.#sorted(this.#world.imports)) {
      if (item.kind === "interface") this.#import(key, item);
      else {
        if (item.kind === "type") this.#importSourceOf(item.id);
        this.#imports.set(key, item);
      }
    }
    for (const [key, item] of this.#world.exports) if (item.kind !== "interface") this.#exports.set(key, item);
    for (const [key, item] of this.#world.exports) {
      if (item.kind === "interface" && !this.#export(key, item, true)) throw this.#conflict(item);
    }
    this.#world.imports = new Map(this.#sorted(this.#imports));
    this.#world.exports = this.#exports;
  }

  #conflict(item: InterfaceItem): Fault {
    const { interfaces, packages } = this.#linked;
    const iface = interfaces[item.id];
    const name = item.isById ? `${packages[iface?.package ?? 0]?.name}/${iface?.name}` : (this.#labelOf(item) ?? "");
    const message = `interface ${quoted(name)} transitively depends on an interface in incompatible ways`;
    return new Fault(
      this.#world.span,
      message,
      "export every interface on the way from it to the other exported interface",
    );
  }

  #labelOf(item: InterfaceItem): string | undefined {
    for (const [key, other] of this.#world.exports) if (other === item) return key;
    return undefined;
  }

  /** Interfaces, then types taken by `use`, then own types, functions, and last the functions of resources. */
  #sorted(items: Items): [string, BoundWorldItem][] {
    const entries = [...items];
    const ranks = new Map(entries.map(([key, item]) => [key, this.#rank(item)]));
    return entries.sort(([a], [b]) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  }

  #rank(item: BoundWorldItem): number {
    if (item.kind === "interface") return 0;
    if (item.kind === "type") return this.#linked.usedInterface(item.id) === undefined ? 2 : 1;
    return typeof item.def.kind === "string" ? 3 : 4;
  }

  #importSourceOf(type: number): void {
    const source = this.#linked.usedInterface(type);
    if (source === undefined) return;
    this.#import(interfaceKey(source), this.#dependency(source, this.#linked.types[type]?.stability));
  }

  #dependency(id: number, stability: Stability | undefined, externalId?: string): InterfaceItem {
    return { kind: "interface", id, isById: true, docs: undefined, stability, externalId, span: this.#world.span };
  }

  #import(key: string, item: InterfaceItem): void {
    this.#linked.spend(this.#world.span);
    if (this.#imports.has(key)) return;
    for (const id of this.#linked.directDeps(item.id))
      this.#import(interfaceKey(id), this.#dependency(id, item.stability));
    this.#imports.set(key, item);
  }

  /**
   * Adds an export, or with `isExport` false an import that an export needs. False where an exported interface would
   * be needed as an import as well: its types would then exist twice.
   */
  #export(key: string, item: InterfaceItem, isExport: boolean): boolean {
    this.#linked.spend(this.#world.span);
    if (this.#exports.has(key)) return isExport;
    if (!isExport && this.#required.has(item.id)) return true;
    for (const id of this.#linked.directDeps(item.id)) {
      const depKey = interfaceKey(id);
      const dependency = this.#dependency(id, item.stability, item.externalId);
      if (!this.#export(depKey, dependency, isExport && this.#world.exports.has(depKey))) return false;
    }
    if (isExport) {
      if (this.#required.has(item.id)) return false;
      this.#exports.set(key, item);
    } else {
      this.#required.add(item.id);
      if (!this.#imports.has(key)) this.#imports.set(key, item);
    }
    return true;
  }
}
