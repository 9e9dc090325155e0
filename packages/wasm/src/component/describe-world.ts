// A component's type -> its world: what it imports and exports as contracts say it, with resources named by where they are.
import type { ContractFunction, FunctionKind, ValueType } from "@tenon/contract/core";
import type { PlanInterface, PlanWorld } from "../link/plan.ts";
import { NameFault, parseExternName } from "./names.ts";
import { valueTypeOf } from "./plan-builder.ts";
import { shapeParts } from "./shape-parts.ts";
import type { ComponentType, DefinedType, Extern, FuncType, Path, ResourceId, Value } from "./types.ts";

interface Named {
  readonly name: string;
  readonly owner: "host" | "plugin";
}

/**
 * The world of a component. What no contract has is left out: modules, components, instances in instances,
 * and functions that mention resources of those.
 */
export function describeWorld(type: ComponentType): PlanWorld {
  const resources = new Map<ResourceId, Named>();
  const add = (paths: ReadonlyMap<ResourceId, Path>, owner: Named["owner"]): void => {
    for (const [id, path] of paths) {
      // Contracts have interfaces in worlds and nothing deeper.
      if (path.length <= 2) resources.set(id, { name: resourceName(path), owner });
    }
  };
  add(type.imported, "host");
  add(type.fresh, "plugin");
  const describe = new Describer(resources, type.notes);
  return { imports: describe.side(type.imports), exports: describe.side(type.exports) };
}

/** `wasi:io/streams#input-stream`, or `#counter` for one of the world itself. */
function resourceName(path: Path): string {
  return `${path.slice(0, -1).join("/")}#${path.at(-1) ?? ""}`;
}

class Describer {
  readonly #resources: ReadonlyMap<ResourceId, Named>;
  readonly #notes: ReadonlyMap<string, string>;
  readonly #values = new Map<DefinedType, ValueType>();

  constructor(resources: ReadonlyMap<ResourceId, Named>, notes: ReadonlyMap<string, string> = new Map()) {
    this.#resources = resources;
    this.#notes = notes;
  }

  side(externs: ReadonlyMap<string, Extern>): PlanInterface[] {
    const interfaces: PlanInterface[] = [];
    const world: [string, Extern][] = [];
    for (const [name, extern] of externs) {
      if (extern.kind === "instance") interfaces.push(this.#interface(name, extern.type.exports));
      else if (extern.kind === "func" || extern.kind === "type") world.push([name, extern]);
    }
    const own = this.#interface("", new Map(world));
    return own.functions.length > 0 || own.resources.length > 0 ? [own, ...interfaces] : interfaces;
  }

  #interface(id: string, externs: ReadonlyMap<string, Extern>): PlanInterface {
    const functions: ContractFunction[] = [];
    const resources: string[] = [];
    for (const [name, extern] of externs) {
      if (extern.kind === "func" && this.#isNameable(extern.type)) functions.push(this.#function(name, extern.type));
      // An alias of another interface's resource is a `use`, not a resource of this one.
      if (extern.kind !== "type" || extern.type.sort !== "resource") continue;
      if (this.#resources.get(extern.type.id)?.name === `${id}#${name}`) resources.push(name);
    }
    const target = this.#notes.get(id);
    return { id, functions, resources, ...(target !== undefined && !target.startsWith(id) && { implements: target }) };
  }

  #isNameable(type: FuncType): boolean {
    if (!type.hasResource) return true;
    return [...resourcesOf(type)].every((id) => this.#resources.has(id));
  }

  #function(name: string, type: FuncType): ContractFunction {
    return {
      name,
      ...kindOf(name),
      isAsync: type.isAsync,
      params: type.params.map(([label, param]) => ({ name: label, type: this.#value(param) })),
      ...(type.result !== undefined && { result: this.#value(type.result) }),
    };
  }

  #named(id: ResourceId): Named {
    return this.#resources.get(id) ?? { name: `#${id.name}`, owner: "plugin" };
  }

  #value(type: Value): ValueType {
    if (typeof type === "string") return { kind: type };
    const known = this.#values.get(type);
    if (known !== undefined) return known;
    const made = valueTypeOf(
      type,
      (part) => this.#value(part),
      (id) => this.#named(id).name,
      (id) => this.#named(id).owner,
    );
    this.#values.set(type, made);
    return made;
  }
}

function resourcesOf(type: FuncType): Set<ResourceId> {
  const found = new Set<ResourceId>();
  const seen = new Set<DefinedType>();
  const visit = (value: Value | undefined): void => {
    if (value === undefined || typeof value === "string" || !value.hasResource || seen.has(value)) return;
    seen.add(value);
    if (value.shape.kind === "own" || value.shape.kind === "borrow") found.add(value.shape.resource.id);
    for (const part of shapeParts(value.shape)) visit(part);
  };
  for (const [, param] of type.params) visit(param);
  visit(type.result);
  return found;
}

function kindOf(name: string): { readonly kind: FunctionKind; readonly resource?: string } {
  const parts = parseExternName(name);
  if (parts instanceof NameFault) return { kind: "freestanding" };
  if (parts.kind !== "constructor" && parts.kind !== "method" && parts.kind !== "static")
    return { kind: "freestanding" };
  return { kind: parts.kind, resource: parts.resource };
}
