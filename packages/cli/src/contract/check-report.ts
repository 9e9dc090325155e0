// The check of a contract's folder -> text or JSON.
import type { ContractCheck, FrozenComparison } from "@tenon/contract/evolution";
import { columns, type Paint } from "../terminal.ts";
import { changesText } from "./changes-report.ts";
import { findingJson } from "./diff-report.ts";
import type { LoadedFolder } from "./folder.ts";

export function checkText(
  { head, path }: LoadedFolder,
  { problems, comparisons, frozenAs }: ContractCheck,
  paint: Paint,
): string {
  const state = frozenAs === undefined ? paint.yellow("not frozen as it is") : `frozen as ${frozenAs}`;
  const title = `${paint.bold(head.contract.id)}, ${state}`;
  if (comparisons.length === 0 && problems.length === 0)
    return `${title}\nno version is frozen yet; run \`tenon contract freeze ${path}\``;
  const rows = comparisons.map((one) => [one.frozen.version, one.frozen.status, one.verdict, summaryOf(one)]);
  const table = rows.length === 0 ? "" : `\n${columns([["plugins for", "", "in this host", ""], ...rows], "  ")}`;
  const faults = problems.map(({ rule, path: at, message }) => `${paint.red("x")} ${rule}  ${at} ${message}`);
  // What is frozen was reviewed when it was.
  const changes = frozenAs === undefined ? changesText(comparisons, paint) : "";
  return [`${title}${table}`, changes, faults.join("\n")].filter((part) => part !== "").join("\n\n");
}

function summaryOf({ findings, migrations }: FrozenComparison): string {
  if (migrations !== undefined) return `by hand: ${migrations}`;
  const broken = findings.filter(({ breaks }) => breaks.includes("adapted"));
  if (findings.length === 0) return "";
  if (broken.length === 0) return `${findings.length} adapted`;
  return `${broken.length} broken: ${broken[0]?.path}${broken.length > 1 ? " ..." : ""}`;
}

export function checkJson({ head }: LoadedFolder, { problems, comparisons, frozenAs }: ContractCheck): unknown {
  return {
    contract: head.contract.id,
    digest: head.contract.digest,
    frozenAs,
    problems,
    versions: comparisons.map(({ frozen, findings, ...diff }) => ({
      version: frozen.version,
      status: frozen.status,
      ...diff,
      findings: findings.map(findingJson),
    })),
  };
}
