// `tenon doctor`: this machine -> what it has for plugins, what is missing, and how to get it.
import process from "node:process";
import type { Command } from "commander";
import { installedBoundaries } from "../call/drivers.ts";
import type { Finding } from "../doctor/finding.ts";
import { machineFindings, runtimeFindings } from "../doctor/runtime.ts";
import { sandboxFindings } from "../doctor/sandboxes.ts";
import { libraryFindings, toolchainFindings } from "../doctor/toolchains.ts";
import { EXIT } from "../exit.ts";
import { paintFor, say, sayJson } from "../terminal.ts";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .addHelpText(
      "after",
      `
Everything is asked for or tried, nothing guessed. Only Node itself is required: the exit code is 1 if it is too old.

Examples:
  tenon doctor
  tenon doctor --json`,
    )
    .action(async (options: { readonly json?: boolean }) => exit(await diagnose(options.json === true)));
}

async function diagnose(isJson: boolean): Promise<number> {
  const [tools, sandboxes] = await Promise.all([toolchainFindings(), sandboxFindings()]);
  const findings = [...runtimeFindings(), ...machineFindings(), ...tools, ...libraryFindings(), ...sandboxes];
  const isSound = findings.every(({ status, isRequired }) => status === "ok" || !isRequired);
  const boundaries = installedBoundaries();
  if (isJson) sayJson({ ok: isSound, boundaries, findings });
  else print(findings, boundaries);
  return isSound ? EXIT.done : EXIT.failed;
}

function print(findings: readonly Finding[], boundaries: readonly string[]): void {
  const paint = paintFor(process.stdout);
  const width = Math.max(...findings.map(({ title }) => title.length));
  say(`boundaries: ${boundaries.join(", ")}`);
  let group = "";
  for (const { status, title, detail, purpose, remedy, isRequired, ...rest } of findings) {
    if (rest.group !== group) say(`\n${paint.bold((group = rest.group))}`);
    const mark = status === "ok" ? paint.green("ok     ") : isRequired ? paint.red("missing") : paint.yellow("missing");
    say(`  ${mark} ${title.padEnd(width)}  ${detail === "" ? "" : `${detail}; `}${paint.dim(purpose)}`);
    if (remedy !== undefined) say(`          ${" ".repeat(width)}  ${paint.dim(`get it: ${remedy}`)}`);
  }
}
