// `tenon contract usage` and `tenon contract impact`: who uses what of a contract, and who breaks if a part of it goes.
import process from "node:process";
import type { Command } from "commander";
import { usageMetrics, type UsageReport } from "@tenon/host";
import { readUsage, usageFile } from "@tenon/registry";
import { EXIT } from "../exit.ts";
import { paintFor, say, sayJson } from "../terminal.ts";
import { usage as misuse } from "../usage.ts";
import { readFolder } from "./folder.ts";
import { impactOf, impactText } from "./impact.ts";
import { unusedText, unusedVersions, usageText } from "./usage-report.ts";

interface Options {
  readonly json?: boolean;
  readonly world?: string;
  readonly file?: string;
}

const HELP = ["-h, --help", "print this help"] as const;
const DAY_MS = 86_400_000;

export function defineUsage(command: Command, exit: (code: number) => void): void {
  command
    .command("usage")
    .description("show which contracts plugins were built for, and what they use that is deprecated")
    .argument("[folder]", "a contract's folder: only this contract")
    .option("--json", "print one JSON document")
    .option("--file <path>", "another file of counts than your own")
    .option("--unused-for <days>", "the frozen versions of the folder that nobody has used for so long, such as 90d")
    .option("--metrics", "print the counts as OpenMetrics text, for collectors")
    .helpOption(...HELP)
    .addHelpText(
      "after",
      `
Counts are written by hosts: \`new UsageFile(usageFile()).write(host.usage())\`. A host function counts where the contract calls it
@deprecated, or a type in its signature. --unused-for exits with 1 when there are such versions: their adapters and
migrations have nobody to serve here.

Examples:
  tenon contract usage
  tenon contract usage contracts/builder --unused-for 90d
  tenon contract usage --metrics > /var/lib/node_exporter/tenon.prom`,
    )
    .action((path: string | undefined, _options: Options, sub: Command) => {
      const options = sub.optsWithGlobals<Options & { readonly unusedFor?: string; readonly metrics?: boolean }>();
      const folder = path === undefined ? undefined : readFolder(path, options);
      const report = only(readUsage(options.file ?? usageFile()), folder?.package);
      const paint = paintFor(process.stdout);
      if (options.unusedFor !== undefined) {
        if (folder === undefined) throw misuse("name the contract's folder for --unused-for", "contract");
        const oldest = new Date(Date.now() - daysOf(options.unusedFor) * DAY_MS).toISOString();
        const unused = unusedVersions(folder.lock?.versions ?? [], report, oldest);
        if (options.json) sayJson(unused);
        else say(unusedText(unused, paint));
        if (unused.length > 0) exit(EXIT.failed);
        return;
      }
      if (options.metrics) process.stdout.write(`${usageMetrics(report)}# EOF\n`);
      else if (options.json) sayJson(report);
      else say(usageText(report, paint));
    });
  defineImpact(command, exit);
}

function only({ contracts, deprecated }: UsageReport, pkg: string | undefined): UsageReport {
  const isWanted = ({ contract }: { readonly contract: string }): boolean =>
    pkg === undefined || contract.startsWith(`${pkg}/`);
  return { contracts: contracts.filter(isWanted), deprecated: deprecated.filter(isWanted) };
}

function daysOf(text: string): number {
  const [, days] = /^(\d{1,5})d?$/.exec(text) ?? [];
  if (days !== undefined) return Number(days);
  throw misuse(`--unused-for ${text} is no number of days, such as 90d`, "contract");
}

function defineImpact(command: Command, exit: (code: number) => void): void {
  command
    .command("impact")
    .description("show which plugins break if a part of a contract goes, down to a field or a case")
    .argument("<folder>", "the contract's folder")
    .argument(
      "<path>",
      "report, report.log, report#log-level or report#log-level.warn; the package goes without saying",
    )
    .option("--json", "print one JSON document")
    .option("--world <name>", "the world, where the package has several")
    .option("--file <path>", "another file of counts than your own")
    .option("--plugins <folder...>", "folders of installed plugins, which count by what their manifests say")
    .helpOption(...HELP)
    .addHelpText(
      "after",
      `
Each plugin that a host has counted or that is installed is compared by the frozen version that it was built for. Calls are
known where the item is deprecated, because hosts count those; of a field, a case or a flag they count the calls that carry its
type, and nobody looks into the values. A plugin breaks that would not load, or whose calls would be refused for some values;
exits with 1 then.

Examples:
  tenon contract impact contracts/builder project.read-file
  tenon contract impact contracts/builder 'report#log-level.debug'
  tenon contract impact contracts/builder report --plugins ~/.local/share/tenon/plugins --json`,
    )
    .action(async (path: string, item: string, _options: Options, sub: Command) => {
      const options = sub.optsWithGlobals<Options & { readonly plugins?: readonly string[] }>();
      const impact = await impactOf(readFolder(path, options), item, counts(options.file), options.plugins ?? []);
      if (options.json) sayJson(impact);
      else say(impactText(impact, paintFor(process.stdout)));
      if (impact.plugins.some(({ breaks }) => breaks)) exit(EXIT.failed);
    });
}

/** Without a file that somebody named, nobody having counted anything is an answer. */
function counts(file: string | undefined): UsageReport {
  try {
    return readUsage(file ?? usageFile());
  } catch (thrown) {
    if (file !== undefined) throw thrown;
    return { contracts: [], deprecated: [] };
  }
}
