// Types of one interface or world -> entries of the package's type list.

import type { CaseDef, FieldDef, NameDef, Stability, TypeDefKind, TypeOwner, TypeRef } from "../ir.ts";
import { docsOf, externalIdOf, stabilityOf } from "./annotations.ts";
import type { CaseAst, Id, NamedType, ResourceFunction, TypeAst, TypeBody, TypeItem, UseItem } from "./ast.ts";
import { Fault, quoted } from "./diagnostic.ts";
import { anonymousKey, inheritedStability } from "./anonymous.ts";
import type { NameEntry, PackageScope } from "./package-scope.ts";
import { notFound, toposort } from "./toposort.ts";
import { UniqueNames } from "./unique-names.ts";

const MAP_KEYS: ReadonlySet<TypeRef> = new Set<TypeRef>([
  "bool",
  "u8",
  "u16",
  "u32",
  "u64",
  "s8",
  "s16",
  "s32",
  "s64",
  "char",
  "string",
]);

/** The names of one interface or world, and the making of types from them. */
export class TypeScope {
  readonly names: Map<string, NameEntry> = new Map<string, NameEntry>();
  readonly #unique = new UniqueNames();
  readonly #pkg: PackageScope;
  readonly #owner: TypeOwner;

  constructor(pkg: PackageScope, owner: TypeOwner) {
    this.#pkg = pkg;
    this.#owner = owner;
  }

  define(id: Id, entry: NameEntry): void {
    this.#unique.claim(id);
    this.names.set(id.name, entry);
  }

  /** Defines everything that `use` takes and all types, in an order in which each stands after those it needs. */
  bindAll(items: readonly (UseItem | TypeItem)[]): void {
    for (const item of items) if (item.kind === "use") this.#bindUse(item);
    const definitions = new Map<string, TypeItem>();
    const references = new Map<string, readonly Id[]>();
    for (const item of items) {
      if (item.kind === "use") {
        for (const { name, as } of item.names)
          if (!definitions.has((as ?? name).name)) references.set((as ?? name).name, []);
        continue;
      }
      if (references.has(item.name.name)) throw UniqueNames.fault(item.name);
      definitions.set(item.name.name, item);
      references.set(item.name.name, referencedNames(item.body));
    }
    for (const name of toposort(references, "type")) {
      const item = definitions.get(name);
      if (item !== undefined) this.#bindDefinition(item);
    }
  }

  #bindUse(use: UseItem): void {
    const from = this.#pkg.findInterface(use.from);
    const stability = stabilityOf(use.prefix.attributes);
    const externalId = externalIdOf(use.prefix.attributes);
    for (const { name, as } of use.names) {
      const target = this.#pkg.typeIn(from, name);
      const own = as ?? name;
      const kind = { type: target };
      const type = { name: own.name, kind, owner: this.#owner, docs: undefined, stability, externalId, span: name };
      this.define(own, { kind: "type", id: this.#pkg.addType(type), span: own });
    }
  }

  #bindDefinition(item: TypeItem): void {
    const { name, body, prefix } = item;
    const stability = stabilityOf(prefix.attributes);
    const externalId = externalIdOf(prefix.attributes);
    const kind = this.#bodyKind(body, name, stability);
    const fieldSpans = body.kind === "record" ? { fieldSpans: body.fields.map((field) => field.name) } : {};
    const docs = docsOf(prefix.docs);
    const id = this.#pkg.addType({
      name: name.name,
      kind,
      owner: this.#owner,
      docs,
      stability,
      externalId,
      span: name,
      ...fieldSpans,
    });
    this.define(name, { kind: "type", id, span: name });
  }

  #bodyKind(body: TypeBody, name: Id, stability: Stability | undefined): TypeDefKind {
    switch (body.kind) {
      case "alias":
        return this.#kindOf(body.type, stability);
      case "resource":
        checkResource(body.functions);
        return "resource";
      case "record":
        return { record: { fields: this.#fields(body.fields, stability) } };
      case "flags":
        return { flags: { flags: nameDefs(body.cases) } };
      case "enum":
        if (body.cases.length === 0) throw new Fault(name, "empty enum", "an enum has at least one case");
        return { enum: { cases: nameDefs(body.cases) } };
      case "variant":
        if (body.cases.length === 0) throw new Fault(name, "empty variant", "a variant has at least one case");
        return { variant: { cases: this.#cases(body.cases, stability) } };
    }
  }

  #fields(fields: readonly NamedType[], stability: Stability | undefined): FieldDef[] {
    const unique = new UniqueNames();
    return fields.map((field) => {
      unique.claim(field.name);
      const docs = docsOf(field.docs);
      return { name: field.name.name, type: this.resolve(field.type, stability), ...(docs !== undefined && { docs }) };
    });
  }

  #cases(cases: readonly CaseAst[], stability: Stability | undefined): CaseDef[] {
    const unique = new UniqueNames();
    return cases.map((item) => {
      unique.claim(item.name);
      const docs = docsOf(item.docs);
      return { name: item.name.name, type: this.#optional(item.type, stability), ...(docs !== undefined && { docs }) };
    });
  }

  /** The reference for a type: a primitive, a named type, or the one entry of an anonymous type. */
  resolve(type: TypeAst, stability?: Stability): TypeRef {
    if (type.kind === "primitive") return type.name;
    // `own<r>` is what a bare `r` means; linking makes the handle.
    if (type.kind === "name") return this.#named(type.id);
    const kind = this.#kindOf(type, stability);
    if (typeof kind === "object" && "handle" in kind && "own" in kind.handle) return kind.handle.own;
    return this.intern(kind, type.span, stability);
  }

  intern(kind: TypeDefKind, span: TypeAst["span"], stability?: Stability): number {
    return this.#pkg.addAnonymous(anonymousKey(kind), () => ({
      name: null,
      kind,
      owner: null,
      docs: undefined,
      stability: stability ?? inheritedStability(kind, this.#pkg.bound.types),
      externalId: undefined,
      span,
    }));
  }

  #optional(type: TypeAst | undefined, stability: Stability | undefined): TypeRef | null {
    return type === undefined ? null : this.resolve(type, stability);
  }

  #kindOf(type: TypeAst, stability: Stability | undefined): TypeDefKind {
    switch (type.kind) {
      case "primitive":
        return { type: type.name };
      case "name":
        return { type: this.#named(type.id) };
      case "list": {
        const element = this.resolve(type.element, stability);
        return type.length === undefined ? { list: element } : { "fixed-length-list": [element, type.length] };
      }
      case "map":
        return this.#mapKind(type, stability);
      case "option":
        return { option: this.resolve(type.item, stability) };
      case "tuple":
        return { tuple: { types: type.items.map((item) => this.resolve(item, stability)) } };
      case "result":
        return { result: { ok: this.#optional(type.ok, stability), err: this.#optional(type.err, stability) } };
      case "future":
        return { future: this.#optional(type.element, stability) };
      case "stream":
        return { stream: this.#optional(type.element, stability) };
      case "own":
        return { handle: { own: this.#resource(type.resource) } };
      case "borrow":
        return { handle: { borrow: this.#resource(type.resource) } };
    }
  }

  #mapKind(type: Extract<TypeAst, { kind: "map" }>, stability: Stability | undefined): TypeDefKind {
    const key = this.resolve(type.key, stability);
    const value = this.resolve(type.value, stability);
    if (!MAP_KEYS.has(key)) {
      const allowed = "map keys must be bool, u8, u16, u32, u64, s8, s16, s32, s64, char, or string";
      throw new Fault(type.span, `invalid map key type: ${allowed}`);
    }
    return { map: [key, value] };
  }

  #named(id: Id): number {
    const entry = this.names.get(id.name);
    if (entry === undefined) throw notFound(id, "name");
    if (entry.kind === "function") throw new Fault(id, `cannot use function ${quoted(id.name)} as a type`);
    return entry.id;
  }

  #resource(id: Id): number {
    const type = this.#named(id);
    const { types, requiredResources } = this.#pkg.bound;
    for (let at: TypeRef = type; ;) {
      const kind: TypeDefKind | "foreign" | undefined = types[at]?.kind;
      if (kind === "resource") return type;
      if (kind === "foreign") {
        requiredResources.push({ type: at, span: id });
        return type;
      }
      const next: TypeRef | undefined = typeof kind === "object" && "type" in kind ? kind.type : undefined;
      if (typeof next !== "number") throw new Fault(id, `type ${quoted(id.name)} used in a handle must be a resource`);
      at = next;
    }
  }
}

function nameDefs(cases: readonly CaseAst[]): NameDef[] {
  const unique = new UniqueNames();
  return cases.map((item) => {
    unique.claim(item.name);
    const docs = docsOf(item.docs);
    return { name: item.name.name, ...(docs !== undefined && { docs }) };
  });
}

function checkResource(functions: readonly ResourceFunction[]): void {
  const unique = new UniqueNames();
  let hasConstructor = false;
  for (const func of functions) {
    if (func.kind !== "constructor") {
      unique.claim(func.name, "duplicate function name");
      continue;
    }
    if (hasConstructor) throw new Fault(func.name, "duplicate constructors");
    hasConstructor = true;
  }
}

/** Names that a definition refers to, in the order of the text. */
function referencedNames(body: TypeBody): Id[] {
  const names: Id[] = [];
  if (body.kind === "alias") collectNames(body.type, names);
  else if (body.kind === "record") for (const field of body.fields) collectNames(field.type, names);
  else if (body.kind !== "resource")
    for (const item of body.cases) if (item.type !== undefined) collectNames(item.type, names);
  return names;
}

function collectNames(type: TypeAst, names: Id[]): void {
  if (type.kind === "name") names.push(type.id);
  else if (type.kind === "own" || type.kind === "borrow") names.push(type.resource);
  else for (const part of partsOf(type)) if (part !== undefined) collectNames(part, names);
}

function partsOf(type: TypeAst): readonly (TypeAst | undefined)[] {
  switch (type.kind) {
    case "list":
    case "stream":
    case "future":
      return [type.element];
    case "map":
      return [type.key, type.value];
    case "option":
      return [type.item];
    case "tuple":
      return type.items;
    case "result":
      return [type.ok, type.err];
    default:
      return [];
  }
}
