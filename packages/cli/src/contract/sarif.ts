// Findings -> a SARIF 2.1.0 log, which code review shows beside the lines (OASIS sarif-v2.1.0-os).
import { RULES, type ContractProblem, type Finding, type RuleId } from "@tenon/contract/evolution";
import type { Locate } from "./locate.ts";

interface Result {
  readonly rule: RuleId;
  readonly path: string;
  readonly level: "error" | "warning" | "note";
  readonly text: string;
}

/**
 * A change that breaks plugins is an error, one that loses data a warning, the rest a note. `since` is the version for which
 * the plugins were built, `migrations` what an author wrote for them: then nothing breaks.
 */
export function resultOf(
  { rule, path, conversion, how, before, after, breaks }: Finding,
  { since, migrations }: { readonly since?: string; readonly migrations?: string | undefined } = {},
): Result {
  const change = [before, after].map((text) => text ?? "nothing").join(" -> ");
  const level = breaks.includes("adapted") ? "error" : conversion === "lossy" ? "warning" : "note";
  const who = since === undefined ? "" : ` Plugins built for ${since}.`;
  if (migrations !== undefined)
    return { rule, path, level: "note", text: `${path}: ${change}. Migrated: ${migrations}.${who}` };
  return { rule, path, level, text: `${path}: ${change}. ${conversion}: ${how}.${who}` };
}

export function resultOfProblem({ rule, path, message }: ContractProblem): Result {
  return {
    rule,
    path,
    level: rule === "DEPRECATED_HAS_REPLACEMENT" ? "warning" : "error",
    text: `${path}: ${message}.`,
  };
}

/** `locate` gives paths relative to where the command runs, which is what review tools resolve. */
export function sarifLog(results: readonly Result[], locate: Locate): unknown {
  const used = [...new Set(results.map(({ rule }) => rule))];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "tenon contract",
            rules: used.map((id) => ({ id, shortDescription: { text: RULES[id].why }, help: { text: RULES[id].fix } })),
          },
        },
        results: results.map(({ rule, path, level, text }) => ({
          ruleId: rule,
          ruleIndex: used.indexOf(rule),
          level,
          message: { text },
          locations: locationsOf(locate(path)),
        })),
      },
    ],
  };
}

function locationsOf(place: ReturnType<Locate>): unknown[] {
  if (place === undefined) return [];
  const uri = place.file.split(/[\\/]/).map(encodeURIComponent).join("/");
  return [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: place.line } } }];
}
