// A snapshot and one item of it -> the snapshot as it would be without: what `impact` compares.
import { contractDigest, createDigester, partsOf, TenonError } from "@tenon/contract";
import type { Contract, ContractFunction, ContractInterface, ValueType } from "@tenon/contract";
import { functionKey, interfaceKey, shortName, type Snapshot } from "@tenon/contract/evolution";
import { membersOf, withoutMember, type Member } from "./without-member.ts";

export interface WithoutItem {
  readonly snapshot: Snapshot;
  readonly item: string;
  /** The functions that go with it; of a field, a case or a flag, those whose values may carry it. */
  readonly functions: readonly string[];
  /** Set for a field, a case or a flag: then its functions stay. */
  readonly type?: string;
}

/**
 * `path` is an interface (`report`), a function (`report.log`), a named type (`report#log-level`), or a field, a case or a flag
 * of one (`report#log-level.warn`), with or without its package. With a type go the functions that carry it. Throws usage
 * errors as `config-invalid` with what there is.
 */
export function withoutItem(snapshot: Snapshot, path: string): WithoutItem {
  const { contract } = snapshot;
  const item = keysOf(snapshot).find((key) => key === path || shortName(key) === path);
  if (item === undefined) {
    const [members, own] = [membersIn(snapshot), typeIn(path)];
    const member = members.find((one) => isAt(keyOf(one), path));
    if (member !== undefined) return { ...withoutMember(snapshot, member), item: keyOf(member), type: member.type };
    const near = members.filter(({ type }) => own !== undefined && isAt(type, own)).map(keyOf);
    const known = near.length > 0 ? near : keysOf(snapshot);
    throw new TenonError("config-invalid", `${contract.id} has nothing that is called ${path}`, {
      hint: `it has ${known.map(shortName).slice(0, 40).join(", ")}`,
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

/** Fields, cases and flags of all named types. */
function membersIn({ types, scopes }: Snapshot): readonly Member[] {
  const named = scopes.flatMap((scope) => [...scope.types.values()]);
  return named.flatMap((type) => {
    const name = type.kind === "resource" ? undefined : types.get(type)?.name;
    return name === undefined || type.kind === "resource"
      ? []
      : membersOf(type).map((label) => ({ type: name, label }));
  });
}

function keyOf({ type, label }: Member): string {
  return `${type}.${label}`;
}

/** As a comparison writes it, `report#entry.level`, or with dots alone. */
function isAt(key: string, path: string): boolean {
  return [key, shortName(key), shortName(key).replace("#", ".")].includes(path);
}

/** `report#entry` of `report#entry.level` */
function typeIn(path: string): string | undefined {
  const dot = path.lastIndexOf(".");
  return dot < 0 ? undefined : path.slice(0, dot);
}
