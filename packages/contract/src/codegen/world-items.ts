// What of a world becomes generated code: its interfaces as far as the contract has them, and its own functions.
import { worldInterfaces } from "../from-resolve.ts";
import type { FunctionDef, WorldItem } from "../ir.ts";
import type { Contract, ContractInterface } from "../model.ts";
import type { Scope } from "./scope.ts";

/** The world's interfaces that are in the contract, with their keys there. */
export function keptInterfaces(
  scope: Scope,
  worldIndex: number,
  contract: Contract,
): { readonly side: "exports" | "imports"; readonly index: number; readonly key: string }[] {
  const world = scope.resolve.worlds[worldIndex];
  if (world === undefined) return [];
  const match = (side: "exports" | "imports", list: readonly ContractInterface[]) =>
    worldInterfaces(scope.resolve, world[side]).flatMap(({ id, index }) => {
      const found = list.find((one) => one.id === id);
      return found === undefined ? [] : [{ side, index, key: found.key }];
    });
  return [...match("exports", contract.exports), ...match("imports", contract.imports)];
}

export function worldFunctions(items: Readonly<Record<string, WorldItem>>): FunctionDef[] {
  return Object.values(items).flatMap((item) => ("function" in item ? [item.function] : []));
}
