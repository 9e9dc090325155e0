// The difference of two contracts -> text that a reviewer reads from top to bottom, or JSON.
import { RULES, type Consumer, type ContractDiff, type Finding, type Snapshot } from "@tenon/contract/evolution";
import { columns, type Paint } from "../terminal.ts";

/** What is compared, for the first line. */
export interface DiffSubject {
  readonly before: Snapshot;
  readonly after: Snapshot;
}

const CONSUMERS: Readonly<Record<Consumer, string>> = {
  component: "components, unadapted",
  adapted: "all plugins, adapters or not",
  named: "JSON and other values by name, unadapted",
  positional: "frames and native structs, unadapted",
  source: "code against generated types",
};

const WAYS = { in: "host to plugin", out: "plugin to host" } as const;

export function diffText({ before, after }: DiffSubject, diff: ContractDiff, paint: Paint): string {
  const verdict = paintVerdict(diff, paint);
  const ids =
    before.contract.id === after.contract.id
      ? `${before.contract.id}, both`
      : `${before.contract.id} -> ${after.contract.id}`;
  const added = diff.additions.map((line) => `${paint.green("+")} ${line}`);
  const changes = diff.findings.map((finding) => findingText(finding, paint));
  const body = [...changes, ...(added.length > 0 ? [added.join("\n")] : [])].join("\n\n");
  return `${paint.bold(ids)}\nplugins built for the first one, in a host of the second one: ${verdict}${body === "" ? "" : `\n\n${body}`}`;
}

function paintVerdict({ verdict, findings }: ContractDiff, paint: Paint): string {
  if (verdict === "exact" || verdict === "structural") return paint.green(verdict);
  const broken = findings.filter(({ breaks }) => breaks.includes("adapted")).length;
  if (broken === 0) return `${paint.yellow(verdict)}, nothing breaks where the host adapts`;
  return `${paint.red(verdict)}, ${broken} ${broken === 1 ? "change breaks" : "changes break"} all of them`;
}

function findingText(finding: Finding, paint: Paint): string {
  const { rule, path, before, after, conversion, how, directions, uses, breaks, requiredBump } = finding;
  const isBreaking = breaks.includes("adapted");
  const sign = isBreaking ? paint.red("x") : paint.yellow("~");
  const { why, fix } = RULES[rule];
  const rows: (readonly [string, string])[] = [
    ...(before === undefined ? [] : [["before", before] as const]),
    ...(after === undefined ? [] : [["after", after] as const]),
    ["adapters", `${conversion}: ${how}`],
    ["why", why],
    ...(uses.length === 0
      ? []
      : [["crosses", `${directions.map((way) => WAYS[way]).join(" and ")}, through ${listed(uses)}`] as const]),
    ...(breaks.length === 0 ? [] : [["breaks", breaks.map((one) => CONSUMERS[one]).join("; ")] as const]),
    ...(isBreaking ? [["fix", fix] as const] : []),
  ];
  const head = `${sign} ${paint.bold(path || "(the world)")}  ${rule}${requiredBump === "none" ? "" : paint.dim(`  ${requiredBump}`)}`;
  return `${head}\n${columns(rows, "    ")}`;
}

/** The first few, and how many more. */
function listed(uses: readonly string[]): string {
  const shown = uses.slice(0, 4).join(", ");
  return uses.length > 4 ? `${shown} and ${uses.length - 4} more` : shown;
}

export function diffJson({ before, after }: DiffSubject, diff: ContractDiff): unknown {
  const side = ({ contract }: Snapshot): unknown => ({ id: contract.id, digest: contract.digest });
  return { before: side(before), after: side(after), ...diff, findings: diff.findings.map(findingJson) };
}

export function findingJson(finding: Finding): unknown {
  const { why, fix } = RULES[finding.rule];
  return { ...finding, why, fix };
}
