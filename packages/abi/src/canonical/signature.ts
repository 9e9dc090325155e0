// A function of the contract -> the two rows that cross when it is called, made once.
import { camelCase } from "@tenon/contract/core";
import type { ContractFunction } from "@tenon/contract/core";
import { MAX_FLAT_PARAMS, MAX_FLAT_RESULTS } from "./flatten.ts";
import type { PointerWidth } from "./layout.ts";
import { makeRow } from "./row.ts";
import type { Row } from "./row.ts";

export interface Signature {
  readonly params: Row;
  readonly result: Row;
  /** Parameters of the core import: a result in memory adds the pointer to its place. */
  readonly importArity: number;
  /** Bytes of a pointer in memory. */
  readonly pointer: PointerWidth;
}

const known = new WeakMap<ContractFunction, Signature>();

/** The rows of a synchronous call. Throws what `makeRow` throws. */
export function signatureOf(fn: ContractFunction): Signature {
  const found = known.get(fn);
  if (found !== undefined) return found;
  const params = makeRow(
    fn.params.map((param) => camelCase(param.name)),
    fn.params.map((param) => param.type),
    MAX_FLAT_PARAMS,
  );
  const result = makeRow(["result"], fn.result === undefined ? [] : [fn.result], MAX_FLAT_RESULTS);
  const importArity = (params.isInMemory ? 1 : params.flat.length) + (result.isInMemory ? 1 : 0);
  const made: Signature = { params, result, importArity, pointer: 4 };
  known.set(fn, made);
  return made;
}
