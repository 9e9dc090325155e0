// A world of resolved WIT -> the component type that it stands for, by the rules of WIT.md ("Package format") alone: nothing
// of a Contract or of a snapshot is used, so that it can check them.
import type { FunctionDef, InterfaceDef, Resolve, TypeDef, TypeRef, WorldItem } from "@tenon/contract";
import { ResourceId, definedType, externFacts, funcType, instanceType, resourceType } from "@tenon/wasm/testing";
import type { ComponentType, Extern, Path, ResourceType, Value } from "@tenon/wasm/testing";

/** By the number of the type that defines the resource. */
type Resources = Map<number, ResourceType>;

export function worldType(resolve: Resolve, index: number): ComponentType {
  const world = resolve.worlds[index]!;
  const imported = new Map<ResourceId, Path>();
  const fresh = new Map<ResourceId, Path>();
  const host: Resources = new Map();
  const imports = scope(resolve, world.imports, new Builder(resolve, [host], host, imported));
  const plugin: Resources = new Map();
  const exports = scope(resolve, world.exports, new Builder(resolve, [plugin, host], plugin, fresh));
  return { sort: "component", imports, exports, imported, fresh, ...externFacts(0, imports, exports) };
}

function scope(resolve: Resolve, items: Readonly<Record<string, WorldItem>>, builder: Builder): Map<string, Extern> {
  const externs = new Map<string, Extern>();
  for (const [key, item] of Object.entries(items)) {
    if ("function" in item) externs.set(key, { kind: "func", type: builder.func(item.function) });
    else if ("type" in item) externs.set(key, builder.named(item.type, [key]));
    else {
      const def = resolve.interfaces[item.interface.id]!;
      const pkg = resolve.packages[def.package]!.name;
      const name = key.startsWith("interface-") ? `${pkg}/${def.name}` : key;
      externs.set(name, builder.instance(def, name));
    }
  }
  return externs;
}

class Builder {
  readonly #resolve: Resolve;
  readonly #known: readonly Resources[];
  readonly #own: Resources;
  readonly #fresh: Map<ResourceId, Path>;

  constructor(resolve: Resolve, known: readonly Resources[], own: Resources, fresh: Map<ResourceId, Path>) {
    this.#resolve = resolve;
    this.#known = known;
    this.#own = own;
    this.#fresh = fresh;
  }

  instance(def: InterfaceDef, name: string): Extern {
    const exports = new Map<string, Extern>();
    for (const [label, index] of Object.entries(def.types)) exports.set(label, this.named(index, [name, label]));
    for (const func of Object.values(def.functions)) exports.set(func.name, { kind: "func", type: this.func(func) });
    return { kind: "instance", type: instanceType(0, exports) };
  }

  named(index: number, path: Path): Extern {
    const target = this.#target(index);
    if (typeof target !== "number" || this.#def(target).kind !== "resource") {
      const value = this.#value(index);
      const type = typeof value === "string" ? definedType(0, { kind: "primitive", primitive: value }) : value;
      return { kind: "type", type };
    }
    if (target === index) {
      const id = new ResourceId(path.join("."));
      this.#fresh.set(id, path);
      this.#own.set(index, resourceType(id));
    }
    return { kind: "type", type: this.#resource(target) };
  }

  func(def: FunctionDef): ReturnType<typeof funcType> {
    const isAsync =
      typeof def.kind === "string" ? def.kind.startsWith("async") : Object.keys(def.kind)[0]!.startsWith("async");
    const params = def.params.map(({ name, type }) => [name, this.#value(type)] as const);
    return funcType(0, isAsync, params, this.#optional(def.result ?? null));
  }

  #resource(index: number): ResourceType {
    const found = this.#known.map((one) => one.get(index)).find((one) => one !== undefined);
    if (found === undefined) throw new Error(`there is no resource ${index}`);
    return found;
  }

  #def(index: number): TypeDef {
    return this.#resolve.types[index]!;
  }

  #target(ref: TypeRef): TypeRef {
    const kind = typeof ref === "number" ? this.#def(ref).kind : undefined;
    return typeof kind === "object" && "type" in kind ? this.#target(kind.type) : ref;
  }

  #optional(ref: TypeRef | null): Value | undefined {
    return ref === null ? undefined : this.#value(ref);
  }

  #value(ref: TypeRef): Value {
    const target = this.#target(ref);
    if (typeof target !== "number") return target;
    const { kind } = this.#def(target);
    if (kind === "resource") throw new Error("a resource is no value");
    if ("record" in kind)
      return definedType(0, {
        kind: "record",
        fields: kind.record.fields.map(({ name, type }) => [name, this.#value(type)]),
      });
    if ("variant" in kind)
      return definedType(0, {
        kind: "variant",
        cases: kind.variant.cases.map(({ name, type }) => [name, this.#optional(type)]),
      });
    if ("enum" in kind) return definedType(0, { kind: "enum", labels: kind.enum.cases.map(({ name }) => name) });
    if ("flags" in kind) return definedType(0, { kind: "flags", labels: kind.flags.flags.map(({ name }) => name) });
    if ("tuple" in kind)
      return definedType(0, { kind: "tuple", items: kind.tuple.types.map((type) => this.#value(type)) });
    if ("list" in kind) return definedType(0, { kind: "list", element: this.#value(kind.list) });
    if ("option" in kind) return definedType(0, { kind: "option", item: this.#value(kind.option) });
    if ("result" in kind)
      return definedType(0, {
        kind: "result",
        ok: this.#optional(kind.result.ok),
        err: this.#optional(kind.result.err),
      });
    if ("handle" in kind) {
      const [what, index] =
        "own" in kind.handle ? (["own", kind.handle.own] as const) : (["borrow", kind.handle.borrow] as const);
      return definedType(0, { kind: what, resource: this.#resource(this.#target(index) as number) });
    }
    throw new Error(`no type of this kind in the generator: ${JSON.stringify(kind)}`);
  }
}
