// The real `tenon` as a process, and folders for it to work in.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));
export const BIN: string = join(ROOT, "packages/cli/bin/tenon.js");

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with what has come to standard error so far. */
  readonly onError?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** A program to its end. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env, onError }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd,
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      onError?.(err, (signal) => child.kill(signal));
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

export function tenon(args: readonly string[], options?: RunOptions): Promise<Outcome> {
  return run(process.execPath, [BIN, ...args], options);
}

/** A folder that is gone after the tests, in which `tenon` can be imported as if it were installed. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tenon-cli-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(ROOT, "packages/tenon"), join(folder, "node_modules/tenon"), "junction");
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
