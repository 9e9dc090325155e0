// The labels of two lists of fields, cases, flags or functions -> which are the same, which were renamed, which are new.
import type { ContractInterface } from "../model.ts";
import { functionKey } from "./keys.ts";
import type { Snapshot } from "./snapshot.ts";

export interface Member {
  readonly name: string;
  readonly renamedFrom?: string | undefined;
}

export interface MemberPair {
  /** Positions in the older and the newer list. */
  readonly a: number;
  readonly b: number;
  readonly isRenamed: boolean;
}

export interface MemberMatch {
  /** In the order of the older list. */
  readonly pairs: readonly MemberPair[];
  readonly deleted: readonly number[];
  readonly added: readonly number[];
  /** Whether the pairs stand in the same order on both sides. */
  readonly isOrdered: boolean;
}

/** Matches by label, then by `@renamed-from` on either side: a host may be older than its plugin, too. */
export function matchMembers(a: readonly Member[], b: readonly Member[]): MemberMatch {
  const positions = new Map(b.map(({ name }, index) => [name, index]));
  const known = new Set(a.map(({ name }) => name));
  const renamed = new Map<string, number>();
  for (const [index, { name, renamedFrom }] of b.entries()) {
    if (renamedFrom !== undefined && !known.has(name) && !positions.has(renamedFrom)) renamed.set(renamedFrom, index);
  }
  const taken = new Set<number>();
  const pairs: MemberPair[] = [];
  const deleted: number[] = [];
  for (const [index, { name, renamedFrom }] of a.entries()) {
    const own = positions.get(name);
    const back = renamedFrom === undefined || known.has(renamedFrom) ? undefined : positions.get(renamedFrom);
    const found = own ?? renamed.get(name) ?? back;
    if (found === undefined || taken.has(found)) {
      deleted.push(index);
      continue;
    }
    taken.add(found);
    pairs.push({ a: index, b: found, isRenamed: own === undefined });
  }
  const added = b.flatMap((_, index) => (taken.has(index) ? [] : [index]));
  const isOrdered = pairs.every((pair, index) => index === 0 || (pairs[index - 1]?.b ?? -1) < pair.b);
  return { pairs, deleted, added, isOrdered };
}

/** The functions of an interface, with the names that they had. */
export function functionMembers(snapshot: Snapshot, { id, functions }: ContractInterface): Member[] {
  return functions.map(({ name }) => ({
    name,
    renamedFrom: fullName(name, snapshot.items.get(functionKey(id, name))?.notes.renamedFrom),
  }));
}

/** A label as `@renamed-from` gives it, in the form of the function's own name: `[method]counter.old`. */
function fullName(name: string, label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  const dot = name.lastIndexOf(".");
  return dot < 0 ? label : `${name.slice(0, dot + 1)}${label}`;
}
