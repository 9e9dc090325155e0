// The frozen versions of the last major against HEAD -> each change once: before and after, for whose plugins it breaks, and what is converted.
import { isSameMajor, type Finding, type FrozenComparison } from "@tenon/contract/evolution";
import { columns, type Paint } from "../terminal.ts";

interface Change {
  readonly finding: Finding;
  /** Versions by what becomes of their plugins. */
  readonly broken: string[];
  readonly converted: string[];
  readonly migrated: string[];
}

/** The worst first. What came between older majors and the last one was reviewed when that was frozen. */
export function changesText(comparisons: readonly FrozenComparison[], paint: Paint): string {
  const last = comparisons.at(-1)?.frozen.version ?? "";
  const changes = new Map<string, Change>();
  for (const { frozen, findings, migrations } of comparisons) {
    if (frozen.status !== "supported" || !isSameMajor(frozen.version, last)) continue;
    for (const finding of findings) {
      const { rule, path, before, after, breaks } = finding;
      const key = JSON.stringify([rule, path, before, after]);
      const change = changes.get(key) ?? { finding, broken: [], converted: [], migrated: [] };
      changes.set(key, change);
      if (!breaks.includes("adapted")) change.converted.push(frozen.version);
      else if (migrations !== undefined) change.migrated.push(frozen.version);
      else change.broken.push(frozen.version);
    }
  }
  const order = ({ broken, migrated }: Change): number => (broken.length > 0 ? 0 : migrated.length > 0 ? 1 : 2);
  return [...changes.values()]
    .sort((a, b) => order(a) - order(b))
    .map((change) => changeText(change, paint))
    .join("\n");
}

function changeText({ finding, broken, converted, migrated }: Change, paint: Paint): string {
  const { rule, path, how, conversion } = finding;
  const sign = broken.length > 0 ? paint.red("x") : migrated.length > 0 ? paint.green("m") : paint.yellow("~");
  const built = (versions: readonly string[]): string => `plugins built for ${versions.join(", ")}`;
  const rows = [
    ...(broken.length > 0 ? [["breaks", `${built(broken)}: ${how}`]] : []),
    ...(migrated.length > 0 ? [["migrates", built(migrated)]] : []),
    ...(converted.length > 0 ? [["converts", `${built(converted)}: ${conversion}, ${how}`]] : []),
  ];
  return `${sign} ${paint.bold(path || "(the world)")}  ${changeOf(finding)}${paint.dim(rule)}\n${columns(rows, "    ")}`;
}

function changeOf({ before, after }: Finding): string {
  if (before === after) return "";
  if (before === undefined) return `new: ${after}  `;
  return after === undefined ? `gone: ${before}  ` : `${before} -> ${after}  `;
}
