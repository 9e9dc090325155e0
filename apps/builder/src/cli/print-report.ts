// A build report -> lines for a person, or one JSON document.
import { terminalSafe } from "@tenon/contract";
import type { TenonError } from "@tenon/contract";
import type { Diagnostic } from "../generated/plugin.ts";
import type { BuildReport } from "../project/build.ts";
import type { RunReport } from "../project/run-artifact.ts";
import { formatSize, formatTime, type Style } from "./style.ts";

/** Above this the rest is counted, not shown. */
const MAX_SHOWN = 100;

/** `src/main.c:3:5: error: expected ';' [code]`, the form that editors understand. */
export function formatDiagnostic(diagnostic: Diagnostic, style: Style): string {
  const { file, line, column, severity, message, code, help } = diagnostic;
  const place = file === undefined ? "" : [file, line, column].filter((part) => part !== undefined).join(":") + ": ";
  const paint = severity === "error" ? style.red : severity === "warning" ? style.yellow : style.dim;
  const lines = message.split("\n").map(terminalSafe).join("\n  ");
  const more = help === undefined ? "" : `\n  help: ${help.split("\n").map(terminalSafe).join("\n  ")}`;
  return `${style.bold(terminalSafe(place))}${paint(severity)}: ${lines}${code === undefined ? "" : style.dim(` [${terminalSafe(code)}]`)}${more}`;
}

export function reportLines(report: BuildReport, style: Style): string[] {
  const shown = report.diagnostics.slice(0, MAX_SHOWN).map((one) => formatDiagnostic(one, style));
  if (report.diagnostics.length > MAX_SHOWN) shown.push(`... and ${report.diagnostics.length - MAX_SHOWN} more`);
  return [...shown, ...summary(report, style)];
}

function summary(report: BuildReport, style: Style): string[] {
  const by = `${report.plugin} (${report.boundary})`;
  switch (report.status) {
    case "built": {
      const artifacts = report.artifacts.map(
        (one) => `  ${terminalSafe(one.path)}  ${style.dim(`${one.kind}, ${formatSize(one.size)}`)}`,
      );
      const { builtFor } = report;
      const isOther = builtFor !== undefined && builtFor.verdict !== "exact";
      const of = isOther ? `, contract ${builtFor.version}: ${builtFor.verdict}` : "";
      const how = `by ${report.plugin} (${report.boundary}${of})`;
      return [`${style.green("built")} ${how} in ${formatTime(report.durationMs)}: ${report.out}`, ...artifacts];
    }
    case "compile-failed": {
      const errors = report.diagnostics.filter((one) => one.severity === "error").length;
      return [
        `${style.red("not built")}: ${errors} ${errors === 1 ? "error" : "errors"}; earlier outputs are as they were`,
      ];
    }
    case "tool-missing": {
      const missing = report.tools.filter((tool) => !tool.found);
      return missing.map(
        (tool) => `${style.red("not built")}: ${by} needs ${terminalSafe(tool.name)}; ${terminalSafe(tool.hint)}`,
      );
    }
    case "cancelled":
      return [`${style.yellow("cancelled")}; earlier outputs are as they were`];
    default:
      return [`${style.red("not built")}: ${by}: ${terminalSafe(report.reason ?? report.status)}`];
  }
}

/** Everything of a report as JSON; sizes are numbers, missing parts are null. */
export function reportJson(report: BuildReport, run: RunReport | undefined): unknown {
  const artifacts = report.artifacts.map((one) => ({ ...one, size: Number(one.size) }));
  return {
    ...report,
    durationMs: Math.round(report.durationMs),
    artifacts,
    run: report.run ?? null,
    ran: run ?? null,
    out: report.out ?? null,
  };
}

export function errorJson(error: TenonError): unknown {
  return { status: "error", error };
}

/** One sentence, then what else is known, indented. */
export function errorLines(error: TenonError, style: Style): string[] {
  return [
    `${style.red("tenon-build")}: ${terminalSafe(error.message)}`,
    ...error.notes.map((note) => `  ${terminalSafe(note)}`),
  ];
}
