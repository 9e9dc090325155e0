// A function of the contract -> the two rows that cross when it is called, made once.
import { camelCase } from "@tenon/contract";
import type { ContractFunction } from "@tenon/contract";
import { MAX_FLAT_PARAMS, MAX_FLAT_RESULTS } from "./flatten.ts";
import { makeRow } from "./row.ts";
import type { Row } from "./row.ts";

export interface Signature {
  readonly params: Row;
  readonly result: Row;
}

const known = new WeakMap<ContractFunction, Signature>();

/** The rows of a synchronous call. Throws what `makeRow` throws. */
export function signatureOf(fn: ContractFunction): Signature {
  const found = known.get(fn);
  if (found !== undefined) return found;
  const made: Signature = {
    params: makeRow(
      fn.params.map((param) => camelCase(param.name)),
      fn.params.map((param) => param.type),
      MAX_FLAT_PARAMS,
    ),
    result: makeRow(["result"], fn.result === undefined ? [] : [fn.result], MAX_FLAT_RESULTS),
  };
  known.set(fn, made);
  return made;
}
