// What a build says about running its output -> a process, and its exit code.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract";
import type { BuildReport } from "./build.ts";

export interface RunOptions {
  readonly args?: readonly string[];
  /** `inherit` gives the program this terminal; `capture` collects its output. Default `inherit`. */
  readonly output?: "inherit" | "capture";
  readonly signal?: AbortSignal;
}

export interface RunReport {
  /** 128 and more where a signal ended it, as in a shell. */
  readonly exitCode: number;
  /** Empty unless captured. */
  readonly stdout: string;
  readonly stderr: string;
}

/** More output than this is cut. */
const MAX_CAPTURE = 8 * 1024 * 1024;

/** Runs the built program in its output folder. Throws usage where there is nothing to run, start-failed where it cannot be. */
export async function runArtifact(report: BuildReport, options: RunOptions = {}): Promise<RunReport> {
  const { out, run } = report;
  if (out === undefined || run === undefined) {
    const hint = out === undefined ? "build it first" : `open what is in ${out}`;
    throw new TenonError("usage", `what ${report.plugin} makes of ${report.project} is nothing to run`, { hint });
  }
  const program = run.program === "node" ? process.execPath : join(out, run.program);
  const isCaptured = options.output === "capture";
  return new Promise((resolve, reject) => {
    const stdio = isCaptured ? "pipe" : "inherit";
    const child = spawn(program, [...run.args, ...(options.args ?? [])], {
      cwd: out,
      stdio: [isCaptured ? "ignore" : "inherit", stdio, stdio],
      windowsHide: true,
    });
    const collected = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        if (collected[name].length < MAX_CAPTURE) collected[name] += text;
      });
    }
    const stop = (): void => void child.kill("SIGTERM");
    options.signal?.addEventListener("abort", stop, { once: true });
    child.on("error", (cause) =>
      reject(
        new TenonError("start-failed", `the built program ${run.program} cannot be run: ${cause.message}`, { cause }),
      ),
    );
    child.on("close", (code, signal) => {
      options.signal?.removeEventListener("abort", stop);
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), ...collected });
    });
  });
}
