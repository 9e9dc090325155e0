// A contract and a driver's traits -> which functions the boundary cannot carry, and why. `register` refuses by this, and
// `tenon contract fit` prints it.
import { partsOf, type Contract, type ContractFunction, type ValueType } from "@tenon/contract/core";
import { indexFunctions, type DriverTraits, type FunctionRef } from "./driver.ts";

/** One function of a contract behind one boundary. */
export interface FunctionFit {
  readonly func: FunctionRef;
  /** `export`: the plugin implements it; `import`: the host does. */
  readonly side: "export" | "import";
  /**
   * `carried`; `unreachable` for a host function that plugins behind this boundary have no way to call, with which a
   * contract loads all the same; `refused` for one with which it does not.
   */
  readonly verdict: "carried" | "unreachable" | "refused";
  /** Why it is not carried, as a clause: `resources (counter) do not cross`. */
  readonly why?: string;
}

type Needs = "resources" | "streams";

/** Every function of `contract`, exports first, each in canonical order. Costs no more than the contract's distinct types. */
export function fitContract(contract: Contract, traits: DriverTraits): readonly FunctionFit[] {
  const known = new Map<ValueType, ReadonlyMap<Needs, string>>();
  const exports = indexFunctions(contract.exports).map((func) => fitOf(func, "export", traits, known));
  const imports = indexFunctions(contract.imports).map((func) => fitOf(func, "import", traits, known));
  return [...exports, ...imports];
}

/** The first function that a boundary with these traits refuses; undefined if it takes the contract. */
export function firstRefused(contract: Contract, traits: DriverTraits): FunctionFit | undefined {
  if (traits.resources && traits.streams) return undefined;
  return fitContract(contract, traits).find(({ verdict }) => verdict === "refused");
}

function fitOf(
  func: FunctionRef,
  side: FunctionFit["side"],
  traits: DriverTraits,
  known: Map<ValueType, ReadonlyMap<Needs, string>>,
): FunctionFit {
  if (side === "import" && !traits.hostCallbacks)
    return { func, side, verdict: "unreachable", why: "plugins there cannot call the host" };
  const needs = needsOf(func.function, known);
  for (const need of ["resources", "streams"] as const) {
    const example = needs.get(need);
    if (example === undefined || traits[need]) continue;
    return { func, side, verdict: "refused", why: `${need} (${example}) do not cross` };
  }
  return { func, side, verdict: "carried" };
}

/** What a function asks of a boundary beyond plain values -> the type by which it does. */
function needsOf(
  { kind, resource, params, result }: ContractFunction,
  known: Map<ValueType, ReadonlyMap<Needs, string>>,
): ReadonlyMap<Needs, string> {
  const needs = new Map<Needs, string>();
  if (kind !== "freestanding") needs.set("resources", resource ?? kind);
  for (const type of [...params.map((param) => param.type), ...(result === undefined ? [] : [result])])
    for (const [need, example] of typeNeeds(type, known)) if (!needs.has(need)) needs.set(need, example);
  return needs;
}

function typeNeeds(type: ValueType, known: Map<ValueType, ReadonlyMap<Needs, string>>): ReadonlyMap<Needs, string> {
  const found = known.get(type);
  if (found !== undefined) return found;
  const needs = new Map<Needs, string>();
  // Entered before its parts: types are no cycles, and this costs nothing if one were.
  known.set(type, needs);
  if (type.kind === "own" || type.kind === "borrow") needs.set("resources", type.resource.replace(/^.*#/, ""));
  if (type.kind === "stream" || type.kind === "future") needs.set("streams", type.kind);
  for (const part of partsOf(type))
    for (const [need, example] of typeNeeds(part, known)) if (!needs.has(need)) needs.set(need, example);
  return needs;
}
