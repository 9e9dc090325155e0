// The shared Resolve while packages are added to it, and the facts about its types that the rules need.

import type { FieldDef, InterfaceDef, PackageDef, Stability, TypeDef, TypeDefKind, TypeOwner } from "../ir.ts";
import { partsOfKind } from "./anonymous.ts";
import type { BoundWorldItem } from "./bound.ts";
import { Fault } from "./diagnostic.ts";
import type { Span } from "./source.ts";
import { compareVersions, parseVersion, type Version } from "./version.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface LinkedWorld {
  readonly name: string;
  readonly span: Span;
  readonly package: number;
  readonly docs: TypeDef["docs"];
  readonly stability: Stability | undefined;
  imports: Map<string, BoundWorldItem>;
  exports: Map<string, BoundWorldItem>;
}

export interface LinkedPackage {
  readonly name: string;
  readonly version: Version | undefined;
  readonly docs: PackageDef["docs"];
  readonly interfaces: Map<string, number>;
  readonly worlds: Map<string, number>;
}

export interface LinkedInterface extends Omit<Mutable<InterfaceDef>, "types" | "functions"> {
  readonly types: Map<string, number>;
  readonly functions: Map<string, InterfaceDef["functions"][string]>;
}

/** Type nesting through names that is still accepted; whoever walks types may recurse safely. */
const MAX_DEPTH = 500;
/** Leaves of one fully expanded type (the limit of the component model's reference validator). */
const MAX_SIZE = 1_000_000;
/** Entries of all worlds after `include` and elaboration, which multiply what the text says. */
const MAX_WORLD_ITEMS = 500_000;

interface TypeFacts {
  readonly isResource: boolean;
  readonly hasBorrow: boolean;
  readonly depth: number;
  readonly size: number;
}

const LEAF: TypeFacts = { isResource: false, hasBorrow: false, depth: 0, size: 1 };

export class Linked {
  readonly types: Mutable<TypeDef>[] = [];
  readonly interfaces: LinkedInterface[] = [];
  readonly worlds: LinkedWorld[] = [];
  readonly packages: LinkedPackage[] = [];
  readonly packageIds: Map<string, number> = new Map<string, number>();
  readonly #facts: TypeFacts[] = [];
  readonly #directDeps = new Map<number, readonly number[]>();
  readonly #interfaceDepths: number[] = [];
  readonly #features: ReadonlySet<string>;
  readonly #allFeatures: boolean;
  #worldItems = 0;

  constructor(features: readonly string[], allFeatures: boolean) {
    this.#features = new Set(features);
    this.#allFeatures = allFeatures;
  }

  addType(def: TypeDef, span: Span): number {
    const facts = this.#measure(def.kind);
    if (facts.depth > MAX_DEPTH) throw new Fault(span, `types nest more than ${MAX_DEPTH} deep`);
    if (facts.size > MAX_SIZE) throw new Fault(span, `a type expands to more than ${MAX_SIZE} parts`);
    this.#facts.push(facts);
    return this.types.push(def) - 1;
  }

  isResource(type: number): boolean {
    return this.#facts[type]?.isResource ?? false;
  }

  hasBorrow(type: FieldDef["type"]): boolean {
    return typeof type === "number" && (this.#facts[type]?.hasBorrow ?? false);
  }

  #measure(kind: TypeDefKind): TypeFacts {
    if (kind === "resource") return { ...LEAF, isResource: true };
    if ("handle" in kind) return { ...LEAF, hasBorrow: "borrow" in kind.handle };
    let [hasBorrow, depth, size] = [false, 0, 1];
    for (const part of partsOfKind(kind)) {
      const facts = typeof part === "number" ? (this.#facts[part] ?? LEAF) : LEAF;
      hasBorrow ||= facts.hasBorrow;
      depth = Math.max(depth, facts.depth + 1);
      size += facts.size;
    }
    const isResource = "type" in kind && typeof kind.type === "number" && this.isResource(kind.type);
    return { isResource, hasBorrow, depth, size };
  }

  /** Whether an item of package `pkg` is there under the features that are on; a Fault where its gate makes no sense. */
  isOpen(gate: Stability | undefined, pkg: number, span: Span): boolean {
    if (gate === undefined) return true;
    if ("unstable" in gate) return this.#allFeatures || this.#features.has(gate.unstable.feature);
    const owner = this.packages[pkg];
    const since = parseVersion(gate.stable.since);
    if (owner === undefined || since === undefined) return true;
    if (owner.version === undefined) {
      const message = `package [${owner.name}] contains a feature gate with a version specifier, so it must have a version`;
      throw new Fault(span, message, `write \`package ${owner.name}@1.0.0;\``);
    }
    if (compareVersions(since, owner.version) > 0) {
      const current = `(current version ${owner.version.text})`;
      throw new Fault(
        span,
        `feature gate cannot reference unreleased version ${since.text} of package [${owner.name}] ${current}`,
      );
    }
    return true;
  }

  /** The interface from which a type is taken by `use`, if it is an alias of another owner's type. */
  usedInterface(type: number): number | undefined {
    const def = this.types[type];
    if (def === undefined || typeof def.kind !== "object" || !("type" in def.kind) || typeof def.kind.type !== "number")
      return undefined;
    const target = this.types[def.kind.type]?.owner ?? null;
    return target === null || sameOwner(target, def.owner) || !("interface" in target) ? undefined : target.interface;
  }

  /** Interfaces from which an interface takes types, each once, in the order of its types. */
  directDeps(iface: number): readonly number[] {
    let deps = this.#directDeps.get(iface);
    if (deps === undefined) {
      const found = new Set<number>();
      for (const type of this.interfaces[iface]?.types.values() ?? []) {
        const used = this.usedInterface(type);
        if (used !== undefined) found.add(used);
      }
      deps = [...found];
      this.#directDeps.set(iface, deps);
    }
    return deps;
  }

  /** Bounds how deep interfaces take types from one another, and with it the recursion of elaboration. */
  limitDepth(iface: number, span: Span): void {
    let depth = 0;
    for (const dep of this.directDeps(iface)) depth = Math.max(depth, (this.#interfaceDepths[dep] ?? 0) + 1);
    if (depth > MAX_DEPTH) throw new Fault(span, `interfaces use each other more than ${MAX_DEPTH} deep`);
    this.#interfaceDepths[iface] = depth;
  }

  /** Counts work that the text does not bound by its length. */
  spend(span: Span, items = 1): void {
    this.#worldItems += items;
    if (this.#worldItems > MAX_WORLD_ITEMS)
      throw new Fault(span, `the worlds expand to more than ${MAX_WORLD_ITEMS} items`);
  }
}

export function sameOwner(a: TypeOwner, b: TypeOwner): boolean {
  if (a === null || b === null) return a === b;
  if ("world" in a) return "world" in b && a.world === b.world;
  return "interface" in b && a.interface === b.interface;
}
