// One component, component type or instance type while it is validated: its index spaces, imports, exports and names.
import { binaryFault } from "../binary/faults.ts";
import type { CoreExtern, CoreModuleType } from "../core/externs.ts";
import type { CoreType, CoreTypeTable } from "../core/types.ts";
import { ExternNames } from "./extern-names.ts";
import type { ExternName, Sort } from "./ast.ts";
import type { ComponentBuilder } from "./plan-builder.ts";
import { ResourceId, externFacts, resourceType } from "./types.ts";
import type { AnyType, ComponentType, Extern, FuncType, InstanceType, Path, ResourceType, Value } from "./types.ts";
import { NamedTypes, hasFreeResource } from "./visibility.ts";

export interface LocalResource {
  readonly slot: number;
}
export type ScopeKind = "component" | "component type" | "instance type";
export type CoreExternOf<K extends CoreExtern["kind"]> = Extract<CoreExtern, { kind: K }>;

export class Scope {
  readonly kind: ScopeKind;
  readonly parent: Scope | undefined;
  readonly coreTypeTable: CoreTypeTable;
  /** Where the plan grows; absent in types. */
  readonly builder: ComponentBuilder | undefined;

  readonly coreTypes: (CoreType | CoreModuleType)[] = [];
  readonly coreModules: CoreModuleType[] = [];
  readonly coreInstances: ReadonlyMap<string, CoreExtern>[] = [];
  readonly coreFuncs: CoreType[] = [];
  readonly coreTables: CoreExtern[] = [];
  readonly coreMemories: CoreExternOf<"memory">[] = [];
  readonly coreGlobals: CoreExtern[] = [];
  readonly coreTags: CoreExtern[] = [];
  readonly types: AnyType[] = [];
  readonly funcs: FuncType[] = [];
  readonly components: ComponentType[] = [];
  readonly instances: InstanceType[] = [];

  readonly imports: Map<string, Extern> = new Map();
  readonly exports: Map<string, Extern> = new Map();
  readonly notes: Map<string, string> = new Map();
  readonly importNames: ExternNames = new ExternNames("import");
  readonly exportNames: ExternNames = new ExternNames("export");
  readonly #importedTypes = new NamedTypes();
  readonly #exportedTypes = new NamedTypes(this.#importedTypes);
  readonly #imported = new Map<ResourceId, Path>();
  /** Resources that instances of this scope make: defined here, by instantiation, or by an export's ascription. */
  readonly made: Set<ResourceId> = new Set();
  readonly local: Map<ResourceId, LocalResource> = new Map();

  constructor(
    kind: ScopeKind,
    parent: Scope | undefined,
    coreTypeTable: CoreTypeTable,
    builder: ComponentBuilder | undefined,
  ) {
    this.kind = kind;
    this.parent = parent;
    this.coreTypeTable = coreTypeTable;
    this.builder = builder;
  }

  fail(at: number, why: string): never {
    throw binaryFault("invalid", at, why);
  }

  /** An item of an index space. */
  item<T>(space: readonly T[], index: number, what: string, at: number): T {
    const found = space[index];
    return found === undefined ? this.fail(at, `unknown ${what} ${index}: ${what} index out of bounds`) : found;
  }

  type(index: number, at: number): AnyType {
    return this.item(this.types, index, "type", at);
  }

  funcType(index: number, at: number): FuncType {
    const type = this.type(index, at);
    return type.sort === "func" ? type : this.fail(at, `type index ${index} is not a function type`);
  }

  instanceType(index: number, at: number): InstanceType {
    const type = this.type(index, at);
    return type.sort === "instance" ? type : this.fail(at, `type index ${index} is not an instance type`);
  }

  componentType(index: number, at: number): ComponentType {
    const type = this.type(index, at);
    return type.sort === "component" ? type : this.fail(at, `type index ${index} is not a component type`);
  }

  resource(index: number, at: number): ResourceType {
    const type = this.type(index, at);
    return type.sort === "resource" ? type : this.fail(at, `type index ${index} is not a resource type`);
  }

  moduleType(index: number, at: number): CoreModuleType {
    const type = this.item(this.coreTypes, index, "core type", at);
    return "exports" in type ? type : this.fail(at, `core type index ${index} is not a module type`);
  }

  coreFunc(index: number, at: number): CoreType {
    return this.item(this.coreFuncs, index, "core function", at);
  }

  instance(index: number, at: number): InstanceType {
    return this.item(this.instances, index, "instance", at);
  }

  /** What stands at an index, as an import or export sees it. */
  extern(sort: Sort, index: number, at: number): Extern {
    switch (sort) {
      case "core module":
        return { kind: "core module", type: this.item(this.coreModules, index, "module", at) };
      case "func":
        return { kind: "func", type: this.item(this.funcs, index, "function", at) };
      case "type":
        return { kind: "type", type: this.type(index, at) };
      case "component":
        return { kind: "component", type: this.item(this.components, index, "component", at) };
      case "instance":
        return { kind: "instance", type: this.instance(index, at) };
      case "value":
        return this.fail(at, "values are a gated feature of the component model and not supported");
      default:
        return this.fail(at, `a ${sort} cannot be imported or exported by a component`);
    }
  }

  /** Adds the next item of an extern's index space. */
  push(extern: Extern): void {
    switch (extern.kind) {
      case "core module":
        this.coreModules.push(extern.type);
        return;
      case "func":
        this.funcs.push(extern.type);
        return;
      case "type":
        this.types.push(extern.type);
        return;
      case "component":
        this.components.push(extern.type);
        return;
      case "instance":
        this.instances.push(extern.type);
        return;
      case "value":
    }
  }

  /** A resource that an import brings, with the names that lead to it. */
  noteImported(id: ResourceId, path: Path): void {
    this.#imported.set(id, path);
  }

  /** The names that lead to a resource from the imports; undefined for one that is not imported. */
  importPath(id: ResourceId): Path | undefined {
    return this.#imported.get(id);
  }

  addImport(name: ExternName, extern: Extern): void {
    this.importNames.add(name, extern);
    this.#checkVisible(this.#importedTypes, extern, name, "import");
    this.imports.set(name.name, extern);
    this.#noteExtern(this.importNames, name, extern);
    this.push(extern);
  }

  addExport(name: ExternName, extern: Extern): void {
    this.exportNames.add(name, extern);
    this.#checkVisible(this.#exportedTypes, extern, name, "export");
    this.exports.set(name.name, extern);
    this.#noteExtern(this.exportNames, name, extern);
    this.push(extern);
  }

  #noteExtern(names: ExternNames, name: ExternName, extern: Extern): void {
    if (extern.kind === "type" && extern.type.sort === "resource") names.addResource(name.name, extern.type);
    if (name.implements !== undefined) this.notes.set(name.name, name.implements);
    if (name.versionSuffix !== undefined) this.notes.set(name.name, name.name + name.versionSuffix);
  }

  #checkVisible(names: NamedTypes, extern: Extern, name: ExternName, what: "import" | "export"): void {
    // Instance types are held against this rule where they are used.
    if (this.kind === "instance type" || names.admits(extern)) return;
    this.fail(
      name.at,
      `${extern.kind} not valid to be used as ${what} \`${name.name}\`: it mentions a type that has no name outside`,
    );
  }

  /** The scope that `count` levels out, and whether a component's border lies between. */
  outer(count: number, at: number): { readonly scope: Scope; readonly crossesComponent: boolean } {
    if (count === 0) return { scope: this, crossesComponent: false };
    // Scopes nest a hundred deep at most, so the walk ends long before the largest count.
    if (this.parent === undefined) return this.fail(at, "invalid outer alias count: there are not so many scopes");
    const { scope, crossesComponent } = this.parent.outer(count - 1, at);
    return { scope, crossesComponent: crossesComponent || this.kind === "component" };
  }

  outerType(count: number, index: number, at: number): AnyType {
    const { scope, crossesComponent } = this.outer(count, at);
    const type = scope.type(index, at);
    if (crossesComponent && hasFreeResource(type)) {
      this.fail(at, "cannot alias an outer type which transitively refers to resources not defined in the component");
    }
    return type;
  }

  /** A new abstract resource; `path` leads to it from the imports if it is imported. */
  freshResource(name: string): ResourceType {
    const id = new ResourceId(name);
    this.made.add(id);
    return resourceType(id);
  }

  /** The type of the component or component type that this scope was. */
  finishComponent(at: number): ComponentType {
    const { imports, exports, notes } = this;
    const type: ComponentType = {
      sort: "component",
      imports,
      exports,
      imported: this.#imported,
      fresh: resourcePaths(exports, this.made),
      ...externFacts(at, imports, exports),
      ...(notes.size > 0 && { notes }),
    };
    return type;
  }
}

/** Where exports have the given resources; the first place of each counts. */
export function resourcePaths(
  exports: ReadonlyMap<string, Extern>,
  wanted: ReadonlySet<ResourceId>,
): ReadonlyMap<ResourceId, Path> {
  const found = new Map<ResourceId, Path>();
  const visit = (externs: ReadonlyMap<string, Extern>, path: Path): void => {
    for (const [name, extern] of externs) {
      if (extern.kind === "instance" && extern.type.hasResource) visit(extern.type.exports, [...path, name]);
      if (extern.kind !== "type" || extern.type.sort !== "resource") continue;
      const { id } = extern.type;
      if (wanted.has(id) && !found.has(id)) found.set(id, [...path, name]);
    }
  };
  if (wanted.size > 0) visit(exports, []);
  return found;
}

/** How an import or export introduces a type: as a name of its own for the same type. */
export function renamed(type: AnyType): AnyType {
  return type.sort === "resource" || type.sort === "defined" ? { ...type } : type;
}

/** The value type at an index. */
export function valueAt(scope: Scope, ref: number | Value, at: number): Value {
  if (typeof ref !== "number") return ref;
  const type = scope.type(ref, at);
  return type.sort === "defined" ? type : scope.fail(at, `type index ${ref} is not a defined type`);
}
