// A link plan -> the same with what can be made once for all instances: function types that codecs hang on.
import { partsOf } from "@tenon/contract/core";
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import type { LinkPlan, PlanFunc } from "./plan.ts";

/** A function type with what the linker asks of it. */
export interface CompiledFunc {
  /** Codecs are generated once for each of these objects, so it must stay the same for all instances. */
  readonly fn: ContractFunction;
  /**
   * The same for calls between components. A map of JavaScript keeps one value per key; between two guests repeated keys
   * have to arrive as they were sent.
   */
  readonly inner: ContractFunction;
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
  const make = (shape: (type: ValueType) => ValueType): ContractFunction => ({
    name: "the function",
    kind: "freestanding",
    isAsync,
    params: params.map(({ name, type }) => ({ name, type: shape(type) })),
    ...(result !== undefined && { result: shape(result) }),
  });
  const types = [...params.map(({ type }) => type), ...(result === undefined ? [] : [result])];
  const fn = make((type) => type);
  const hasMap = types.some((type) => holds(type, "map", new Set()));
  const seen = new Set<ValueType>();
  return {
    fn,
    inner: hasMap ? make(pairsForMaps) : fn,
    isAsync,
    hasBorrow: types.some((type) => holds(type, "borrow", seen)),
  };
}

function holds(type: ValueType, kind: ValueType["kind"], seen: Set<ValueType>): boolean {
  if (type.kind === kind) return true;
  if (seen.has(type)) return false;
  seen.add(type);
  return partsOf(type).some((part) => holds(part, kind, seen));
}

/** The type with every map as a list of pairs, which is how it crosses anyway. */
export function pairsForMaps(type: ValueType): ValueType {
  const part = pairsForMaps;
  switch (type.kind) {
    case "map":
      return { kind: "list", element: { kind: "tuple", items: [part(type.key), part(type.value)] } };
    case "record":
      return { kind: "record", fields: type.fields.map((field) => ({ ...field, type: part(field.type) })) };
    case "variant": {
      const cases = type.cases.map((one) => (one.type === undefined ? one : { ...one, type: part(one.type) }));
      return { kind: "variant", cases };
    }
    case "tuple":
      return { kind: "tuple", items: type.items.map(part) };
    case "list":
      return { ...type, element: part(type.element) };
    case "option":
      return { kind: "option", item: part(type.item) };
    case "result":
      return {
        kind: "result",
        ...(type.ok !== undefined && { ok: part(type.ok) }),
        ...(type.err !== undefined && { err: part(type.err) }),
      };
    default:
      return type;
  }
}
