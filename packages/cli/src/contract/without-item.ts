// A snapshot and one item of it -> the snapshot as it would be without: what `impact` compares.
import { contractDigest, createDigester, partsOf, TenonError } from "@tenon/contract";
import type { Contract, ContractFunction, ContractInterface, ValueType } from "@tenon/contract";
import { functionKey, interfaceKey, type Snapshot } from "@tenon/contract/evolution";

export interface WithoutItem {
  readonly snapshot: Snapshot;
  /** The item's key, and the functions that went with it. */
  readonly item: string;
  readonly functions: readonly string[];
}

/**
 * `path` is an interface (`report`), a function (`report.log`) or a named type (`report#log-level`), with or without its
 * package. With a type go the functions that carry it. Throws usage errors as `config-invalid` with what there is.
 */
export function withoutItem(snapshot: Snapshot, path: string): WithoutItem {
  const { contract } = snapshot;
  const item = keysOf(snapshot).find((key) => key === path || shortName(key) === path);
  if (item === undefined) {
    throw new TenonError("config-invalid", `${contract.id} has no interface, function or named type ${path}`, {
      hint: `it has ${keysOf(snapshot).map(shortName).slice(0, 40).join(", ")}`,
      sideEffects: "none",
    });
  }
  const carries = createCarries(snapshot, item);
  const functions: string[] = [];
  const side = (interfaces: readonly ContractInterface[]): ContractInterface[] =>
    interfaces.flatMap((one) => {
      const kept = one.functions.filter((func) => {
        const key = functionKey(one.id, func.name);
        const goes = interfaceKey(one.id) === item || key === item || carries(func);
        if (goes) functions.push(shortName(key));
        return !goes;
      });
      if (interfaceKey(one.id) === item || kept.length === 0) return [];
      return [{ ...one, functions: kept, digest: createDigester().interfaceDigest({ ...one, functions: kept }) }];
    });
  const sides = { exports: side(contract.exports), imports: side(contract.imports) };
  const left: Contract = { ...contract, ...sides, digest: contractDigest(sides) };
  const scopes = snapshot.scopes
    .filter(({ id }) => interfaceKey(id) !== item)
    .map((scope) => ({
      ...scope,
      types: new Map([...scope.types].filter(([label]) => `${interfaceKey(scope.id)}#${label}` !== item)),
    }));
  const items = new Map([...snapshot.items].filter(([key]) => key !== item && !key.startsWith(`${item}.`)));
  return { snapshot: { ...snapshot, contract: left, scopes, items }, item, functions };
}

function keysOf({ contract, scopes }: Snapshot): readonly string[] {
  const sides = [...contract.exports, ...contract.imports];
  return [
    ...sides.map(({ id }) => interfaceKey(id)).filter((key) => key !== ""),
    ...sides.flatMap(({ id, functions }) => functions.map(({ name }) => functionKey(id, name))),
    ...scopes.flatMap(({ id, types }) => [...types.keys()].map((label) => `${interfaceKey(id)}#${label}`)),
  ];
}

/** Whether a function has the named type `item` in its signature. */
function createCarries({ types }: Snapshot, item: string): (func: ContractFunction) => boolean {
  if (!item.includes("#")) return () => false;
  const known = new Map<ValueType, boolean>();
  const has = (type: ValueType): boolean => {
    const before = known.get(type);
    if (before !== undefined) return before;
    const found = types.get(type)?.name === item || partsOf(type).some(has);
    known.set(type, found);
    return found;
  };
  return ({ params, result }) => params.some(({ type }) => has(type)) || (result !== undefined && has(result));
}

/** `tenon:builder/report.log` -> `report.log`. */
export function shortName(key: string): string {
  const end = key.search(/[#.]/);
  return key.slice((end < 0 ? key : key.slice(0, end)).lastIndexOf("/") + 1);
}
