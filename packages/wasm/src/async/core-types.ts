// A compiled function type and its options -> the core function type that stands for it.
import { liftSignature, lowerSignature } from "../component/flat-signatures.ts";
import type { CompiledFunc } from "../link/compiled.ts";
import type { PlanOptions } from "../link/plan.ts";

export interface CoreTypes {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

export function coreTypesOf({ fn }: CompiledFunc, plan: PlanOptions, direction: "lift" | "lower"): CoreTypes {
  const signature = direction === "lift" ? liftSignature : lowerSignature;
  const address = plan.is64 === true ? "i64" : "i32";
  return signature(fn, { plan, address, postReturn: undefined, callback: undefined });
}
