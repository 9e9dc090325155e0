// `include w with { a as b }` -> the included world's items in the including one.

import type { FunctionDef, Stability, TypeOwner, TypeRef } from "../ir.ts";
import { mapKind } from "./anonymous.ts";
import type { BoundInclude, BoundWorldItem } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import { mapFunctionKind } from "./link-types.ts";
import { type Linked, sameOwner } from "./linked.ts";
import type { Span } from "./source.ts";

/** `source` is the included world's index in the Resolve. */
export function includeWorld(linked: Linked, target: number, source: number, include: BoundInclude): void {
  const into = linked.worlds[target];
  const from = linked.worlds[source];
  if (into === undefined || from === undefined) return;
  const renames = new Renames(include);
  for (const key of [...from.imports.keys(), ...from.exports.keys()]) renames.mark(key);
  renames.checkAllUsed();
  const isOtherPackage = into.package !== from.package;
  const context = { linked, pkg: into.package, span: include.span, types: new Map<number, number>() };
  const cloner = new Cloner(context, { world: source }, { world: target });
  for (const direction of ["import", "export"] as const) {
    const items = direction === "import" ? into.imports : into.exports;
    for (const [key, item] of direction === "import" ? from.imports : from.exports) {
      linked.spend(include.span);
      if (item.kind === "interface" && item.isById) {
        const known = items.get(key);
        const present = known?.kind === "interface" ? known : item;
        items.set(key, { ...present, stability: mergeStability(item, present.stability, isOtherPackage) });
        continue;
      }
      const name = renames.apply(key);
      const copy = cloner.item(item, name);
      if (items.has(name)) {
        const hint = "rename it with `include ... with { name as other-name }`";
        throw new Fault(include.span, `${direction} of ${quoted(name)} shadows previously ${direction}ed items`, hint);
      }
      items.set(name, copy);
    }
  }
}

function mergeStability(
  from: Extract<BoundWorldItem, { kind: "interface" }>,
  present: Stability | undefined,
  isOtherPackage: boolean,
): Stability | undefined {
  // Versions of another package's gates mean nothing in this one.
  if (isOtherPackage && from.stability !== undefined && "stable" in from.stability) return undefined;
  if (from.stability === undefined || JSON.stringify(from.stability) === JSON.stringify(present)) return present;
  if (present === undefined) return from.stability;
  const gates = `${JSON.stringify(from.stability)} and ${JSON.stringify(present)}`;
  throw new Fault(
    from.span,
    `mismatch in stability of an included interface: ${gates}`,
    "give both mentions the same gate",
  );
}

class Renames {
  readonly #names: ReadonlyMap<string, string>;
  readonly #unused: Set<string>;
  readonly #span: Span;

  constructor(include: BoundInclude) {
    // The first renaming of a name counts, as in the reference resolver.
    this.#names = new Map([...include.renames].reverse().map(({ name, as }) => [name, as]));
    this.#unused = new Set(this.#names.keys());
    this.#span = include.span;
  }

  mark(key: string): void {
    this.#unused.delete(key);
    const part = resourcePart(key);
    if (part !== undefined) this.#unused.delete(part.resource);
  }

  checkAllUsed(): void {
    for (const name of this.#unused) {
      const message = `no import or export kebab-name ${quoted(name)}. Note that an ID does not support renaming`;
      throw new Fault(this.#span, message);
    }
  }

  /** `[method]a.b` follows a renaming of the resource `a`. */
  apply(key: string): string {
    const part = resourcePart(key);
    if (part === undefined) return this.#names.get(key) ?? key;
    return part.before + (this.#names.get(part.resource) ?? part.resource) + part.after;
  }
}

function resourcePart(
  key: string,
): { readonly before: string; readonly resource: string; readonly after: string } | undefined {
  const close = key.indexOf("]");
  if (close === -1) return undefined;
  const dot = key.indexOf(".", close);
  const end = dot === -1 ? key.length : dot;
  return { before: key.slice(0, close + 1), resource: key.slice(close + 1, end), after: key.slice(end) };
}

interface CloneContext {
  readonly linked: Linked;
  readonly pkg: number;
  readonly span: Span;
  /** Originals to copies, shared by everything that one `include` copies. */
  readonly types: Map<number, number>;
}

/** Copies what the included world owns: a type that it defines is another type in each world that includes it. */
class Cloner {
  readonly #context: CloneContext;
  readonly #from: TypeOwner;
  readonly #to: TypeOwner;

  constructor(context: CloneContext, from: TypeOwner, to: TypeOwner) {
    this.#context = context;
    this.#from = from;
    this.#to = to;
  }

  item(item: BoundWorldItem, name: string): BoundWorldItem {
    const { types, interfaces } = this.#context.linked;
    if (item.kind === "function") return { ...item, def: { ...this.#function(item.def), name } };
    if (item.kind === "interface") {
      return interfaces[item.id]?.name === null ? { ...item, id: this.#interface(item.id) } : item;
    }
    const id = this.#type(item.id);
    const type = types[id];
    if (type !== undefined) type.name = name;
    return { ...item, id };
  }

  #type(id: number): number {
    const { linked, types, span } = this.#context;
    const known = types.get(id);
    if (known !== undefined) return known;
    const def = linked.types[id];
    if (def === undefined) return id;
    linked.spend(span);
    const isAlias = typeof def.kind === "object" && "type" in def.kind;
    const kind = mapKind(def.kind, (part) => (isAlias ? this.#aliased(part) : this.#ref(part)));
    const copy = linked.addType({ ...def, kind, owner: def.owner === null ? null : this.#to }, span);
    types.set(id, copy);
    return copy;
  }

  /** What `use` takes from an interface stays that interface's type. */
  #aliased(type: TypeRef): TypeRef {
    if (typeof type !== "number") return type;
    const owner = this.#context.linked.types[type]?.owner ?? null;
    return sameOwner(owner, this.#from) ? this.#type(type) : (this.#context.types.get(type) ?? type);
  }

  #ref(type: TypeRef): TypeRef {
    return typeof type === "number" ? this.#type(type) : type;
  }

  #function(def: FunctionDef): FunctionDef {
    const kind =
      typeof def.kind === "string" ? def.kind : mapFunctionKind(def.kind, (resource) => this.#type(resource));
    const params = def.params.map((param) => ({ ...param, type: this.#ref(param.type) }));
    return { ...def, kind, params, ...(def.result !== undefined && { result: this.#ref(def.result) }) };
  }

  #interface(id: number): number {
    const { linked, pkg } = this.#context;
    const original = linked.interfaces[id];
    if (original === undefined) return id;
    const copy = linked.interfaces.length;
    const inner = new Cloner(this.#context, { interface: id }, { interface: copy });
    const types = new Map([...original.types].map(([name, type]) => [name, inner.#type(type)]));
    const functions = new Map([...original.functions].map(([name, def]) => [name, inner.#function(def)]));
    linked.interfaces.push({ ...original, types, functions, package: pkg, clone_of: id });
    return copy;
  }
}
