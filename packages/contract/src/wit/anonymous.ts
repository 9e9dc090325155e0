// Type kinds and the types they refer to: keys that tell anonymous types apart, gates that parts hand on.

import type { Stability, TypeDefKind, TypeRef } from "../ir.ts";

/** Types that a kind refers to directly, in the order of the text. */
export function partsOfKind(kind: TypeDefKind): readonly (TypeRef | null)[] {
  if (kind === "resource" || "flags" in kind || "enum" in kind) return [];
  if ("record" in kind) return kind.record.fields.map((field) => field.type);
  if ("variant" in kind) return kind.variant.cases.map((item) => item.type);
  if ("tuple" in kind) return kind.tuple.types;
  if ("handle" in kind) return ["own" in kind.handle ? kind.handle.own : kind.handle.borrow];
  if ("result" in kind) return [kind.result.ok, kind.result.err];
  if ("map" in kind) return kind.map;
  if ("fixed-length-list" in kind) return [kind["fixed-length-list"][0]];
  if ("option" in kind) return [kind.option];
  if ("list" in kind) return [kind.list];
  if ("future" in kind) return [kind.future];
  if ("stream" in kind) return [kind.stream];
  return [kind.type];
}

/** The same kind with every type reference replaced. */
export function mapKind(kind: TypeDefKind, map: (type: TypeRef, part: number) => TypeRef): TypeDefKind {
  const optional = (type: TypeRef | null, part: number): TypeRef | null => (type === null ? null : map(type, part));
  if (kind === "resource" || "flags" in kind || "enum" in kind) return kind;
  if ("record" in kind)
    return { record: { fields: kind.record.fields.map((field, at) => ({ ...field, type: map(field.type, at) })) } };
  if ("variant" in kind)
    return { variant: { cases: kind.variant.cases.map((item, at) => ({ ...item, type: optional(item.type, at) })) } };
  if ("tuple" in kind) return { tuple: { types: kind.tuple.types.map(map) } };
  if ("result" in kind) return { result: { ok: optional(kind.result.ok, 0), err: optional(kind.result.err, 1) } };
  if ("map" in kind) return { map: [map(kind.map[0], 0), map(kind.map[1], 1)] };
  if ("option" in kind) return { option: map(kind.option, 0) };
  if ("list" in kind) return { list: map(kind.list, 0) };
  if ("fixed-length-list" in kind) {
    const [element, length] = kind["fixed-length-list"];
    return { "fixed-length-list": [map(element, 0), length] };
  }
  if ("future" in kind) return { future: optional(kind.future, 0) };
  if ("stream" in kind) return { stream: optional(kind.stream, 0) };
  if ("type" in kind) return { type: map(kind.type, 0) };
  return { handle: mapHandle(kind.handle, map) };
}

type Handle = { readonly own: number } | { readonly borrow: number };

function mapHandle(handle: Handle, map: (type: TypeRef, part: number) => TypeRef): Handle {
  const target = map("own" in handle ? handle.own : handle.borrow, 0);
  // A handle's target is a type index, and no map turns an index into a primitive.
  return "own" in handle ? { own: target as number } : { borrow: target as number };
}

export function anonymousKey(kind: TypeDefKind): string {
  if (kind === "resource") return "resource";
  const parts = partsOfKind(kind)
    .map((part) => (part === null ? "_" : String(part)))
    .join(",");
  const length = "fixed-length-list" in kind ? `;${kind["fixed-length-list"][1]}` : "";
  return `${Object.keys(kind)[0] ?? ""}<${parts}${length}>`;
}

/** `option<t>` is gated as `t` is; of several parts, the first gated one counts. */
export function inheritedStability(
  kind: TypeDefKind,
  types: readonly { readonly stability?: Stability | undefined }[],
): Stability | undefined {
  for (const part of partsOfKind(kind)) {
    const stability = typeof part === "number" ? types[part]?.stability : undefined;
    if (stability !== undefined) return stability;
  }
  return undefined;
}
