// A snapshot -> which host functions are deprecated, or carry types that are: what a host counts, because a plugin that
// calls them is one that breaks when they go.
import type { ContractInterface, ValueType } from "../model.ts";
import { partsOf } from "../type-table.ts";
import { functionKey, interfaceKey } from "./keys.ts";
import type { ItemFacts, Snapshot } from "./snapshot.ts";

/** One deprecated interface, function or type. */
export interface Deprecation {
  /** Its key in the snapshot: `tenon:builder/report`, `tenon:builder/report.log`, `tenon:builder/report#log-level`. */
  readonly item: string;
  /** From `@deprecated(version = ...)`. */
  readonly since: string;
  /** From `@replaced-by`. */
  readonly replacedBy?: string;
  /** From `@remove-after`, `YYYY-MM-DD`. */
  readonly removeAfter?: string;
}

/** By the `functionKey` of each host function by which a plugin uses something deprecated; empty where nothing is. */
export function deprecatedImports(snapshot: Snapshot): ReadonlyMap<string, readonly Deprecation[]> {
  const items = new Map(
    [...snapshot.items].flatMap(([item, facts]) => {
      const found = deprecationOf(item, facts);
      return found === undefined ? [] : [[item, found] as const];
    }),
  );
  if (items.size === 0) return new Map();
  const typesOf = createTypeNames(snapshot);
  return new Map(
    snapshot.contract.imports.flatMap((owner: ContractInterface) =>
      owner.functions.flatMap(({ name, params, result }) => {
        const key = functionKey(owner.id, name);
        const types = [...params.map(({ type }) => type), ...(result === undefined ? [] : [result])].flatMap(typesOf);
        const found = [...new Set([interfaceKey(owner.id), key, ...types])].flatMap((item) => items.get(item) ?? []);
        return found.length === 0 ? [] : [[key, found] as const];
      }),
    ),
  );
}

function deprecationOf(item: string, { deprecated, notes }: ItemFacts): Deprecation | undefined {
  if (deprecated === undefined) return undefined;
  const { replacedBy, removeAfter } = notes;
  return {
    item,
    since: deprecated,
    ...(replacedBy !== undefined && { replacedBy }),
    ...(removeAfter !== undefined && { removeAfter }),
  };
}

/** The names of a type and of everything that it is made of. Types are no cycles; each is visited once. */
function createTypeNames({ types }: Snapshot): (type: ValueType) => readonly string[] {
  const known = new Map<ValueType, readonly string[]>();
  const namesOf = (type: ValueType): readonly string[] => {
    const before = known.get(type);
    if (before !== undefined) return before;
    const own = types.get(type)?.name;
    const names = [...new Set([...(own === undefined ? [] : [own]), ...partsOf(type).flatMap(namesOf)])];
    known.set(type, names);
    return names;
  };
  return namesOf;
}
