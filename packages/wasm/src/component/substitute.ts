// Types in which some resources stand for others -> the same types with the others put in.
import { spend } from "./work.ts";
import { ResourceId, instanceType, definedType, funcType, externFacts, resourceType } from "./types.ts";
import type { AnyType, ComponentType, Extern, InstanceType, Path, ResourceType, Shape, Value } from "./types.ts";

/** Replaces resources, and types as a whole, wherever they occur. Equal objects in give equal objects out. */
export class Substitution {
  readonly #resources = new Map<ResourceId, ResourceType>();
  readonly #known = new Map<AnyType, AnyType>();

  bind(from: ResourceId, to: ResourceType): void {
    this.#resources.set(from, to);
  }

  /** A named type that stands for another, so that what was visible stays visible. */
  bindType(from: AnyType, to: AnyType): void {
    if (from !== to) this.#known.set(from, to);
  }

  /** Binds every resource to the one that `find` has at its path; gives why one is not there. */
  bindAll(resources: ReadonlyMap<ResourceId, Path>, find: (path: Path) => ResourceType | string): string | undefined {
    for (const [id, path] of resources) {
      const found = find(path);
      if (typeof found === "string") return found;
      this.bind(id, found);
    }
    return undefined;
  }

  get #isEmpty(): boolean {
    return this.#resources.size === 0 && this.#known.size === 0;
  }

  extern(extern: Extern): Extern {
    if (this.#isEmpty || extern.kind === "core module") return extern;
    if (extern.kind === "value") {
      return { kind: "value", type: this.value(extern.type) };
    }
    const type = this.type(extern.type);
    // The sort of a type never changes, so the kind of the extern still fits it.
    return type === extern.type ? extern : ({ kind: extern.kind, type } as Extern);
  }

  externs(externs: ReadonlyMap<string, Extern>): ReadonlyMap<string, Extern> {
    if (this.#isEmpty) return externs;
    return new Map([...externs].map(([name, extern]) => [name, this.extern(extern)]));
  }

  type(type: AnyType): AnyType {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    spend(1);
    const made = this.#rebuild(type);
    this.#known.set(type, made);
    return made;
  }

  value(value: Value): Value {
    return typeof value === "string" ? value : (this.type(value) as Value);
  }

  #optional(value: Value | undefined): Value | undefined {
    return value === undefined ? undefined : this.value(value);
  }

  #rebuild(type: AnyType): AnyType {
    switch (type.sort) {
      case "resource": {
        const to = this.#resources.get(type.id);
        return to ?? type;
      }
      case "defined": {
        const shape = this.#shape(type.shape);
        return shape === type.shape ? type : definedType(0, shape);
      }
      case "func": {
        const params = type.params.map(([name, param]) => [name, this.value(param)] as const);
        const result = this.#optional(type.result);
        const isSame = result === type.result && params.every(([, param], index) => param === type.params[index]?.[1]);
        return isSame ? type : funcType(0, type.isAsync, params, result);
      }
      case "instance":
        return this.#instance(type);
      case "component":
        return this.#component(type);
    }
  }

  #instance(type: InstanceType): InstanceType {
    const exports = this.externs(type.exports);
    return sameExterns(exports, type.exports) ? type : instanceType(0, exports, type.fresh);
  }

  #component(type: ComponentType): ComponentType {
    const imports = this.externs(type.imports);
    const exports = this.externs(type.exports);
    if (sameExterns(imports, type.imports) && sameExterns(exports, type.exports)) return type;
    return { ...type, imports, exports, ...externFacts(0, imports, exports) };
  }

  #shape(shape: Shape): Shape {
    switch (shape.kind) {
      case "record": {
        const fields = shape.fields.map(([name, type]) => [name, this.value(type)] as const);
        return fields.every(([, type], index) => type === shape.fields[index]?.[1]) ? shape : { ...shape, fields };
      }
      case "variant": {
        const cases = shape.cases.map(([name, type]) => [name, this.#optional(type)] as const);
        return cases.every(([, type], index) => type === shape.cases[index]?.[1]) ? shape : { ...shape, cases };
      }
      case "tuple": {
        const items = shape.items.map((item) => this.value(item));
        return items.every((item, index) => item === shape.items[index]) ? shape : { ...shape, items };
      }
      case "list": {
        const element = this.value(shape.element);
        return element === shape.element ? shape : { ...shape, element };
      }
      case "option": {
        const item = this.value(shape.item);
        return item === shape.item ? shape : { ...shape, item };
      }
      case "result": {
        const [ok, err] = [this.#optional(shape.ok), this.#optional(shape.err)];
        return ok === shape.ok && err === shape.err ? shape : { ...shape, ok, err };
      }
      case "stream":
      case "future": {
        const element = this.#optional(shape.element);
        return element === shape.element ? shape : { ...shape, element };
      }
      case "map": {
        const [key, value] = [this.value(shape.key), this.value(shape.value)];
        return key === shape.key && value === shape.value ? shape : { ...shape, key, value };
      }
      case "own":
      case "borrow": {
        // The sort of a type never changes.
        const resource = this.type(shape.resource) as ResourceType;
        return resource === shape.resource ? shape : { ...shape, resource };
      }
      default:
        return shape;
    }
  }
}

function sameExterns(a: ReadonlyMap<string, Extern>, b: ReadonlyMap<string, Extern>): boolean {
  if (a === b) return true;
  for (const [name, extern] of a) if (b.get(name) !== extern) return false;
  return true;
}

/** An instance type whose fresh resources are made: what one import or export of it has. `made` is told of each. */
export function openInstance(type: InstanceType, made: (id: ResourceId, path: Path) => void): InstanceType {
  if (type.fresh.size === 0) return type;
  const substitution = new Substitution();
  for (const [from, path] of type.fresh) {
    const id = new ResourceId(from.name);
    made(id, path);
    substitution.bind(from, resourceType(id));
  }
  return instanceType(0, substitution.externs(type.exports));
}
