// A snapshot and one field, case or flag of a named type -> the snapshot as it would be without, wherever the type is used.
import { contractDigest, createDigester, partsOf, TenonError } from "@tenon/contract";
import type { Contract, ContractFunction, ContractInterface, ValueType } from "@tenon/contract";
import { functionKey, shortName, type Snapshot } from "@tenon/contract/evolution";

/** A named type, and what of it goes. */
export interface Member {
  /** The type's key: `tenon:builder/report#log-level`. */
  readonly type: string;
  readonly label: string;
}

/** The snapshot without the member, and the functions whose values may carry it. Throws `config-invalid` for a type's only member. */
export function withoutMember(
  snapshot: Snapshot,
  { type: key, label }: Member,
): { readonly snapshot: Snapshot; readonly functions: readonly string[] } {
  const { contract, types, scopes } = snapshot;
  const isOwner = (type: ValueType): boolean => types.get(type)?.name === key;
  const rebuilt = createRebuild((type, made) => (isOwner(type) ? without(made, key, label) : made));
  const functions: string[] = [];
  const side = (interfaces: readonly ContractInterface[]): ContractInterface[] =>
    interfaces.map((one) => {
      const changed = one.functions.map((func): ContractFunction => {
        const params = func.params.map((param) => ({ ...param, type: rebuilt(param.type) }));
        const result = func.result && rebuilt(func.result);
        if (result === func.result && params.every(({ type }, at) => type === func.params[at]?.type)) return func;
        functions.push(shortName(functionKey(one.id, func.name)));
        return { ...func, params, ...(result && { result }) };
      });
      return { ...one, functions: changed, digest: createDigester().interfaceDigest({ ...one, functions: changed }) };
    });
  const sides = { exports: side(contract.exports), imports: side(contract.imports) };
  const left: Contract = { ...contract, ...sides, digest: contractDigest(sides) };
  const facts = [...types].map(([type, own]) => {
    const members = Object.entries(own.members).filter(([name]) => !isOwner(type) || name !== label);
    return [rebuilt(type), { ...own, members: Object.fromEntries(members) }] as const;
  });
  const named = scopes.map((scope) => ({
    ...scope,
    types: new Map([...scope.types].map(([name, one]) => [name, one.kind === "resource" ? one : rebuilt(one)])),
  }));
  return { snapshot: { ...snapshot, contract: left, types: new Map(facts), scopes: named }, functions };
}

/** The labels of a type that has any. */
export function membersOf(type: ValueType): readonly string[] {
  switch (type.kind) {
    case "record":
      return type.fields.map(({ name }) => name);
    case "variant":
      return type.cases.map(({ name }) => name);
    case "enum":
      return type.cases;
    case "flags":
      return type.flags;
    default:
      return [];
  }
}

function without(type: ValueType, key: string, label: string): ValueType {
  if (membersOf(type).length === 1) {
    throw new TenonError("config-invalid", `${label} is all that ${shortName(key)} has`, {
      hint: "ask for the type itself",
      sideEffects: "none",
    });
  }
  const isLeft = ({ name }: { readonly name: string }): boolean => name !== label;
  if (type.kind === "record") return { ...type, fields: type.fields.filter(isLeft) };
  if (type.kind === "variant") return { ...type, cases: type.cases.filter(isLeft) };
  if (type.kind === "enum") return { ...type, cases: type.cases.filter((one) => one !== label) };
  if (type.kind === "flags") return { ...type, flags: type.flags.filter((one) => one !== label) };
  return type;
}

/** A type with `change` made in it and in all its parts; the same object where nothing changes. Each is visited once. */
function createRebuild(change: (type: ValueType, made: ValueType) => ValueType): (type: ValueType) => ValueType {
  const known = new Map<ValueType, ValueType>();
  const rebuilt = (type: ValueType): ValueType => {
    const before = known.get(type);
    if (before !== undefined) return before;
    const isSame = partsOf(type).every((part) => rebuilt(part) === part);
    const made = change(type, isSame ? type : withParts(type, rebuilt));
    known.set(type, made);
    return made;
  };
  return rebuilt;
}

function withParts(type: ValueType, part: (type: ValueType) => ValueType): ValueType {
  switch (type.kind) {
    case "record":
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: part(field.type) })) };
    case "variant":
      return { ...type, cases: type.cases.map((one) => (one.type ? { ...one, type: part(one.type) } : one)) };
    case "tuple":
      return { ...type, items: type.items.map(part) };
    case "list":
      return { ...type, element: part(type.element) };
    case "map":
      return { ...type, key: part(type.key), value: part(type.value) };
    case "option":
      return { ...type, item: part(type.item) };
    case "result":
      return { ...type, ...(type.ok && { ok: part(type.ok) }), ...(type.err && { err: part(type.err) }) };
    case "stream":
    case "future":
      return { ...type, ...(type.element && { element: part(type.element) }) };
    default:
      return type;
  }
}
