// Local indices of one package -> indices of the shared Resolve, with gated-out items left out.

import type { FunctionDef, FunctionDefKind, TypeDefKind, TypeRef } from "../ir.ts";
import { inheritedStability, mapKind } from "./anonymous.ts";
import type { BoundFunction, BoundPackage } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import type { Linked } from "./linked.ts";
import type { Span } from "./source.ts";

/** null stands for an item whose feature is off. */
export class Remap {
  readonly types: (number | null)[] = [];
  readonly interfaces: (number | null)[] = [];
  readonly worlds: (number | null)[] = [];
  readonly #linked: Linked;
  readonly #bound: BoundPackage;
  /** Per resource or alias of one: the `own` handle that a bare mention of it means. */
  readonly #ownHandles = new Map<number, number>();

  constructor(linked: Linked, bound: BoundPackage) {
    this.#linked = linked;
    this.#bound = bound;
  }

  /** Copies the local type `local` into the Resolve. */
  addType(local: number): number {
    const type = this.#bound.types[local];
    if (type === undefined || type.kind === "foreign") throw new RangeError(`no local type ${local}`);
    const kind = this.#kind(type.kind, type.span, type.fieldSpans);
    const { name, owner, docs, stability, externalId } = type;
    const def = {
      name,
      kind,
      owner,
      ...(docs !== undefined && { docs }),
      ...(stability !== undefined && { stability }),
      ...(externalId !== undefined && { external_id: externalId }),
    };
    const id = this.#linked.addType(def, type.span);
    this.types[local] = id;
    return id;
  }

  #kind(kind: TypeDefKind, span: Span, fieldSpans: readonly Span[] | undefined): TypeDefKind {
    // Only here does a resource's name mean the resource itself and not a handle to it.
    const isDirect = typeof kind === "object" && ("type" in kind || "handle" in kind);
    return mapKind(kind, (part, at) => (isDirect ? this.direct(part, span) : this.ref(part, fieldSpans?.[at] ?? span)));
  }

  direct(type: TypeRef, span: Span): TypeRef {
    return typeof type === "number" ? this.type(type, span) : type;
  }

  type(local: number, span: Span): number {
    const id = this.types[local];
    if (typeof id === "number") return id;
    const type = this.#bound.types[local];
    if (type === undefined || type.name !== null || type.kind === "foreign") throw excluded("type", span);
    // An anonymous type belongs to whoever mentions it: a gate on its first mention does not bind the others.
    const kind = this.#kind(type.kind, span, undefined);
    const stability = inheritedStability(kind, this.#linked.types);
    const late = this.#linked.addType(
      { name: null, kind, owner: null, ...(stability !== undefined && { stability }) },
      span,
    );
    this.types[local] = late;
    return late;
  }

  ref(type: TypeRef, span: Span): TypeRef {
    if (typeof type !== "number") return type;
    const id = this.type(type, span);
    if (!this.#linked.isResource(id)) return id;
    let handle = this.#ownHandles.get(id);
    if (handle === undefined) {
      handle = this.#linked.addType({ name: null, kind: { handle: { own: id } }, owner: null }, span);
      this.#ownHandles.set(id, handle);
    }
    return handle;
  }

  interface(local: number, span: Span): number {
    return this.interfaces[local] ?? fail(excluded("interface", span));
  }

  world(local: number, span: Span): number {
    return this.worlds[local] ?? fail(excluded("world", span));
  }

  function({ def, span }: BoundFunction): FunctionDef {
    const kind = this.#functionKind(def.kind, span);
    const params = def.params.map((param) => ({ ...param, type: this.ref(param.type, span) }));
    if (def.result === undefined) return { ...def, kind, params };
    const result = this.ref(def.result, span);
    if (this.#linked.hasBorrow(result)) {
      const message = `function ${quoted(def.name)} returns a type which contains a \`borrow<T>\` which is not supported`;
      throw new Fault(span, message, "return an owned handle");
    }
    return { ...def, kind, params, result };
  }

  #functionKind(kind: FunctionDefKind, span: Span): FunctionDefKind {
    if (typeof kind === "string") return kind;
    return mapFunctionKind(kind, (resource) => this.type(resource, span));
  }
}

export function mapFunctionKind(
  kind: Exclude<FunctionDefKind, string>,
  map: (resource: number) => number,
): FunctionDefKind {
  if ("method" in kind) return { method: map(kind.method) };
  if ("async-method" in kind) return { "async-method": map(kind["async-method"]) };
  if ("static" in kind) return { static: map(kind.static) };
  if ("async-static" in kind) return { "async-static": map(kind["async-static"]) };
  return { constructor: map(kind.constructor) };
}

function fail(fault: Fault): never {
  throw fault;
}

export function excluded(what: string, span: Span, more = ""): Fault {
  const message = `found a reference to a ${what} which is excluded due to its feature not being activated${more}`;
  return new Fault(span, message, "put the same gate on the mention, or switch the feature on");
}
