// A program run through Node's own spawn: the fallback where no spawner runs. Its cost grows with the host's memory.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { withoutForeign } from "../../_process/foreign.ts";
import {
  Capture,
  codeOfSignal,
  exitOf,
  PIPE_GRACE_MS,
  signalGroup,
  type ProgramRun,
  type RunEnd,
  type RunOutcome,
} from "./run.ts";

/** Runs the program in a process group of its own. Never rejects. */
export function runDirect(run: ProgramRun): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const capture = new Capture(run);
    let child: ChildProcess;
    const opened: number[] = [];
    try {
      for (const path of run.inputs ?? []) opened.push(openSync(path, "r"));
      child = withoutForeign([run.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe", ...opened], (stdio) =>
        spawn(run.file, run.args, { cwd: run.cwd, env: run.env, detached: true, windowsHide: true, stdio }),
      );
    } catch (error) {
      resolve(capture.outcome(notStarted(error)));
      return;
    } finally {
      for (const descriptor of opened) closeSync(descriptor);
    }
    new DirectRun(child, run, capture, resolve);
  });
}

function notStarted(error: unknown): RunEnd {
  const { code, message } = error as NodeJS.ErrnoException;
  return { kind: "not-started", why: message, errno: code };
}

class DirectRun {
  readonly #child: ChildProcess;
  readonly #run: ProgramRun;
  readonly #capture: Capture;
  readonly #resolve: (outcome: RunOutcome) => void;
  #timer: NodeJS.Timeout | undefined;
  #killedFor: "flooded" | "cancelled" | undefined;
  #isSettled = false;

  constructor(child: ChildProcess, run: ProgramRun, capture: Capture, resolve: (outcome: RunOutcome) => void) {
    this.#child = child;
    this.#run = run;
    this.#capture = capture;
    this.#resolve = resolve;
    child.on("error", (error) => this.#settle(notStarted(error)));
    child.on("exit", (code, signal) => this.#onExit(signal === null ? code! : codeOfSignal(signal)));
    child.on("close", (code, signal) => this.#settle(exitOf(signal === null ? code! : codeOfSignal(signal))));
    for (const stream of ["stdout", "stderr"] as const) {
      // Absent where the system had no descriptors left; "error" follows then.
      child[stream]?.on("data", (chunk: Uint8Array) => {
        if (!this.#isSettled && !capture.push(stream, chunk)) this.#kill("flooded", "SIGKILL");
      });
    }
    // A program that does not read its input is no failure.
    child.stdin?.on("error", () => {});
    child.stdin?.end(run.stdin);
    run.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (run.signal?.aborted) this.#onAbort();
  }

  readonly #onAbort = (): void => {
    this.#kill("cancelled", "SIGTERM");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#signal("SIGKILL"), this.#run.killGraceMs);
  };

  #kill(why: "flooded" | "cancelled", signal: NodeJS.Signals): void {
    this.#killedFor ??= why;
    this.#signal(signal);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (process.platform === "win32") this.#child.kill(signal);
    else signalGroup(pid, signal);
  }

  #onExit(code: number): void {
    if (this.#isSettled) return;
    // Whatever it started and left in its group goes too.
    if (this.#killedFor !== undefined) this.#signal("SIGKILL");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#signal("SIGKILL");
      this.#child.stdout?.destroy();
      this.#child.stderr?.destroy();
      this.#settle(exitOf(code));
    }, PIPE_GRACE_MS);
  }

  #settle(end: RunEnd): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#run.signal?.removeEventListener("abort", this.#onAbort);
    this.#resolve(this.#capture.outcome(this.#killedFor === undefined ? end : { kind: this.#killedFor }));
  }
}
