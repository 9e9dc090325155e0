// One run of a tool: no shell, a small environment, capped output, and an end of the whole process group.
import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";

export interface ToolRun {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: readonly (readonly [string, string])[];
  readonly stdin: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type ToolEnd =
  | {
      readonly kind: "exit";
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
      readonly isTruncated: boolean;
    }
  | { readonly kind: "timed-out" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly why: string };

/** What a compiler needs to find its parts, its caches and its language. */
const INHERITED = [
  "PATH",
  "HOME",
  "LANG",
  "TMPDIR",
  "CARGO_HOME",
  "RUSTUP_HOME",
  "XDG_CACHE_HOME",
  "SystemRoot",
  "USERPROFILE",
  "TEMP",
];
const MAX_OUTPUT_BYTES = 1024 * 1024;
const KILL_GRACE_MS = 1000;
/** A grandchild may hold the pipes open after the tool itself has ended. */
const PIPE_GRACE_MS = 250;

/** Runs the tool and everything it starts in a process group of its own. Never rejects. */
export function runToolProcess(run: ToolRun): Promise<ToolEnd> {
  return new Promise((resolve) => new ToolProcess(run, resolve));
}

class ToolProcess {
  readonly #run: ToolRun;
  readonly #resolve: (end: ToolEnd) => void;
  readonly #stdout = new TailBuffer();
  readonly #stderr = new TailBuffer();
  readonly #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped: "timed-out" | "cancelled" | undefined;
  #isSettled = false;

  constructor(run: ToolRun, resolve: (end: ToolEnd) => void) {
    this.#run = run;
    this.#resolve = resolve;
    if (run.signal.aborted) {
      this.#settle({ kind: "cancelled" });
      return;
    }
    try {
      this.#child = spawn(run.file, run.args, {
        cwd: run.cwd,
        env: environment(run),
        detached: process.platform !== "win32",
        windowsHide: true,
        stdio: "pipe",
      });
    } catch (error) {
      this.#settle({ kind: "failed", why: (error as Error).message });
      return;
    }
    const { stdin, stdout, stderr } = this.#child;
    stdout?.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    stderr?.on("data", (chunk: Buffer) => this.#stderr.push(chunk));
    // A tool that does not read its input is no failure.
    stdin?.on("error", () => {});
    stdin?.end(run.stdin ?? "");
    this.#child.on("error", (error) => this.#settle({ kind: "failed", why: error.message }));
    this.#child.on("exit", (code, signal) => setTimeout(() => this.#ended(code, signal), PIPE_GRACE_MS).unref());
    this.#child.on("close", (code, signal) => this.#ended(code, signal));
    this.#timer = setTimeout(() => this.#stop("timed-out"), run.timeoutMs);
    run.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => this.#stop("cancelled");

  #stop(why: "timed-out" | "cancelled"): void {
    this.#stopped ??= why;
    this.#kill("SIGTERM");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#kill("SIGKILL"), KILL_GRACE_MS);
  }

  #kill(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      if (process.platform === "win32") this.#child?.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // The whole group is gone already.
    }
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopped !== undefined) {
      // What the tool started must not outlive it either.
      this.#kill("SIGKILL");
      this.#settle(this.#stopped === "timed-out" ? { kind: "timed-out" } : { kind: "cancelled" });
      return;
    }
    const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
    const isTruncated = this.#stdout.isTruncated || this.#stderr.isTruncated;
    this.#settle({ kind: "exit", exitCode, stdout: this.#stdout.text(), stderr: this.#stderr.text(), isTruncated });
  }

  #settle(end: ToolEnd): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#run.signal.removeEventListener("abort", this.#onAbort);
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
    this.#resolve(end);
  }
}

function environment(run: ToolRun): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of INHERITED) if (process.env[name] !== undefined) env[name] = process.env[name];
  for (const [name, value] of run.env) env[name] = value;
  return env;
}

/** Keeps the newest bytes of a stream. */
class TailBuffer {
  #chunks: Buffer[] = [];
  #length = 0;
  isTruncated = false;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length - this.#chunks[0]!.length >= MAX_OUTPUT_BYTES) {
      this.#length -= this.#chunks.shift()!.length;
      this.isTruncated = true;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
