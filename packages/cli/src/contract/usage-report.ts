// What hosts have counted -> who uses which contract, what of it is deprecated, and which versions nobody uses any more.
import type { ContractUse, DeprecatedUse, UsageReport } from "@tenon/host";
import type { FrozenVersion } from "@tenon/contract/evolution";
import { columns, type Paint } from "../terminal.ts";

/** A frozen version that no plugin was started with since the given moment. */
export interface UnusedVersion {
  readonly version: string;
  /** ISO 8601; undefined where it was never counted. */
  readonly lastUsed: string | undefined;
}

/** The frozen versions, but for the newest, that nobody has used since `oldest` (ISO 8601). */
export function unusedVersions(
  versions: readonly FrozenVersion[],
  { contracts }: UsageReport,
  oldest: string,
): readonly UnusedVersion[] {
  return versions.slice(0, -1).flatMap(({ version, abi }) => {
    const uses = contracts.filter(({ digest }) => digest === abi).map(({ lastUsed }) => lastUsed);
    const lastUsed = uses.sort().at(-1);
    return lastUsed !== undefined && lastUsed >= oldest ? [] : [{ version, lastUsed }];
  });
}

export function usageText({ contracts, deprecated }: UsageReport, paint: Paint): string {
  const parts = [table("plugin  built for", contracts.map(contractRow), paint)];
  if (deprecated.length > 0) parts.push(table("deprecated", deprecated.map(deprecatedRow), paint));
  return parts.join("\n\n");
}

export function unusedText(unused: readonly UnusedVersion[], paint: Paint): string {
  if (unused.length === 0) return "every frozen version was used";
  const rows = unused.map(({ version, lastUsed }) => [
    version,
    lastUsed === undefined ? "never" : `last ${day(lastUsed)}`,
  ]);
  return `${paint.bold("not used")}\n${columns(rows, "  ")}`;
}

function table(title: string, rows: readonly (readonly string[])[], paint: Paint): string {
  return `${paint.bold(title)}\n${columns(rows, "  ")}`;
}

function contractRow({ plugin, contract, verdict, starts, lastUsed }: ContractUse): string[] {
  return [plugin, contract, verdict, `${starts} starts`, `last ${day(lastUsed)}`];
}

function deprecatedRow({ plugin, path, item, calls, lastUsed, replacedBy, removeAfter }: DeprecatedUse): string[] {
  const until = removeAfter === undefined ? "" : `stays until ${removeAfter}`;
  const instead = replacedBy === undefined ? "" : `use ${replacedBy}`;
  return [plugin, path, item, `${calls} calls`, `last ${day(lastUsed)}`, until, instead];
}

function day(time: string): string {
  return time.slice(0, 10);
}
