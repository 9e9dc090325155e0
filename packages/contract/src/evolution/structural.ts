// Two snapshots -> does a plugin world of the one fit a host of the other without any adapter? The component model's own
// subtyping of worlds (component-model Explainer.md, "Type Checking"), interface versions aside: a component may import
// less than the host offers and export more than it asks for; everything that both name has equal types.
import type { Contract, ContractFunction, ContractInterface, HandleType } from "../model.ts";
import { createSameType, resourceKey, type SameType } from "./same-type.ts";
import { interfaceKey } from "./keys.ts";
import type { NamedType, Snapshot } from "./snapshot.ts";

type Side = HandleType["owner"];

/** Whether every component of the world of `plugin` links in a host that speaks `host`. */
export function isStructural(plugin: Snapshot, host: Snapshot, same: SameType = createSameType()): boolean {
  return offersAll(host, plugin, "host", same) && offersAll(plugin, host, "plugin", same);
}

/** Whether everything that `wanting` names on one side is in `giving` too, with equal types. */
function offersAll(giving: Snapshot, wanting: Snapshot, side: Side, same: SameType): boolean {
  return (
    everyIn(
      sideOf(wanting.contract, side),
      sideOf(giving.contract, side),
      interfaceKeyOf,
      (wanted, given) =>
        wanted.resources.every((name) => given.resources.includes(name)) &&
        everyIn(wanted.functions, given.functions, nameOf, (a, b) => isSameFunction(a, b, same)),
    ) &&
    everyIn(scopesOf(wanting, side), scopesOf(giving, side), interfaceKeyOf, (wanted, given) =>
      [...wanted.types].every(([label, type]) => isSameName(type, given.types.get(label), same)),
    )
  );
}

function everyIn<T>(
  wanted: readonly T[],
  given: readonly T[],
  keyOf: (one: T) => string,
  fits: (wanted: T, given: T) => boolean,
): boolean {
  const known = new Map(given.map((one) => [keyOf(one), one]));
  return wanted.every((one) => {
    const other = known.get(keyOf(one));
    return other !== undefined && fits(one, other);
  });
}

function interfaceKeyOf({ id }: { readonly id: string }): string {
  return interfaceKey(id);
}

function nameOf({ name }: ContractFunction): string {
  return name;
}

export function sideOf(contract: Contract, side: Side): readonly ContractInterface[] {
  return side === "host" ? contract.imports : contract.exports;
}

export function scopesOf(snapshot: Snapshot, side: Side): Snapshot["scopes"] {
  return snapshot.scopes.filter((scope) => scope.side === side);
}

function isSameFunction(a: ContractFunction, b: ContractFunction, same: SameType): boolean {
  return (
    a.isAsync === b.isAsync &&
    a.params.length === b.params.length &&
    a.params.every(({ name, type }, index) => name === b.params[index]?.name && same(type, b.params[index]?.type)) &&
    same(a.result, b.result)
  );
}

/** Whether one label stands for the same on both sides. */
export function isSameName(a: NamedType, b: NamedType | undefined, same: SameType): boolean {
  if (b === undefined) return false;
  if (a.kind === "resource" || b.kind === "resource")
    return (
      a.kind === b.kind &&
      resourceKey(a as typeof b & { kind: "resource" }) === resourceKey(b as typeof a & { kind: "resource" })
    );
  return same(a, b);
}
