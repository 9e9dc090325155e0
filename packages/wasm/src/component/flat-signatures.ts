// A component function's type and options -> the core function type of its lift or lower (CanonicalABI.md, "Flattening").
import { flattenAll } from "@tenon/abi/canonical";
import type { CoreValueType } from "../core/types.ts";
import type { PlanFunc } from "../link/plan.ts";
import type { CanonOptions } from "./canon-options.ts";

const MAX_FLAT_PARAMS = 16;
const MAX_FLAT_ASYNC_PARAMS = 4;
const MAX_FLAT_RESULTS = 1;

export interface FlatSignature {
  readonly params: readonly CoreValueType[];
  readonly results: readonly CoreValueType[];
  /** Options that values going through memory make necessary. */
  readonly needs: Set<"memory" | "realloc">;
}

function flatten(func: PlanFunc, { address }: Pick<CanonOptions, "address">): [CoreValueType[], CoreValueType[]] {
  const width = address === "i64" ? 8 : 4;
  const params = flattenAll(
    func.params.map(({ type }) => type),
    width,
  );
  const results = func.result === undefined ? [] : flattenAll([func.result], width);
  return [[...params], [...results]];
}

export function liftSignature(func: PlanFunc, options: CanonOptions): FlatSignature {
  const needs: FlatSignature["needs"] = new Set();
  let [params, results] = flatten(func, options);
  if (params.length > MAX_FLAT_PARAMS) {
    params = [options.address];
    needs.add("memory").add("realloc");
  }
  if (options.plan.isAsync) {
    // What `task.return` will take has to fit, although it does not stand in this signature.
    if (results.length > MAX_FLAT_PARAMS) needs.add("memory");
    results = options.plan.callback === undefined ? [] : ["i32"];
  } else if (results.length > MAX_FLAT_RESULTS) {
    results = [options.address];
    needs.add("memory");
  }
  return { params, results, needs };
}

export function lowerSignature(func: PlanFunc, options: CanonOptions): FlatSignature {
  const needs: FlatSignature["needs"] = new Set();
  let [params, results] = flatten(func, options);
  const { isAsync } = options.plan;
  if (params.length > (isAsync ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS)) {
    params = [options.address];
    needs.add("memory");
  }
  if (results.length > (isAsync ? 0 : MAX_FLAT_RESULTS)) {
    params.push(options.address);
    results = [];
    needs.add("memory");
  }
  return { params, results: isAsync ? ["i32"] : results, needs };
}

/** `task.return` takes what the function returns as its parameters. */
export function returnSignature(func: PlanFunc, options: CanonOptions): FlatSignature {
  const needs: FlatSignature["needs"] = new Set();
  const flat = flatten(func, options)[1];
  const inMemory = flat.length > MAX_FLAT_PARAMS;
  if (inMemory) needs.add("memory");
  return { params: inMemory ? [options.address] : flat, results: [], needs };
}
