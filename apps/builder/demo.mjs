// `npm run demo`: builds every sample project through plugins behind every boundary, runs what was built, prints one table.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { buildProject, formatSize, formatTime, openBuilder } from "@tenon/builder";
import { expectedOf, folderOf, outcomeOf, prepare, ROWS } from "./demo/projects.mjs";
import { formatTable } from "./demo/table.mjs";

const COLUMNS = [
  "project",
  "plugin",
  "boundary",
  "isolation",
  "built for",
  "time",
  "size",
  "output of the built program",
];
/** A machine that claims to have everything must not skip. */
const isCi = process.env.CI === "true";
const scratch = mkdtempSync(join(tmpdir(), "tenon-demo-"));

// cargo keeps its own files in a cache of the user; a demo leaves nothing behind.
process.env.XDG_CACHE_HOME = join(scratch, "cache");

process.once("SIGINT", () => {
  rmSync(scratch, { recursive: true, force: true });
  process.exit(130);
});

try {
  const results = [];
  for (const row of ROWS) {
    process.stderr.write(`building ${row.project} with ${row.plugin} behind ${row.boundary}\n`);
    results.push(await buildRow(row));
  }
  print(results);
  const failed = results.filter((result) => result.status === "failed" || (isCi && result.status === "skipped"));
  const skipped = results.filter((result) => result.status === "skipped");
  console.log(
    `\n${results.length - failed.length - (isCi ? 0 : skipped.length)} of ${results.length} built, run and as expected; ${skipped.length} skipped`,
  );
  if (isCi && skipped.length > 0) console.log("with CI=true a skip is a failure: install what is missing");
  if (failed.length > 0) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Each row opens the builder anew, as a command would: the time holds the start of the plugin. */
async function buildRow({ project, plugin, boundary, moved }) {
  const unready = prepare(plugin);
  if (unready !== undefined) return { status: "skipped", project, plugin, boundary, reason: unready };
  const changes = moved ? new Map([[plugin, { boundary, grants: [], denials: [] }]]) : new Map();
  const builder = await openBuilder({ changes });
  try {
    const out = join(scratch, `${project}-${boundary}`, project);
    const report = await buildProject(builder, { project: folderOf(project), out, profile: "release" });
    if (report.status === "tool-missing")
      return { status: "skipped", project, plugin, boundary, reason: toolReason(report) };
    if (report.status !== "built") throw new Error(refusalOf(report));
    if (report.plugin !== plugin || report.boundary !== boundary)
      throw new Error(`it was built by ${report.plugin} behind ${report.boundary}`);
    const output = await outcomeOf(report);
    if (output !== expectedOf(project)) throw new Error(`unexpected output: ${output.split("\n")[0]}`);
    return { status: "ok", project, report, output, moved };
  } catch (error) {
    return { status: "failed", project, plugin, boundary, reason: error.message };
  } finally {
    await builder.close();
  }
}

function toolReason(report) {
  const missing = report.tools.filter((tool) => !tool.found);
  return missing.map((tool) => `${tool.name} is not there or will not do; ${tool.hint}`).join("; ");
}

function refusalOf({ status, reason, diagnostics }) {
  const [first] = diagnostics;
  return reason ?? (first === undefined ? status : `${first.file}:${first.line}: ${first.message}`);
}

function print(results) {
  const rows = results.map((result) => {
    if (result.status !== "ok")
      return { ...result, "output of the built program": `${result.status.toUpperCase()}: ${result.reason}` };
    const { project, report, output } = result;
    return {
      project,
      plugin: report.plugin,
      boundary: report.boundary + (result.moved ? " *" : ""),
      isolation: report.isolation,
      "built for": `${report.builtFor.version} ${report.builtFor.verdict}`,
      time: formatTime(report.durationMs),
      size: formatSize(report.artifacts.reduce((sum, artifact) => sum + artifact.size, 0n)),
      "output of the built program": shorten(output),
    };
  });
  console.log(`\n${formatTable(COLUMNS, rows, ["time", "size"])}`);
  console.log("\n* the same plugin as above, moved by one line of policy");
}

/** The last line, and how many came before it. */
function shorten(output) {
  const lines = output.trimEnd().split("\n");
  const last = lines.at(-1).trim().replace(/\s+/g, " ");
  const shown = last.length > 60 ? `${last.slice(0, 57)}...` : last;
  return lines.length > 1 ? `${shown} (${lines.length} lines)` : shown;
}
