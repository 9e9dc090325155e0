// `tenon inspect`: a file or folder -> what it is, which contract it speaks, what crosses its border.
import type { Command } from "commander";
import { resolve } from "node:path";
import { describeContract } from "../describe-contract.ts";
import { addForeignOptions, isForeign, readForeignProgram, type ForeignOptions } from "../foreign/options.ts";
import { inspect } from "../inspect/inspect.ts";
import type { ArtifactReport, NameFacts } from "../inspect/report.ts";
import { safe } from "../safe-text.ts";
import { columns, say, sayJson } from "../terminal.ts";

interface Options extends ForeignOptions {
  readonly json?: boolean;
  readonly load: boolean;
}

/** More than this nobody reads on a terminal; `--json` has them all. */
const MAX_ROWS = 60;

export function define(command: Command): void {
  addForeignOptions(command)
    .argument("<artifact>", "a file, or a folder with a tenon.json")
    .option("--no-load", "do not run a JavaScript module's top-level code to learn its exports")
    .addHelpText(
      "after",
      `
The kind is found by content: tenon.json, WebAssembly module or component, program or library, JavaScript module,
script, Lua, WIT. A JavaScript module is loaded in a child process with an empty environment that may not write files.

Examples:
  tenon inspect plugins/hello
  tenon inspect target/plugin.wasm --json
  tenon inspect dist/plugin.js --no-load
  tenon inspect ./some-go-plugin --cookie BASIC_PLUGIN=hello`,
    )
    .action(async (artifact: string, options: Options) => {
      const found = await inspect(artifact, { loads: options.load });
      const report = isForeign(options, "inspect") ? await withServices(found, artifact, options) : found;
      if (options.json) sayJson(report);
      else say(safe(describe(report)));
    });
}

/** What a go-plugin program serves; it is started for that and ended again. */
async function withServices(report: ArtifactReport, path: string, options: ForeignOptions): Promise<ArtifactReport> {
  const { contract } = await readForeignProgram([resolve(path)], options, "inspect");
  return { ...report, boundaries: ["grpc"], contract: describeContract(contract) };
}

function describe(report: ArtifactReport): string {
  const { path, title, size, sha256, contract, sections, imports, exports, artifacts, boundaries, notes } = report;
  const facts: string[][] = [["what", title], ...Object.entries(report.details ?? {})];
  if (sha256 !== undefined) facts.push(["size", sizeText(size)], ["sha256", sha256]);
  facts.push(["boundaries", boundaries.join(", ") || "none"]);
  if (contract !== undefined) facts.push(["contract", contract.id], ["digest", contract.digest ?? "not given"]);
  return [
    path,
    columns(facts, "  "),
    ...list(
      "functions",
      (contract?.exports ?? []).map((line) => [line]),
    ),
    ...list(
      "host functions",
      (contract?.imports ?? []).map((line) => [line]),
    ),
    ...list(
      "artifacts",
      (artifacts ?? []).map((one) => [
        one.boundary,
        one.file ?? one.id,
        one.status,
        one.size === undefined ? "" : sizeText(one.size),
      ]),
    ),
    ...list(
      "sections",
      (sections ?? []).map((one) => [one.name, one.custom ?? "", sizeText(one.size), `at ${one.offset}`]),
    ),
    ...list("imports", (imports ?? []).map(nameRow)),
    ...list("exports", (exports ?? []).map(nameRow)),
    ...(notes ?? []).map((note) => `  note: ${note}`),
  ].join("\n");
}

function list(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const more = rows.length > MAX_ROWS ? [`    ... and ${rows.length - MAX_ROWS} more (--json has them all)`] : [];
  return [`  ${title} (${rows.length})`, columns(rows.slice(0, MAX_ROWS), "    "), ...more];
}

function nameRow({ name, kind }: NameFacts): string[] {
  return [kind, name];
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
