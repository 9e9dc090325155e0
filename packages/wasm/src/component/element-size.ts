// A type's shape -> its size in a 64-bit memory, held against the bound of the specification (CanonicalABI.md, "Element Size").
import type { PrimitiveKind } from "@tenon/contract/core";
import { binaryFault } from "../binary/faults.ts";
import { shapeParts } from "./shape-parts.ts";
import type { Shape, Value } from "./types.ts";

export interface Layout {
  readonly size: number;
  readonly align: number;
}

/** Every value type must be smaller than this (Binary.md, "Type Definitions"). */
const MAX_SIZE = 2 ** 28;
const POINTER: Layout = { size: 16, align: 8 };
const HANDLE: Layout = { size: 4, align: 4 };
const PRIMITIVE_SIZES: Readonly<Partial<Record<PrimitiveKind, number>>> = {
  bool: 1,
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u64: 8,
  s64: 8,
  f64: 8,
};

export function layoutOf(at: number, shape: Shape): Layout {
  const layout = measure(shape);
  if (layout.size >= MAX_SIZE)
    throw binaryFault("invalid", at, `a ${shape.kind} exceeds maximum byte size ${MAX_SIZE - 1}`);
  return layout;
}

function valueLayout(value: Value): Layout {
  if (typeof value !== "string") return value.layout;
  if (value === "string") return POINTER;
  const size = PRIMITIVE_SIZES[value] ?? 4;
  return { size, align: size };
}

function measure(shape: Shape): Layout {
  switch (shape.kind) {
    case "primitive":
      return valueLayout(shape.primitive);
    case "record":
    case "tuple":
      return sequence(shapeParts(shape).filter((part) => part !== undefined));
    case "variant":
      return cases(shape.cases.length, shapeParts(shape));
    case "option":
    case "result":
      return cases(2, shapeParts(shape));
    case "enum":
      return cases(shape.labels.length, []);
    case "flags": {
      const count = shape.labels.length;
      const size = count <= 8 ? 1 : count <= 16 ? 2 : 4;
      return { size, align: size };
    }
    case "map":
      return POINTER;
    case "list": {
      if (shape.length === undefined) return POINTER;
      const element = valueLayout(shape.element);
      return { size: element.size * shape.length, align: element.align };
    }
    default:
      return HANDLE;
  }
}

function sequence(parts: readonly Value[]): Layout {
  let [size, align] = [0, 1];
  for (const part of parts) {
    const layout = valueLayout(part);
    size = alignTo(size, layout.align) + layout.size;
    align = Math.max(align, layout.align);
  }
  return { size: alignTo(size, align), align };
}

function cases(count: number, payloads: readonly (Value | undefined)[]): Layout {
  const tag = count <= 2 ** 8 ? 1 : count <= 2 ** 16 ? 2 : 4;
  let [size, align] = [0, 1];
  for (const payload of payloads) {
    if (payload === undefined) continue;
    const layout = valueLayout(payload);
    size = Math.max(size, layout.size);
    align = Math.max(align, layout.align);
  }
  const whole = Math.max(align, tag);
  return { size: alignTo(alignTo(tag, align) + size, whole), align: whole };
}

function alignTo(at: number, align: number): number {
  return Math.ceil(at / align) * align;
}
