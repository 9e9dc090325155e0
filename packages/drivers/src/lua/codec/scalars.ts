// The types whose values cross as one float each -> how bridge.wat is told of them.
import type { ValueType } from "@tenon/contract/core";

const KINDS: Readonly<Partial<Record<ValueType["kind"], number>>> = {
  u8: 0,
  s8: 0,
  u16: 0,
  s16: 0,
  u32: 0,
  s32: 0,
  f64: 1,
  bool: 2,
};
const MAX_PARAMS = 4;

/** 0 for an integer, 1 for a float, 2 for a boolean; undefined for everything else. */
export function scalarKind(type: ValueType | undefined): number | undefined {
  return type && KINDS[type.kind];
}

/** The kinds of a few parameters, two bits for each; undefined where one is no scalar or there are more than four. */
export function scalarKinds(types: readonly ValueType[]): number | undefined {
  if (types.length > MAX_PARAMS) return undefined;
  let kinds = 0;
  for (const [index, type] of types.entries()) {
    const kind = scalarKind(type);
    if (kind === undefined) return undefined;
    kinds |= kind << (2 * index);
  }
  return kinds;
}
