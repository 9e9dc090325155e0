// Which types have a name outside of a component: what imports and exports may mention ("External Visibility of Types").
import { shapeParts } from "./shape-parts.ts";
import type { AnyType, Extern, FuncType, InstanceType, Value } from "./types.ts";
import { spend } from "./work.ts";

/** The type objects that an import or export has introduced. */
export class NamedTypes {
  readonly #types = new Set<AnyType>();
  readonly #outer: NamedTypes | undefined;

  /** `outer`: names that count here too; what is added here does not count there. */
  constructor(outer?: NamedTypes) {
    this.#outer = outer;
  }

  has(type: AnyType): boolean {
    return this.#types.has(type) || (this.#outer?.has(type) ?? false);
  }

  add(type: AnyType): void {
    this.#types.add(type);
  }

  /** Whether everything that `extern` mentions has a name; the names that it introduces itself are added. */
  admits(extern: Extern): boolean {
    switch (extern.kind) {
      case "func":
        return this.#func(extern.type);
      case "value":
        return this.#value(extern.type);
      case "instance":
        return this.#instance(extern.type);
      case "type":
        if (!this.#content(extern.type)) return false;
        this.add(extern.type);
        return true;
      default:
        // Modules and components are closed: they mention nothing of the scope they stand in.
        return true;
    }
  }

  #instance(type: InstanceType): boolean {
    for (const extern of type.exports.values()) if (!this.admits(extern)) return false;
    return true;
  }

  #func(type: FuncType): boolean {
    return (
      type.params.every(([, param]) => this.#value(param)) && (type.result === undefined || this.#value(type.result))
    );
  }

  #value(value: Value): boolean {
    if (typeof value === "string") return true;
    switch (value.shape.kind) {
      case "record":
      case "variant":
      case "enum":
      case "flags":
        return this.has(value);
      default:
        return this.#content(value);
    }
  }

  /** What stands inside a type, whether or not the type itself has a name. */
  #content(type: AnyType): boolean {
    spend(1);
    switch (type.sort) {
      case "defined":
        if (type.shape.kind === "own" || type.shape.kind === "borrow") return this.has(type.shape.resource);
        return shapeParts(type.shape).every((part) => part === undefined || this.#value(part));
      case "func":
        return this.#func(type);
      case "instance":
        return new NamedTypes(this).#instance(type);
      default:
        return true;
    }
  }
}

/** Whether a type mentions resources that it does not introduce itself. */
export function hasFreeResource(type: AnyType): boolean {
  return mentions(type, new Set());
}

function mentions(type: AnyType, bound: Set<unknown>): boolean {
  if (!type.hasResource) return false;
  spend(1);
  const any = (externs: Iterable<Extern>): boolean => {
    for (const extern of externs) {
      if (extern.kind === "core module" || typeof extern.type === "string") continue;
      if (mentions(extern.type, bound)) return true;
    }
    return false;
  };
  switch (type.sort) {
    case "resource":
      return !bound.has(type.id);
    case "defined":
      if (type.shape.kind === "own" || type.shape.kind === "borrow") return !bound.has(type.shape.resource.id);
      return shapeParts(type.shape).some(
        (part) => part !== undefined && typeof part !== "string" && mentions(part, bound),
      );
    case "func":
      return [...type.params.map(([, param]) => param), type.result].some(
        (part) => part !== undefined && typeof part !== "string" && mentions(part, bound),
      );
    case "instance":
      for (const id of type.fresh.keys()) bound.add(id);
      return any(type.exports.values());
    case "component":
      for (const id of [...type.imported.keys(), ...type.fresh.keys()]) bound.add(id);
      return any(type.imports.values()) || any(type.exports.values());
  }
}
