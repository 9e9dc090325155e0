// `tenon audit`: the log of what plugins used and were denied -> the lines that are asked for.
import process from "node:process";
import { matchesText } from "@tenon/policy";
import { auditFile, parseAuditLine, readAudit, type AuditLine } from "@tenon/registry";
import type { Command } from "commander";
import { EXIT } from "../exit.ts";
import { follow } from "../policy/follow.ts";
import { safe } from "../safe-text.ts";
import { paintFor, say, sayJson } from "../terminal.ts";
import { usage } from "../usage.ts";

interface Options {
  readonly plugin?: string;
  readonly denied?: boolean;
  readonly since?: string;
  readonly follow?: boolean;
  readonly file?: string;
  readonly json?: boolean;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function define(command: Command, exit: (code: number) => void): void {
  command
    .option("--plugin <id>", "of this plugin; * is any text")
    .option("--denied", "what was denied only")
    .option("--since <time>", "no older than this: 30s, 10m, 2h, 7d, or a date")
    .option("--follow", "go on with what is written from now on, until Ctrl-C; with --json one document a line")
    .option("--file <path>", "another log than your own")
    .addHelpText(
      "after",
      `
One line for each use and each denial of a capability by a plugin that policy has decided about. Secrets are left out.

Examples:
  tenon audit --denied --since 1h
  tenon audit --plugin 'acme/*' --json
  tenon audit --follow`,
    )
    .action(async (options: Options) => {
      const file = options.file ?? auditFile();
      const oldest = options.since === undefined ? undefined : timeOf(options.since);
      const isWanted = (line: AuditLine): boolean =>
        (oldest === undefined || Date.parse(line.time) >= oldest) &&
        ("dropped" in line
          ? options.plugin === undefined && options.denied !== true
          : (options.plugin === undefined || matchesText(options.plugin, line.plugin)) &&
            (options.denied !== true || line.decision === "denied"));
      if (options.follow === true) return exit(await followed(file, isWanted, options.json === true));
      const lines = readAudit(file).filter(isWanted);
      if (options.json) sayJson(lines);
      else for (const line of lines) say(describe(line));
    });
}

/** Resolves with the exit code that a signal stands for. */
async function followed(file: string, isWanted: (line: AuditLine) => boolean, isJson: boolean): Promise<number> {
  const stop = new AbortController();
  let exitCode: number = EXIT.done;
  for (const [name, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const) {
    process.once(name, () => {
      exitCode = 128 + number;
      stop.abort();
    });
  }
  for await (const text of follow(file, stop.signal)) {
    for (const line of parseAuditLine(text).filter(isWanted)) say(isJson ? JSON.stringify(line) : describe(line));
  }
  return exitCode;
}

function describe(line: AuditLine): string {
  const paint = paintFor(process.stdout);
  if ("dropped" in line)
    return `${line.time}  ${paint.yellow(`${line.dropped} records were dropped: too many at once`)}`;
  const { time, plugin, boundary, capability, argument, decision, rule } = line;
  const word = decision === "denied" ? paint.red("denied ") : paint.green("allowed");
  return `${time}  ${word}  ${safe(`${plugin} (${boundary})  ${capability} ${argument}`)}  ${paint.dim(safe(rule))}`;
}

function timeOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Date.now() - Number(count) * UNITS[unit]!;
  const date = Date.parse(text);
  if (Number.isNaN(date)) throw usage(`--since ${text} is no time`, "audit");
  return date;
}
