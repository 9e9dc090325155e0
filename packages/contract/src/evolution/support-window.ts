// Which versions a host promised to support, and until when items stay -> what is gone too early.
import { createCounter, invalid, object } from "../descriptor-checks.ts";
import type { ContractProblem } from "./check.ts";
import type { FrozenVersion } from "./lock.ts";
import { itemKeys } from "./compare-gates.ts";
import { isOlder, isSameMajor } from "./next-version.ts";
import { versionOf, type Snapshot } from "./snapshot.ts";
import { shortName } from "./type-text.ts";

/** A version is supported while it is in either part of the window. */
export interface SupportWindow {
  /** The newest so many major versions. */
  readonly majors: number;
  /** So many days from the freeze of the next major version. */
  readonly days: number;
}

/** Reads `contract.json`. Total on any JSON: throws `contract-invalid`, naming the place. */
export function readContractConfig(json: unknown): { readonly supportWindow?: SupportWindow } {
  const root = object(json, "contract.json");
  createCounter()(Object.keys(json as object).length, "contract.json");
  const found = root("supportWindow");
  if (found === undefined) return {};
  const get = object(found, "supportWindow");
  const number = (key: "majors" | "days"): number => {
    const value = get(key);
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 100_000) return value;
    throw invalid(`supportWindow.${key}`, "is no whole number of at least 0");
  };
  return { supportWindow: { majors: number("majors"), days: number("days") } };
}

/** Versions that are given up although the window covers them. `today` is `YYYY-MM-DD`. */
export function earlyRemovals(
  versions: readonly FrozenVersion[],
  window: SupportWindow,
  today: string,
): ContractProblem[] {
  const firsts = versions.filter(
    ({ version }, at) => at === 0 || !isSameMajor(version, versions[at - 1]?.version ?? ""),
  );
  const covered = firsts.slice(Math.max(0, firsts.length - window.majors));
  return versions.flatMap(({ version, status }) => {
    if (status !== "removed") return [];
    const next = firsts.find((first) => isOlder(version, first.version) && !isSameMajor(version, first.version));
    const until = next === undefined ? undefined : dayAfter(next.frozenAt, window.days);
    const isNew = covered.some((first) => isSameMajor(first.version, version));
    if (!isNew && until !== undefined && until <= today) return [];
    const why = isNew ? `it is one of the newest ${window.majors} major versions` : `it is supported until ${until}`;
    return [{ rule: "WINDOW_NO_EARLY_REMOVE", path: version, message: `is given up, though ${why}` } as const];
  });
}

/** Items of supported versions that HEAD has no more, before the day that their `@remove-after` promised. */
export function earlyItems(snapshots: readonly Snapshot[], head: Snapshot, today: string): ContractProblem[] {
  const now = itemKeys(head);
  const found = new Map<string, ContractProblem>();
  for (const snapshot of snapshots) {
    for (const [key, { notes }] of snapshot.items) {
      const { removeAfter } = notes;
      if (removeAfter === undefined || removeAfter < today || now.has(key)) continue;
      const message = `is gone, though ${versionOf(snapshot)} promised it until ${removeAfter}`;
      found.set(key, { rule: "WINDOW_NO_EARLY_REMOVE", path: shortName(key), message });
    }
  }
  return [...found.values()];
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}
