// The subcommands of `tenon contract` about how a contract changes: arguments and options in, text and exit codes out.
import process from "node:process";
import { Option, type Command } from "commander";
import { TenonError } from "@tenon/contract";
import {
  bumpBetween,
  checkFolder,
  diffSnapshots,
  nextVersion,
  type Bump,
  type Consumer,
  type ContractDiff,
  type Snapshot,
} from "@tenon/contract/evolution";
import { EXIT } from "../exit.ts";
import { writeChanged } from "../output-files.ts";
import { complain, paintFor, say, sayJson } from "../terminal.ts";
import { checkJson, checkText } from "./check-report.ts";
import { diffJson, diffText } from "./diff-report.ts";
import { defineExplain } from "./explain-verb.ts";
import { readFolder } from "./folder.ts";
import { freeze } from "./freeze.ts";
import { locateIn } from "./locate.ts";
import { withMigrations } from "./migrations.ts";
import { resultOf, resultOfProblem, sarifLog } from "./sarif.ts";
import { readSnapshot } from "./snapshot-source.ts";
import { defineUsage } from "./usage-verbs.ts";

type Exit = (code: number) => void;
interface Common {
  readonly json?: boolean;
  readonly world?: string;
  readonly sarif?: string;
}

const BUMPS: readonly Bump[] = ["none", "patch", "minor", "major"];
const CONSUMERS: readonly Consumer[] = ["component", "adapted", "named", "positional", "source"];
const HELP = ["-h, --help", "print this help"] as const;

export function defineEvolution(command: Command, exit: Exit): void {
  defineDiff(command, exit);
  defineFreeze(command);
  defineCheck(command, exit);
  defineNextVersion(command);
  defineExplain(command, exit);
  defineUsage(command, exit);
}

function defineDiff(command: Command, exit: Exit): void {
  command
    .command("diff")
    .description("show what plugins built for one contract meet in a host of another one")
    .argument("<before>", "WIT, a snapshot.json or a frozen version's folder: what plugins were built for")
    .argument("<after>", "the same: what the host speaks now")
    .option("--json", "print one JSON document")
    .option("--sarif <file>", "write the findings as SARIF 2.1.0, for code review")
    .option("--world <name>", "the world, where a package has several")
    .addOption(
      new Option("--allow <bump>", "how much may change; by default what the two versions allow, else minor").choices(
        BUMPS,
      ),
    )
    .addOption(
      new Option("--for <consumer>", "only changes that break these; exit with 1 if there are any").choices(CONSUMERS),
    )
    .helpOption(...HELP)
    .addHelpText(
      "after",
      `
Exits with 1 when a change needs a larger step than --allow. x: breaks plugins whatever the host adapts. ~: the host
adapts it. +: new, and nobody notices.

Examples:
  tenon contract diff contracts/builder/frozen/0.1.0 contracts/builder
  tenon contract diff old.wit new.wit --for component
  tenon contract diff old.wit new.wit --sarif contract.sarif --allow major`,
    )
    .action((before: string, after: string, _options: Common, sub: Command) => {
      const options = sub.optsWithGlobals<Common & { readonly allow?: Bump; readonly for?: Consumer }>();
      const first = readSnapshot(before, options);
      const subject = { before: first, after: readSameWorld(after, options, first) };
      const found = diffSnapshots(subject.before, subject.after);
      const { for: consumer } = options;
      const diff =
        consumer === undefined
          ? found
          : { ...found, findings: found.findings.filter(({ breaks }) => breaks.includes(consumer)) };
      writeSarif(
        options.sarif,
        diff.findings.map((finding) => resultOf(finding)),
        after,
      );
      if (options.json) sayJson(diffJson(subject, diff));
      else say(diffText(subject, diff, paintFor(process.stdout)));
      const allowed = options.allow ?? allowedBump(subject.before.contract.id, subject.after.contract.id);
      const isTooMuch =
        consumer === undefined ? BUMPS.indexOf(neededBump(diff)) > BUMPS.indexOf(allowed) : diff.findings.length > 0;
      if (isTooMuch) exit(EXIT.failed);
    });
}

/** Where the newer package has several worlds, what plugins were built for says which one is meant. */
function readSameWorld(path: string, options: Common, { contract }: Snapshot): Snapshot {
  try {
    return readSnapshot(path, options);
  } catch (thrown) {
    const world = /\/([^/@]+)(?:@|$)/.exec(contract.id)?.[1];
    const isOpen = thrown instanceof TenonError && thrown.code === "config-invalid" && options.world === undefined;
    if (!isOpen || world === undefined) throw thrown;
    return readSnapshot(path, { ...options, world });
  }
}

function writeSarif(file: string | undefined, results: Parameters<typeof sarifLog>[0], wit: string): void {
  if (file !== undefined) writeChanged(file, `${JSON.stringify(sarifLog(results, locateIn(wit)), null, 2)}\n`);
}

function neededBump({ findings, verdict }: ContractDiff): Bump {
  const needed = findings.map(({ requiredBump }) => requiredBump);
  return BUMPS.toReversed().find((bump) => needed.includes(bump)) ?? (verdict === "exact" ? "none" : "minor");
}

/** HEAD still has the number of what was frozen last: then its next number is to be a minor one. */
function allowedBump(before: string, after: string): Bump {
  const [from = "", to = ""] = [before, after].map((id) => /@(.+)$/.exec(id)?.[1] ?? "");
  return from === to ? "minor" : bumpBetween(from, to);
}

function defineFreeze(command: Command): void {
  command
    .command("freeze")
    .description("write an immutable snapshot of a contract under frozen/<version>/")
    .argument("<folder>", "the contract's folder, with its *.wit files")
    .option("--json", "print one JSON document")
    .option("--world <name>", "the world, where the package has several; later freezes know it")
    .option("--drop", "give up plugins of the versions that the contract breaks now")
    .helpOption(...HELP)
    .addHelpText(
      "after",
      `
The version follows from what changed (\`next-version\`) and is written into the WIT's package line. frozen/ only grows;
contract.lock.json holds the digests of all its files. Unstable items are left out.

Examples:
  tenon contract freeze contracts/builder
  tenon contract freeze contracts/builder --drop`,
    )
    .action(async (folder: string, _options: Common, sub: Command) => {
      const options = sub.optsWithGlobals<Common & { readonly drop?: boolean }>();
      const report = await freeze(folder, options);
      if (options.json) return sayJson(report);
      if (report.version === undefined) return say("nothing to freeze: the contract is what was frozen last");
      say(`${paintFor(process.stdout).green("frozen")} ${report.version}  ${report.abi}`);
      for (const version of report.dropped) say(`plugins built for ${version} are given up`);
    });
}

function defineCheck(command: Command, exit: Exit): void {
  command
    .command("check")
    .description("fail when a frozen file changed or the contract breaks a supported version")
    .argument("<folder>", "the contract's folder")
    .option("--json", "print one JSON document")
    .option("--sarif <file>", "write the problems as SARIF 2.1.0, for code review")
    .option("--frozen", "fail too when the contract is not frozen as it is, for a release")
    .helpOption(...HELP)
    .addHelpText(
      "after",
      `
Migrations, such as migrations/1-2.mjs in the folder, are loaded and run with generated values: check only folders whose
code you would run. A contract.json with { "supportWindow": { "majors": 2, "days": 365 } } says how long versions stay.

Examples:
  tenon contract check contracts/builder
  tenon contract check contracts/builder --frozen --sarif contract.sarif`,
    )
    .action(async (path: string, _options: Common, sub: Command) => {
      const options = sub.optsWithGlobals<Common & { readonly frozen?: boolean }>();
      const folder = await withMigrations(readFolder(path, options));
      const found = checkFolder(folder);
      const check = { ...found, problems: [...found.problems, ...folder.migrationProblems] };
      const supported = check.comparisons.filter(({ frozen }) => frozen.status === "supported");
      const results = [
        ...check.problems.map(resultOfProblem),
        ...supported.flatMap(({ findings, frozen, migrations }) =>
          findings.map((finding) => resultOf(finding, { since: frozen.version, migrations })),
        ),
      ];
      writeSarif(options.sarif, results, path);
      if (options.json) sayJson(checkJson(folder, check));
      else say(checkText(folder, check, paintFor(process.stdout)));
      const isUnfrozen = options.frozen === true && check.frozenAs === undefined;
      if (isUnfrozen && !options.json)
        complain("error: the contract is not frozen as it is; run `tenon contract freeze`");
      if (isUnfrozen || check.problems.length > 0) exit(EXIT.failed);
    });
}

function defineNextVersion(command: Command): void {
  command
    .command("next-version")
    .description("print the version that freezing the contract would give it")
    .argument("<folder>", "the contract's folder")
    .option("--json", "print one JSON document")
    .helpOption(...HELP)
    .addHelpText(
      "after",
      `
Of the next freeze, by what changed since the last one; where nothing has, that one's own version.

Examples:
  tenon contract next-version contracts/builder
  tenon contract next-version contracts/builder --json`,
    )
    .action((path: string, _options: Common, sub: Command) => {
      const options = sub.optsWithGlobals<Common>();
      const folder = readFolder(path, options);
      const current = folder.lock?.versions.at(-1)?.version;
      const next = nextVersion(folder);
      if (options.json) sayJson({ current, next: next ?? current, isFrozen: next === undefined });
      else say(next ?? current ?? "");
    });
}
