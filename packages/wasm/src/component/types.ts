// The types of the component model, resolved: trees of shared objects in which resource types have an identity.
import { MAX_TYPE_DEPTH, MAX_TYPE_SIZE } from "@tenon/contract/core";
import type { PrimitiveKind } from "@tenon/contract/core";
import { binaryFault } from "../binary/faults.ts";
import type { CoreModuleType } from "../core/externs.ts";
import { layoutOf } from "./element-size.ts";
import type { Layout } from "./element-size.ts";
import { shapeParts } from "./shape-parts.ts";

/** A resource type as such. Each definition, each abstract import or export and each instantiation makes a new one. */
export class ResourceId {
  /** For messages only. */
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** How large a type is when it is written out, and what is in it; computed once, when the type is made. */
export interface Facts {
  readonly depth: number;
  readonly size: number;
  readonly hasResource: boolean;
  readonly hasBorrow: boolean;
  /** Something in it stands elsewhere in memory: strings, lists, maps. */
  readonly hasPointer: boolean;
  readonly hasAsync: boolean;
}

/**
 * A name for a resource type. Exporting or importing a type makes a new object of the same `id`: which objects have been
 * imported or exported decides what may appear in the types of further imports and exports ("External Visibility").
 */
export interface ResourceType extends Facts {
  readonly sort: "resource";
  readonly id: ResourceId;
}
export type Value = PrimitiveKind | DefinedType;
export type Shape =
  | { readonly kind: "primitive"; readonly primitive: PrimitiveKind }
  | { readonly kind: "record"; readonly fields: readonly (readonly [string, Value])[] }
  | { readonly kind: "variant"; readonly cases: readonly (readonly [string, Value | undefined])[] }
  | { readonly kind: "list"; readonly element: Value; readonly length?: number }
  | { readonly kind: "tuple"; readonly items: readonly Value[] }
  | { readonly kind: "flags" | "enum"; readonly labels: readonly string[] }
  | { readonly kind: "option"; readonly item: Value }
  | { readonly kind: "result"; readonly ok: Value | undefined; readonly err: Value | undefined }
  | { readonly kind: "own" | "borrow"; readonly resource: ResourceType }
  | { readonly kind: "stream" | "future"; readonly element: Value | undefined }
  | { readonly kind: "map"; readonly key: Value; readonly value: Value };
export interface DefinedType extends Facts {
  readonly sort: "defined";
  readonly shape: Shape;
  /** In a 64-bit memory, where values are largest. */
  readonly layout: Layout;
}
export interface FuncType extends Facts {
  readonly sort: "func";
  readonly isAsync: boolean;
  readonly params: readonly (readonly [string, Value])[];
  readonly result: Value | undefined;
}
/** `fresh`: resources that every import or export of this type makes anew, and where its exports have them. */
export interface InstanceType extends Facts {
  readonly sort: "instance";
  readonly exports: ReadonlyMap<string, Extern>;
  readonly fresh: ReadonlyMap<ResourceId, Path>;
}
/** `imported`: resources that an instantiation supplies; `fresh`: those that every instantiation makes. */
export interface ComponentType extends Facts {
  readonly sort: "component";
  readonly imports: ReadonlyMap<string, Extern>;
  readonly exports: ReadonlyMap<string, Extern>;
  readonly imported: ReadonlyMap<ResourceId, Path>;
  readonly fresh: ReadonlyMap<ResourceId, Path>;
  /** Further names of an import or export, for the contract: `implements` and the whole version. */
  readonly notes?: ReadonlyMap<string, string>;
}
export type AnyType = ResourceType | DefinedType | FuncType | InstanceType | ComponentType;
/** Names to follow from a component's imports or an instance's exports. */
export type Path = readonly string[];

export type Extern =
  | { readonly kind: "core module"; readonly type: CoreModuleType }
  | { readonly kind: "func"; readonly type: FuncType }
  | { readonly kind: "value"; readonly type: Value }
  | { readonly kind: "type"; readonly type: AnyType }
  | { readonly kind: "instance"; readonly type: InstanceType }
  | { readonly kind: "component"; readonly type: ComponentType };

/** Facts of a whole from those of its parts. Throws `artifact-invalid` beyond the bounds that the contract has too. */
export function factsOf(at: number, parts: Iterable<Facts | PrimitiveKind | undefined>): Facts {
  let [depth, size] = [0, 1];
  let [hasResource, hasBorrow, hasPointer, hasAsync] = [false, false, false, false];
  for (const part of parts) {
    if (part === undefined) continue;
    if (typeof part === "string") {
      size += 1;
      hasPointer ||= part === "string";
      continue;
    }
    depth = Math.max(depth, part.depth + 1);
    size += part.size;
    hasResource ||= part.hasResource;
    hasBorrow ||= part.hasBorrow;
    hasPointer ||= part.hasPointer;
    hasAsync ||= part.hasAsync;
  }
  if (depth > MAX_TYPE_DEPTH) throw binaryFault("invalid", at, `a type nests more than ${MAX_TYPE_DEPTH} deep`);
  if (size > MAX_TYPE_SIZE)
    throw binaryFault("invalid", at, `effective type size exceeds the limit of ${MAX_TYPE_SIZE}`);
  return { depth, size, hasResource, hasBorrow, hasPointer, hasAsync };
}

export function resourceType(id: ResourceId): ResourceType {
  return { sort: "resource", id, ...factsOf(0, []), hasResource: true };
}

export function definedType(at: number, shape: Shape): DefinedType {
  const { kind } = shape;
  const isHandle = kind === "own" || kind === "borrow";
  const facts = factsOf(at, isHandle ? [shape.resource] : shapeParts(shape));
  const isString = kind === "primitive" && shape.primitive === "string";
  // Streams and futures are handles: what they carry crosses later, with options of its own.
  const isChannel = kind === "stream" || kind === "future";
  return {
    sort: "defined",
    shape,
    layout: layoutOf(at, shape),
    ...facts,
    hasBorrow: facts.hasBorrow || kind === "borrow",
    hasPointer:
      !isChannel && (facts.hasPointer || isString || kind === "map" || (kind === "list" && shape.length === undefined)),
    hasAsync: facts.hasAsync || isChannel,
  };
}

export function funcType(
  at: number,
  isAsync: boolean,
  params: FuncType["params"],
  result: Value | undefined,
): FuncType {
  const facts = factsOf(at, [...params.map(([, type]) => type), result]);
  return { sort: "func", isAsync, params, result, ...facts };
}

export function instanceType(
  at: number,
  exports: InstanceType["exports"],
  fresh: InstanceType["fresh"] = new Map(),
): InstanceType {
  return { sort: "instance", exports, fresh, ...externFacts(at, exports) };
}

/** Facts of what a scope imports and exports. */
export function externFacts(at: number, ...scopes: readonly ReadonlyMap<string, Extern>[]): Facts {
  const parts: (Facts | PrimitiveKind)[] = [];
  for (const scope of scopes) {
    for (const extern of scope.values()) parts.push(extern.kind === "core module" ? "u32" : extern.type);
  }
  return factsOf(at, parts);
}

/** How messages call a type. */
export function showValue(type: Value | undefined): string {
  if (type === undefined) return "nothing";
  if (typeof type === "string") return type;
  return type.shape.kind === "primitive" ? type.shape.primitive : type.shape.kind;
}

export function primitiveOf(type: Value): PrimitiveKind | undefined {
  if (typeof type === "string") return type;
  return type.shape.kind === "primitive" ? type.shape.primitive : undefined;
}
