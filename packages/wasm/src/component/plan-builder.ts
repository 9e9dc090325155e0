// Validated definitions of one component -> its part of the link plan: ops, function types, resource slots.
import type { ValueType } from "@tenon/contract/core";
import type { PlanComponent, PlanFunc, PlanModule, PlanOp, SlotFill } from "../link/plan.ts";
import type { DefinedType, FuncType, Path, ResourceId, Value } from "./types.ts";

/** What all components of one binary share. */
export interface PlanParts {
  readonly modules: PlanModule[];
  readonly components: PlanComponent[];
  readonly asyncBuiltins: Set<string>;
}

/** Where an instance finds a resource type: behind the op that made it, or as another one under a new name. */
type SlotSource =
  | { readonly fills: SlotFill[]; readonly path: Path }
  | { readonly same: ResourceId }
  | { readonly slot: number };

export class ComponentBuilder {
  readonly parts: PlanParts;
  readonly index: number;
  readonly #ops: PlanOp[] = [];
  readonly #funcs: PlanFunc[] = [];
  readonly #funcNumbers = new Map<FuncType, number>();
  readonly #sources = new Map<ResourceId, SlotSource>();
  readonly #values = new Map<DefinedType, ValueType>();
  #slots = 0;

  constructor(parts: PlanParts) {
    this.parts = parts;
    // The place is taken at once, so that the outermost component is the first.
    this.index = parts.components.push({ ops: this.#ops, funcs: this.#funcs, slots: 0 }) - 1;
  }

  add(op: PlanOp): void {
    this.#ops.push(op);
  }

  finish(): void {
    this.parts.components[this.index] = { ops: this.#ops, funcs: this.#funcs, slots: this.#slots };
  }

  /** A resource type that an op makes; gives the slot it fills. */
  define(id: ResourceId): number {
    const slot = this.#slots++;
    this.#sources.set(id, { slot });
    return slot;
  }

  /** A resource type that comes with an import or an instance: `fills` is the op's list, `path` the names from there. */
  comesWith(id: ResourceId, fills: SlotFill[], path: Path): void {
    this.#sources.set(id, { fills, path });
  }

  /** A resource type that an export shows under a new identity. */
  standsFor(id: ResourceId, other: ResourceId): void {
    this.#sources.set(id, { same: other });
  }

  /** The slot of a resource type; -1 where no instance can have it (inside the types of components). */
  slotOf(id: ResourceId): number {
    const source = this.#sources.get(id);
    if (source === undefined) return -1;
    if ("slot" in source) return source.slot;
    if ("same" in source) return this.slotOf(source.same);
    const slot = this.#slots++;
    source.fills.push([slot, source.path]);
    this.#sources.set(id, { slot });
    return slot;
  }

  funcNumber(type: FuncType): number {
    const known = this.#funcNumbers.get(type);
    if (known !== undefined) return known;
    const number = this.#funcs.push(this.planFunc(type)) - 1;
    this.#funcNumbers.set(type, number);
    return number;
  }

  planFunc(type: FuncType): PlanFunc {
    return {
      params: type.params.map(([name, param]) => ({ name, type: this.value(param) })),
      ...(type.result !== undefined && { result: this.value(type.result) }),
      isAsync: type.isAsync,
    };
  }

  value(type: Value): ValueType {
    if (typeof type === "string") return { kind: type };
    const known = this.#values.get(type);
    if (known !== undefined) return known;
    const made = valueTypeOf(
      type,
      (part) => this.value(part),
      (id) => String(this.slotOf(id)),
    );
    this.#values.set(type, made);
    return made;
  }
}

/** The contract's form of a value type; `resource` names resource types. */
export function valueTypeOf(
  type: DefinedType,
  part: (type: Value) => ValueType,
  resource: (id: ResourceId) => string,
  owner: (id: ResourceId) => "host" | "plugin" = () => "plugin",
): ValueType {
  const { shape } = type;
  switch (shape.kind) {
    case "primitive":
      return { kind: shape.primitive };
    case "record":
      return { kind: "record", fields: shape.fields.map(([name, field]) => ({ name, type: part(field) })) };
    case "variant":
      return {
        kind: "variant",
        cases: shape.cases.map(([name, item]) => (item === undefined ? { name } : { name, type: part(item) })),
      };
    case "list":
      return {
        kind: "list",
        element: part(shape.element),
        ...(shape.length !== undefined && { length: shape.length }),
      };
    case "tuple":
      return { kind: "tuple", items: shape.items.map(part) };
    case "flags":
      return { kind: "flags", flags: shape.labels };
    case "enum":
      return { kind: "enum", cases: shape.labels };
    case "option":
      return { kind: "option", item: part(shape.item) };
    case "result":
      return {
        kind: "result",
        ...(shape.ok !== undefined && { ok: part(shape.ok) }),
        ...(shape.err !== undefined && { err: part(shape.err) }),
      };
    case "own":
    case "borrow":
      return { kind: shape.kind, resource: resource(shape.resource.id), owner: owner(shape.resource.id) };
    case "stream":
    case "future":
      return { kind: shape.kind, ...(shape.element !== undefined && { element: part(shape.element) }) };
    case "map":
      return { kind: "map", key: part(shape.key), value: part(shape.value) };
  }
}
