// `tenon grants`: a plugin's folder -> what it asks for, what it gets, and which rule says so.
import type { Command } from "commander";
import { EXIT } from "../exit.ts";
import { decideArtifact, type GrantsReport } from "../policy/decide-artifact.ts";
import { safe } from "../safe-text.ts";
import { columns, say, sayJson } from "../terminal.ts";

interface Options {
  readonly boundary?: string;
  readonly policy?: string;
  readonly project: string;
  readonly json?: boolean;
}

export function define(command: Command, exit: (code: number) => void): void {
  command
    .argument("<plugin>", "a folder with a tenon.json, or that file")
    .option("--boundary <name>", "as if policy placed it there")
    .option("--policy <file>", "in place of your own policy file")
    .option("--project <folder>", "whose tenon.policy.json may tighten it", ".")
    .addHelpText(
      "after",
      `
Nothing of the plugin runs. The exit code is 1 where the plugin would not load.

Examples:
  tenon grants plugins/markdown
  tenon grants plugins/markdown --boundary worker
  tenon grants plugins/markdown --policy strict.json --json`,
    )
    .action(async (plugin: string, options: Options) => {
      const { boundary, policy, project } = options;
      const report = await decideArtifact({ plugin, boundary, policy, project });
      if (options.json) sayJson(report);
      else say(safe(describe(report)));
      exit(report.refusals.length === 0 ? EXIT.done : EXIT.failed);
    });
}

/** What a process can do on the machine; other boundaries keep their plugins by themselves, or not at all. */
function describeSandbox({ sandbox }: GrantsReport): string {
  if (sandbox === undefined) return "none";
  return `one of the operating system${sandbox.processes ? ", in which it may start programs" : ""}`;
}

function describe(report: GrantsReport): string {
  const { plugin, boundary, isolation, trust, requests, refusals, limits, notes, policies, digest } = report;
  const place = `${boundary}${isolation === undefined ? "" : ` (${isolation})`}`;
  return [
    `${plugin} on ${place}, ${report.isTrustedInFull ? "trusted in full" : trust}`,
    columns(
      [
        ["policies", policies.join(", ") || "none: nothing is granted"],
        ["digest", digest ?? "none"],
        ["sandbox", describeSandbox(report)],
      ],
      "  ",
    ),
    ...requests.map(
      ({ kind, asked, outcome, enforcement, rule, why }) =>
        `  ${outcome.padEnd(7)}  ${kind} ${asked}  (${enforcement}; ${rule})${why === undefined ? "" : `\n           ${why}`}`,
    ),
    ...Object.entries(limits).map(([name, value]) => `  at most  ${name} ${value}`),
    ...notes.map((note) => `  note     ${note}`),
    ...refusals.map(({ what }) => `  refused  ${what}`),
  ].join("\n");
}
