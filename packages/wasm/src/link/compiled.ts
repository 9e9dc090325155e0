// A link plan -> the same with what can be made once for all instances: function types that codecs hang on.
import type { ContractFunction, ValueType } from "@tenon/contract";
import type { LinkPlan, PlanFunc } from "./plan.ts";

/** A function type with what the linker asks of it. */
export interface CompiledFunc {
  /** Codecs are generated once for each of these objects, so it must stay the same for all instances. */
  readonly fn: ContractFunction;
  readonly isAsync: boolean;
  /** Some parameter is, or holds, a borrowed handle: such calls are accounted for. */
  readonly hasBorrow: boolean;
}

const known = new WeakMap<LinkPlan, readonly (readonly CompiledFunc[])[]>();

/** The function types of every component of the plan; the same objects at every call. */
export function compiledFuncs(plan: LinkPlan): readonly (readonly CompiledFunc[])[] {
  let made = known.get(plan);
  if (made === undefined) {
    made = plan.components.map(({ funcs }) => funcs.map(compileFunc));
    known.set(plan, made);
  }
  return made;
}

function compileFunc({ params, result, isAsync }: PlanFunc): CompiledFunc {
  const fn: ContractFunction = {
    name: "the function",
    kind: "freestanding",
    isAsync,
    params,
    ...(result !== undefined && { result }),
  };
  const seen = new Set<ValueType>();
  return { fn, isAsync, hasBorrow: params.some(({ type }) => hasBorrow(type, seen)) };
}

function hasBorrow(type: ValueType, seen: Set<ValueType>): boolean {
  if (type.kind === "borrow") return true;
  if (seen.has(type)) return false;
  seen.add(type);
  const any = (parts: readonly (ValueType | undefined)[]): boolean =>
    parts.some((part) => part !== undefined && hasBorrow(part, seen));
  switch (type.kind) {
    case "record":
      return any(type.fields.map((field) => field.type));
    case "variant":
      return any(type.cases.map((one) => one.type));
    case "tuple":
      return any(type.items);
    case "list":
      return any([type.element]);
    case "option":
      return any([type.item]);
    case "result":
      return any([type.ok, type.err]);
    case "map":
      return any([type.key, type.value]);
    default:
      return false;
  }
}
