// Two versions of one side of a contract -> which functions are in another interface now, by what `@moved-from` says.
import type { ContractFunction, ContractInterface } from "../model.ts";
import { functionKey } from "./keys.ts";
import type { Snapshot } from "./snapshot.ts";
import { shortName } from "./type-text.ts";

/** The interfaces of one side, and the snapshot that has their annotations. */
export interface SideOfSnapshot {
  readonly snapshot: Snapshot;
  readonly interfaces: readonly ContractInterface[];
}

/**
 * `functionKey` in `a` -> `functionKey` in `b`. The annotation may stand on either side, for a host may be older than its plugin.
 * What is still where it was has not moved, and of two that claim one place the first has it.
 */
export function movedFunctions(a: SideOfSnapshot, b: SideOfSnapshot): ReadonlyMap<string, string> {
  const [olds, news] = [keysOf(a), keysOf(b)];
  const moved = new Map<string, string>();
  for (const key of news) {
    const old = olds.has(key) ? undefined : placeBefore(b.snapshot, key, olds);
    if (old !== undefined && !news.has(old) && !moved.has(old)) moved.set(old, key);
  }
  const taken = new Set(moved.values());
  for (const key of olds) {
    const now = news.has(key) || moved.has(key) ? undefined : placeBefore(a.snapshot, key, news);
    if (now === undefined || olds.has(now) || taken.has(now)) continue;
    moved.set(key, now);
    taken.add(now);
  }
  return moved;
}

/** An interface without the functions of these keys. */
export function withoutFunctions(one: ContractInterface, isGone: (key: string) => boolean): ContractInterface {
  return { ...one, functions: one.functions.filter(({ name }) => !isGone(functionKey(one.id, name))) };
}

/** Methods go with their resources. */
function keysOf({ interfaces }: SideOfSnapshot): ReadonlySet<string> {
  const isFree = ({ resource }: ContractFunction): boolean => resource === undefined;
  return new Set(
    interfaces.flatMap(({ id, functions }) => functions.filter(isFree).map(({ name }) => functionKey(id, name))),
  );
}

function placeBefore({ items }: Snapshot, key: string, others: ReadonlySet<string>): string | undefined {
  const place = items.get(key)?.notes.movedFrom;
  return place === undefined ? undefined : [...others].find((other) => shortName(other) === place);
}
