// A parsed command line -> output and an exit code.
import { TenonError } from "@tenon/contract";
import { AuditFile, auditFile, UsageFile, usageFile } from "@tenon/registry";
import { openBuilder } from "../open-builder.ts";
import type { PluginSet } from "../host/plugin-set.ts";
import { buildProject, openProject, type BuildReport } from "../project/build.ts";
import { cleanProject } from "../project/clean.ts";
import { runArtifact, type RunReport } from "../project/run-artifact.ts";
import { watchProject } from "../project/watch.ts";
import type { Command } from "./command-line.ts";
import { openDisplay, SILENT, type Display } from "./display.ts";
import { EXIT } from "./exit-codes.ts";
import { listLines, listPlugins } from "./list-plugins.ts";
import { errorJson, errorLines, reportJson, reportLines } from "./print-report.ts";
import { styleFor } from "./style.ts";

export interface Surroundings {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs `build`, `clean` or `list`. Never rejects. */
export async function runCommand(command: Command, { stdout, stderr, signal }: Surroundings): Promise<number> {
  const display = command.json ? SILENT : openDisplay(stderr);
  const print = (json: unknown): void => void stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  const fail = (thrown: unknown): number => {
    const error = TenonError.from(thrown);
    display.clear();
    if (signal.aborted) {
      if (command.json) print({ status: "cancelled" });
      else display.line(display.style.yellow("cancelled"));
      return EXIT.cancelled;
    }
    if (command.json) print(errorJson(error));
    else for (const line of errorLines(error, display.style)) display.line(line);
    return exitCodeOf(error);
  };
  using audit = new AuditFile(auditFile());
  try {
    const set = await openBuilder({
      ...command,
      onAudit: (record) => audit.write(record),
      onLog: (plugin, level, text) => display.log(level, `${plugin}: ${text}`),
    });
    const run = { command, set, display, signal, print, fail };
    try {
      if (command.action === "list") {
        const listed = await listPlugins(set, command.tools, signal);
        if (command.json) print(listed);
        else stdout.write(listLines(listed, set, styleFor(stdout)).join("\n") + "\n");
        return EXIT.ok;
      }
      for (const { folder, error } of set.broken)
        display.line(`${display.style.yellow("skipped")} ${folder}: ${error.message}`);
      if (command.action === "clean") return await clean(run);
      return command.watch ? await watchAndBuild(run) : await buildOnce(run, signal);
    } finally {
      display.clear();
      new UsageFile(usageFile()).write(set.usage());
      await set.close();
    }
  } catch (thrown) {
    return fail(thrown);
  }
}

interface Run {
  readonly command: Command;
  readonly set: PluginSet;
  readonly display: Display;
  readonly signal: AbortSignal;
  readonly print: (json: unknown) => void;
  readonly fail: (thrown: unknown) => number;
}

async function buildOnce({ command, set, display, print }: Run, signal: AbortSignal): Promise<number> {
  const report = await buildProject(set, {
    ...command,
    signal,
    sink: display,
    onChoice: (plugin, detection) =>
      display.line(
        `${display.style.bold(command.project)}: ${detection?.language ?? "project"}, by ${plugin.id} behind ${plugin.boundary}`,
      ),
  });
  display.clear();
  for (const line of reportLines(report, display.style)) display.line(line);
  const isRun = command.run && report.status === "built";
  const ran = isRun
    ? await runArtifact(report, { args: command.runArgs, output: command.json ? "capture" : "inherit", signal })
    : undefined;
  if (command.json) print(reportJson(report, ran));
  return exitCode(report, ran, signal);
}

/** Builds again on every change; a build that is still running is cancelled first. Ends with Ctrl-C only. */
async function watchAndBuild(run: Run): Promise<number> {
  const { command, display, signal } = run;
  const project = openProject(command.project);
  let current = Promise.resolve();
  let abort = new AbortController();
  const build = (): void => {
    abort.abort();
    const mine = (abort = new AbortController());
    current = current.then(async () => {
      if (mine.signal.aborted || signal.aborted) return;
      try {
        await buildOnce(run, AbortSignal.any([mine.signal, signal]));
      } catch (thrown) {
        if (!mine.signal.aborted) run.fail(thrown);
      }
      if (!mine.signal.aborted && !signal.aborted) display.line(display.style.dim("waiting for changes; Ctrl-C ends"));
    });
  };
  using _watch = watchProject(project, (paths) => {
    display.clear();
    display.line(
      display.style.dim(
        `changed: ${paths.slice(0, 5).join(", ")}${paths.length > 5 ? ` and ${paths.length - 5} more` : ""}`,
      ),
    );
    build();
  });
  build();
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  abort.abort();
  await current;
  return EXIT.cancelled;
}

async function clean({ command, set, display, signal, print }: Run): Promise<number> {
  const removed = await cleanProject(set, { ...command, signal, sink: display });
  if (command.json) print({ status: "cleaned", removed });
  else for (const path of removed) display.line(`removed ${path}`);
  return EXIT.ok;
}

function exitCode(report: BuildReport, ran: RunReport | undefined, signal: AbortSignal): number {
  if (signal.aborted || report.status === "cancelled") return EXIT.cancelled;
  if (report.status === "built") return ran?.exitCode ?? EXIT.ok;
  if (report.status === "tool-missing") return EXIT.toolMissing;
  return report.status === "internal" ? EXIT.pluginFault : EXIT.failed;
}

const USAGE_CODES: ReadonlySet<string> = new Set([
  "usage",
  "config-invalid",
  "file-missing",
  "driver-missing",
  "capability-unenforceable",
  "library-missing",
  "boundary-unsupported",
]);

function exitCodeOf(error: TenonError): number {
  if (error.code === "cancelled") return EXIT.cancelled;
  return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.pluginFault;
}
