// `tenon contract explain`: what a rule means; or why a plugin fits a contract or not, asked of its own artifact.
import process from "node:process";
import type { Command } from "commander";
import { RULES, type RuleId } from "@tenon/contract/evolution";
import { EXIT } from "../exit.ts";
import { columns, paintFor, say, sayJson } from "../terminal.ts";
import { usage } from "../usage.ts";
import { explainPlugin, explanationText } from "./explain-plugin.ts";
import { statOf } from "../foreign-file.ts";

interface Options {
  readonly json?: boolean;
  readonly host?: string;
  readonly boundary?: string;
  readonly world?: string;
  readonly policy?: string;
  readonly project: string;
}

export function defineExplain(command: Command, exit: (code: number) => void): void {
  command
    .command("explain")
    .description("say what a rule means, or why a plugin fits a host's contract or not; without either, list all rules")
    .argument("[subject]", "a rule's id, such as ENUM_CASE_NO_ADD_IN; or a plugin, as `tenon call` takes it")
    .option("--json", "print one JSON document")
    .option(
      "--host <path>",
      "what the host speaks: a contract's folder with its frozen versions, a snapshot.json, or WIT",
    )
    .option("--boundary <name>", "where to open the plugin; default: its manifest's first choice")
    .option("--world <name>", "the world, where the package has several")
    .option("--policy <file>", "in place of your own policy file")
    .option("--project <folder>", "whose tenon.policy.json may tighten it", ".")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      `
The plugin is opened as a host would open it, and closed again: what counts is what its artifact says, not its manifest.
Exits with 1 when it does not fit.

Examples:
  tenon contract explain
  tenon contract explain MIGRATION_REQUIRED
  tenon contract explain plugins/hello --host contracts/greeter`,
    )
    .action(async (subject: string | undefined, _options: Options, sub: Command) => {
      const options = sub.optsWithGlobals<Options>();
      const name = subject?.toUpperCase().replaceAll("-", "_");
      if (subject !== undefined && !Object.hasOwn(RULES, name ?? "") && isThere(subject))
        return explainOne(subject, options, exit);
      return explainRule(name, subject, options.json === true);
    });
}

function isThere(path: string): boolean {
  return statOf(path) !== undefined;
}

async function explainOne(plugin: string, options: Options, exit: (code: number) => void): Promise<void> {
  if (options.host === undefined) throw usage("name what the host speaks with --host", "contract");
  const explanation = await explainPlugin(plugin, { ...options, host: options.host, policy: options.policy });
  if (options.json) sayJson(explanation);
  else say(explanationText(explanation, paintFor(process.stdout)));
  if (!explanation.fits) exit(EXIT.failed);
}

function explainRule(name: string | undefined, given: string | undefined, isJson: boolean): void {
  if (name === undefined) {
    if (isJson) return sayJson(RULES);
    return say(columns(Object.entries(RULES).map(([rule, { why }]) => [rule, why])));
  }
  if (!Object.hasOwn(RULES, name)) {
    const what = `there is no rule and no plugin ${given}; \`tenon contract explain\` lists the rules`;
    throw usage(what, "contract");
  }
  const rule = RULES[name as RuleId];
  if (isJson) return sayJson({ id: name, ...rule });
  const { why, fix, requiredBump, autoAdapt, breaks, direction } = rule;
  const rows = [
    ["why", why],
    ["fix", fix],
    ["bump", requiredBump],
    ["adapters", `at best ${autoAdapt}`],
    ["direction", direction],
    ["breaks", breaks.join(", ") || "nobody today"],
  ];
  say(`${paintFor(process.stdout).bold(name)}\n${columns(rows, "  ")}`);
}
