// Values that cross together (parameters, or the result) <-> core values or one pointer to a tuple in memory.
// component-model CanonicalABI.md, section "Lifting and Lowering Values".
import type { ValueType } from "@tenon/contract/core";
import { checkType, slotCost } from "../type-facts.ts";
import type { Context } from "./context.ts";
import { zeroOf } from "./core-values.ts";
import type { CoreValue, StringEncoding } from "./env.ts";
import { FlatLiftBuilder } from "./flat-lift.ts";
import { FlatLowerBuilder } from "./flat-lower.ts";
import { flattenAll, flattenType } from "./flatten.ts";
import type { CoreType } from "./flatten.ts";
import { isScalar } from "./forms.ts";
import { layoutOf, recordLayout } from "./layout.ts";
import type { PointerWidth } from "./layout.ts";
import { loadOf } from "./load.ts";
import { storeOf } from "./store.ts";

/** The shape of one row; `codes` of both kinds are made from it. */
export interface Row {
  readonly names: readonly string[];
  readonly types: readonly ValueType[];
  /** The slots of the values themselves; empty where they go through memory. */
  readonly flat: readonly CoreType[];
  readonly isInMemory: boolean;
  readonly size: number;
  readonly align: number;
  readonly offsets: readonly number[];
  /** What lifting the row is charged at once; 0 where its values take no heap. */
  readonly cost: number;
}

/**
 * @throws `boundary-unsupported` for types without a layout, `resource-exhausted` for types that nest too deeply or whose
 * values are too large.
 */
export function makeRow(
  names: readonly string[],
  types: readonly ValueType[],
  maxFlat: number,
  pointer: PointerWidth = 4,
): Row {
  for (const type of types) {
    checkType(type);
    layoutOf(type, pointer);
  }
  const flat = flattenAll(types, pointer);
  const isInMemory = flat.length > maxFlat;
  const cost = types.every(isFree) ? 0 : types.reduce((sum, type) => sum + slotCost(type), 0);
  return { names, types, flat: isInMemory ? [] : flat, isInMemory, ...recordLayout(types, pointer), cost };
}

/** Whether a row of such values takes no heap worth counting. */
function isFree(type: ValueType): boolean {
  return isScalar(type.kind) || type.kind === "enum" || type.kind === "own" || type.kind === "borrow";
}

/** Starts the lift of a row: nothing is read before it is charged. */
function begin(context: Context, row: Row): void {
  if (row.cost === 0) return;
  context.begin();
  context.budget.charge(row.cost);
}

/** Lowers checked values. With a row in memory and no `target`, the guest's allocator gives the room. */
export type LowerRow = (context: Context, values: readonly unknown[], target?: number) => CoreValue[];
/** Lifts values from core values, the first of which is the pointer where the row is in memory. */
export type LiftRow = (context: Context, flat: readonly CoreValue[]) => unknown[];

export function lowerRow(row: Row, encoding: StringEncoding): LowerRow {
  if (row.isInMemory) return lowerRowToMemory(row, encoding);
  const builder = new FlatLowerBuilder(row.flat, encoding);
  const zeros = row.flat.map(zeroOf);
  let at = 0;
  const parts = row.types.map((type) => {
    const part = builder.of(type, at);
    at += flattenType(type).length;
    return part;
  });
  return (context, values) => {
    const out = [...zeros];
    for (const [index, part] of parts.entries()) part(context, values[index], out);
    return out;
  };
}

function lowerRowToMemory(row: Row, encoding: StringEncoding): LowerRow {
  const parts = row.types.map((type) => storeOf(type, encoding));
  return (context, values, target) => {
    const pointer =
      target === undefined ? context.reallocate(0, 0, row.align, row.size) : context.range(target, row.align, row.size);
    for (const [index, part] of parts.entries()) part(context, values[index], pointer + (row.offsets[index] as number));
    return target === undefined ? [pointer] : [];
  };
}

export function liftRow(row: Row, encoding: StringEncoding): LiftRow {
  if (row.isInMemory) {
    const parts = row.types.map((type) => loadOf(type, encoding));
    return (context, flat) => {
      begin(context, row);
      const pointer = context.range((flat[0] as number) >>> 0, row.align, row.size);
      return parts.map((part, index) => part(context, pointer + (row.offsets[index] as number)));
    };
  }
  const builder = new FlatLiftBuilder(row.flat, encoding);
  let at = 0;
  const parts = row.types.map((type) => {
    const part = builder.of(type, at);
    at += flattenType(type).length;
    return part;
  });
  return (context, flat) => {
    begin(context, row);
    return parts.map((part) => part(context, flat));
  };
}
