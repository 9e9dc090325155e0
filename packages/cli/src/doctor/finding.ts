// One thing that a machine may have for plugins, and a way to ask for it.
import { execFile } from "node:child_process";

/** What `tenon doctor` says about one thing. */
export interface Finding {
  /** `node`, `jspi`, `rust`, ...: stable, for programs. */
  readonly id: string;
  readonly group: "runtime" | "toolchains" | "libraries" | "sandboxes" | "machine";
  readonly title: string;
  readonly status: "ok" | "missing";
  /** The version, or what was found out. */
  readonly detail: string;
  /** What it is for. */
  readonly purpose: string;
  /** How to get it; only where it is missing. */
  readonly remedy?: string;
  /** Tenon does not work without it. */
  readonly isRequired: boolean;
}

/** A finding without its answer. */
export type Question = Pick<Finding, "id" | "group" | "title" | "purpose"> & { readonly remedy: string };

export function found(question: Question, detail: string, isRequired = false): Finding {
  const { remedy: _remedy, ...rest } = question;
  return { ...rest, status: "ok", detail, isRequired };
}

export function missing(question: Question, detail = "", isRequired = false): Finding {
  return { ...question, status: "missing", detail, isRequired };
}

/** A tool that hangs is as good as none. */
const RUN_MS = 4_000;

/** What a program prints, or undefined when it is missing, fails or takes too long. */
export function output(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { timeout: RUN_MS, killSignal: "SIGKILL", maxBuffer: 64 * 1024 },
      (error, stdout, stderr) => {
        // Some print their version to standard error (java), and some to neither.
        resolve(error === null ? `${stdout}${stderr}`.trim() : undefined);
      },
    );
  });
}

/** The first thing in a text that looks like a version. */
export function versionIn(text: string): string {
  return /\d+\.\d+(?:\.\d+)?(?:[-+][\w.]+)?/.exec(text)?.[0] ?? text.split("\n", 1)[0]?.slice(0, 60) ?? "";
}
