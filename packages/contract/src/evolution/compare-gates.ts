// The gates of two snapshots, or of one -> what contradicts them. Nobody breaks by it today; somebody is misled.
import { parseVersion, compareVersions } from "../wit/version.ts";
import { splitId } from "../names.ts";
import type { Report } from "./findings.ts";
import type { Snapshot } from "./snapshot.ts";
import { shortName } from "./type-text.ts";

/** Items that claim to be older than the older snapshot says, or to have been in it though they were not. */
export function compareGates(before: Snapshot, after: Snapshot): Report[] {
  const own = parseVersion(splitId(before.contract.id).version);
  const known = itemKeys(before);
  return [...after.items].flatMap(([key, { since }]) => {
    const now = since === undefined ? undefined : parseVersion(since);
    if (now === undefined) return [];
    const old = before.items.get(key)?.since;
    const was = old === undefined ? undefined : parseVersion(old);
    const isLower = was !== undefined && compareVersions(now, was) < 0;
    const isBackdated =
      own !== undefined &&
      !known.has(key) &&
      compareVersions(now, own) <= 0 &&
      after.contract.id !== before.contract.id;
    if (!isLower && !isBackdated) return [];
    const how = isLower ? "it came later" : `it was not in ${own?.text ?? ""}`;
    return [{ rule: "GATE_NO_LOWER_SINCE", path: shortName(key), before: old, after: since, conversion: "total", how }];
  });
}

/** What a single snapshot must not have. */
export function lintSnapshot(snapshot: Snapshot): Report[] {
  return [...snapshot.items].flatMap(([key, { unstable, deprecated, notes }]): Report[] => {
    const path = shortName(key);
    const reports: Report[] = [];
    if (unstable !== undefined)
      reports.push({
        rule: "UNSTABLE_NOT_IN_FROZEN",
        path,
        after: unstable,
        conversion: "incompatible",
        how: `it is behind the feature ${unstable}`,
      });
    if (deprecated !== undefined && (notes.replacedBy === undefined || notes.removeAfter === undefined)) {
      const missing = [...(notes.replacedBy ? [] : ["@replaced-by"]), ...(notes.removeAfter ? [] : ["@remove-after"])];
      reports.push({
        rule: "DEPRECATED_HAS_REPLACEMENT",
        path,
        after: deprecated,
        conversion: "total",
        how: `its docs lack ${missing.join(" and ")}`,
      });
    }
    return reports;
  });
}

/** Every interface, function and named type of a snapshot. */
export function itemKeys({ contract, scopes, items }: Snapshot): ReadonlySet<string> {
  const keys = new Set(items.keys());
  const plain = (id: string): string => id.replace(/@[^#]*$/, "");
  for (const { id, functions } of [...contract.exports, ...contract.imports]) {
    keys.add(plain(id));
    for (const { name } of functions) keys.add(`${plain(id)}.${name}`);
  }
  for (const { id, types } of scopes) {
    keys.add(plain(id));
    for (const label of types.keys()) keys.add(`${plain(id)}#${label}`);
  }
  return keys;
}
