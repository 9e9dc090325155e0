// WIT text -> the contract of one of its worlds, for tests.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract, Resolve } from "@tenon/contract";

/** The resolve of a WIT text, and the number of a world in it: the one named, else the last. */
export function resolved(text: string, world?: string): { readonly resolve: Resolve; readonly world: number } {
  const { resolve } = resolveWit(text, { allFeatures: true });
  const index = world === undefined ? resolve.worlds.length - 1 : resolve.worlds.findIndex((one) => one.name === world);
  return { resolve, world: index };
}

/** The contract of the world named, or of the last one. */
export function contractOf(text: string, name?: string): Contract {
  const { resolve, world } = resolved(text, name);
  return contractFromResolve(resolve, world);
}
