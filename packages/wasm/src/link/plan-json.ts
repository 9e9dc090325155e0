// A link plan <-> text: types that are shared stay shared, and text that was damaged is not taken.
import { sha256 } from "@tenon/contract/core";
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import { PLAN_VERSION } from "./plan.ts";
import type { LinkPlan, PlanComponent, PlanFunc, PlanInterface, PlanWorld } from "./plan.ts";

/** A type with its parts as numbers of earlier types. */
type TypeRow = Readonly<Record<string, unknown>>;
interface StoredFunc {
  readonly params: readonly (readonly [string, number])[];
  readonly result?: number;
  readonly isAsync?: true;
}
interface StoredInterface extends Omit<PlanInterface, "functions"> {
  readonly functions: readonly (StoredFunc & Pick<ContractFunction, "name" | "kind" | "resource">)[];
}
interface Stored extends Omit<LinkPlan, "components" | "world"> {
  readonly types: readonly TypeRow[];
  readonly world: Readonly<Record<keyof PlanWorld, readonly StoredInterface[]>>;
  readonly components: readonly (Omit<PlanComponent, "funcs"> & { readonly funcs: readonly StoredFunc[] })[];
}

/** One line of digest, one line of JSON. */
export function planToText(plan: LinkPlan): string {
  const types: TypeRow[] = [];
  const numbers = new Map<string, number>();
  const known = new Map<ValueType, number>();
  const refTo = (type: ValueType): number => {
    const before = known.get(type);
    if (before !== undefined) return before;
    const row = mapParts(type, refTo);
    const shape = JSON.stringify(row);
    const number = numbers.get(shape) ?? types.push(row) - 1;
    numbers.set(shape, number);
    known.set(type, number);
    return number;
  };
  const store = (func: PlanFunc): StoredFunc => ({
    params: func.params.map(({ name, type }) => [name, refTo(type)] as const),
    ...(func.result !== undefined && { result: refTo(func.result) }),
    ...(func.isAsync && { isAsync: true as const }),
  });
  const side = (interfaces: readonly PlanInterface[]): StoredInterface[] =>
    interfaces.map((one) => ({
      ...one,
      functions: one.functions.map((func) => ({
        name: func.name,
        kind: func.kind,
        ...(func.resource !== undefined && { resource: func.resource }),
        ...store(func),
      })),
    }));
  const components = plan.components.map((component) => ({ ...component, funcs: component.funcs.map(store) }));
  const world = { imports: side(plan.world.imports), exports: side(plan.world.exports) };
  const json = JSON.stringify({ ...plan, types, components, world } satisfies Stored);
  return `${sha256(json)}\n${json}`;
}

/** The plan of a text that `planToText` made; undefined for anything else: other versions, damaged or foreign text. */
export function planFromText(text: string): LinkPlan | undefined {
  const cut = text.indexOf("\n");
  const json = text.slice(cut + 1);
  if (cut < 0 || sha256(json) !== text.slice(0, cut)) return undefined;
  // The digest holds, so it is our own text and has the form that we gave it.
  const stored = JSON.parse(json) as Stored;
  if (stored.version !== PLAN_VERSION) return undefined;
  const types: ValueType[] = [];
  const typeAt = (number: unknown): ValueType => types[number as number] as ValueType;
  // A row has the form of a type, with numbers where its parts are.
  for (const row of stored.types) types.push(mapParts(row as unknown as ValueType, typeAt) as unknown as ValueType);
  const funcOf = (func: StoredFunc): PlanFunc => ({
    params: func.params.map(([name, type]) => ({ name, type: typeAt(type) })),
    ...(func.result !== undefined && { result: typeAt(func.result) }),
    isAsync: func.isAsync === true,
  });
  const side = (interfaces: readonly StoredInterface[]): PlanInterface[] =>
    interfaces.map((one) => ({
      ...one,
      functions: one.functions.map(({ name, kind, resource, ...func }) => ({
        name,
        kind,
        ...(resource !== undefined && { resource }),
        ...funcOf(func),
      })),
    }));
  const { version, modules, asyncBuiltins, world } = stored;
  const components = stored.components.map((component) => ({ ...component, funcs: component.funcs.map(funcOf) }));
  return {
    version,
    modules,
    components,
    world: { imports: side(world.imports), exports: side(world.exports) },
    asyncBuiltins,
  };
}

/** A type with `map` applied to every direct part. */
function mapParts(type: ValueType, map: (part: ValueType) => unknown): TypeRow {
  switch (type.kind) {
    case "record":
      return { kind: type.kind, fields: type.fields.map((field) => ({ name: field.name, type: map(field.type) })) };
    case "variant":
      return {
        kind: type.kind,
        cases: type.cases.map(({ name, type: part }) => (part === undefined ? { name } : { name, type: map(part) })),
      };
    case "tuple":
      return { kind: type.kind, items: type.items.map(map) };
    case "list":
      return { ...type, element: map(type.element) };
    case "option":
      return { kind: type.kind, item: map(type.item) };
    case "result":
      return {
        kind: type.kind,
        ...(type.ok !== undefined && { ok: map(type.ok) }),
        ...(type.err !== undefined && { err: map(type.err) }),
      };
    case "map":
      return { kind: type.kind, key: map(type.key), value: map(type.value) };
    case "stream":
    case "future":
      return { kind: type.kind, ...(type.element !== undefined && { element: map(type.element) }) };
    default:
      return { ...type };
  }
}
