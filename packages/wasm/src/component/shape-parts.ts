// A type's shape -> the types it is made of.
import type { Shape, Value } from "./types.ts";

/** The values that a shape is made of; a handle's resource type is not among them. */
export function shapeParts(shape: Shape): readonly (Value | undefined)[] {
  switch (shape.kind) {
    case "record":
      return shape.fields.map(([, type]) => type);
    case "variant":
      return shape.cases.map(([, type]) => type);
    case "list":
      return [shape.element];
    case "tuple":
      return shape.items;
    case "option":
      return [shape.item];
    case "result":
      return [shape.ok, shape.err];
    case "stream":
    case "future":
      return [shape.element];
    case "map":
      return [shape.key, shape.value];
    default:
      return [];
  }
}
