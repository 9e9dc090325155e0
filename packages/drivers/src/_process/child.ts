// A command -> a supervised process group: its three pipes, how it ended, and the certainty that nothing of it is left.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { CloseReason, OutputSink } from "@tenon/host/driver";
import { withoutForeign } from "./foreign.ts";
import { guard, unguard } from "./guard.ts";
import type { Command } from "./command.ts";
import { spawnError } from "./spawn-error.ts";

/** A grandchild may hold the pipes after the child is gone; what the child itself wrote is there well before that. */
const DRAIN_MS = 250;
/** From SIGTERM to SIGKILL. */
const TERM_GRACE_MS = 250;
/** Output beyond this in one second is dropped unread: cutting it into lines would cost the host more than the plugin. */
const MAX_OUTPUT_BYTES_PER_S = 4 * 1024 * 1024;
const NEWEST_LINES = 20;

type Pipes = ChildProcessByStdio<Writable, Readable, Readable>;

/** How the process ended, and the last lines it printed. */
export type Ended = Required<Pick<CloseReason, "what" | "notes" | "isExhausted">> & { readonly isClean: boolean };

export class Child {
  /** Of the process, and of its group. */
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the process is gone and its output has been read. Never rejects. */
  readonly ended: Promise<Ended>;
  readonly #process: Pipes;
  readonly #command: Command;
  readonly #output: OutputSink;
  #isGone = false;
  #windowStart = 0;
  #windowBytes = 0;
  #dropped = 0;
  #flooded = "standard error";

  private constructor(child: Pipes, command: Command, output: OutputSink) {
    this.#process = child;
    this.#command = command;
    this.#output = output;
    // Every process that was spawned has one.
    this.pid = child.pid!;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    child.stderr.on("data", (chunk: Buffer) => this.#onOutput("stderr", chunk));
    // A broken stderr ends only the log; without a listener it would end the host.
    child.stderr.on("error", () => {});
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => this.#onExit(code, signal, resolve));
    });
    keepTrack(this);
  }

  /** Starts the command without a shell, in a process group of its own. Rejects with what the system refused it for. */
  static async start(command: Command, output: OutputSink): Promise<Child> {
    const { program, args, cwd, env, inputs = [] } = command;
    let child: Pipes;
    const opened: number[] = [];
    try {
      for (const path of inputs) opened.push(openSync(path, "r"));
      child = withoutForeign(["pipe", "pipe", "pipe", ...opened], (stdio) => {
        return spawn(program, args, {
          cwd,
          env,
          stdio,
          // A group of its own, so that all of it can be ended at once, and a terminal's Ctrl-C does not reach it.
          // On Windows the same option would open a console window.
          detached: process.platform !== "win32",
          shell: false,
          windowsHide: true,
        }) as Pipes;
      });
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", reject);
      });
    } catch (thrown) {
      command.release?.();
      throw spawnError(thrown, command);
    } finally {
      for (const descriptor of opened) closeSync(descriptor);
    }
    // Later errors are failed signals to a process that is gone by then.
    child.on("error", () => {});
    return new Child(child, command, output);
  }

  /** Sends the signal to the whole group, also when its leader is gone already. */
  kill(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#isGone) return;
    try {
      if (process.platform === "win32") this.#process.kill(signal);
      else process.kill(-this.pid, signal);
    } catch {
      // ESRCH: all of the group is gone, which is what was wanted.
    }
  }

  /** Waits for a child that was asked to end; after `graceMs` by SIGTERM, then by SIGKILL. */
  async endWithin(graceMs: number): Promise<Ended> {
    const term = setTimeout(() => this.kill("SIGTERM"), graceMs);
    const kill = setTimeout(() => this.kill("SIGKILL"), graceMs + TERM_GRACE_MS);
    const ended = await this.ended;
    clearTimeout(term);
    clearTimeout(kill);
    return ended;
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null, resolve: (ended: Ended) => void): void {
    // What the child left running in its group goes with it.
    this.kill("SIGKILL");
    this.#isGone = true;
    loseTrack(this);
    const finish = (): void => {
      clearTimeout(timer);
      for (const stream of [this.#process.stdin, this.#process.stdout, this.#process.stderr]) stream.destroy();
      this.#reportDropped();
      this.#output.flush();
      const exhausted = this.#command.exhausted?.();
      this.#command.release?.();
      const by = signal ?? (this.#command.inputs === undefined ? undefined : signalOf(code));
      const what = exhausted ?? (by === undefined ? `exited with code ${code}` : `was killed by ${by}`);
      const notes = this.#output.tail().slice(-NEWEST_LINES);
      resolve({ what, notes, isExhausted: exhausted !== undefined, isClean: code === 0 });
    };
    const timer = setTimeout(finish, DRAIN_MS);
    this.#process.once("close", finish);
  }

  /** From now on standard output is log, for programs whose calls go another way. `first` is what was read of it already. */
  logStdout(first: Uint8Array): void {
    if (first.length > 0) this.#onOutput("stdout", first);
    this.stdout.on("data", (chunk: Buffer) => this.#onOutput("stdout", chunk));
    this.stdout.on("error", () => {});
    this.stdout.resume();
  }

  #onOutput(stream: "stdout" | "stderr", chunk: Uint8Array): void {
    const now = performance.now();
    if (now - this.#windowStart >= 1000) {
      this.#reportDropped();
      this.#windowStart = now;
      this.#windowBytes = 0;
    }
    this.#windowBytes += chunk.length;
    if (this.#windowBytes <= MAX_OUTPUT_BYTES_PER_S) this.#output.write(stream, chunk);
    else {
      this.#dropped += chunk.length;
      this.#flooded = stream === "stderr" ? "standard error" : "standard output";
    }
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    this.#output.line(
      "warn",
      `${this.#dropped} bytes of ${this.#flooded} were dropped, because more than ${MAX_OUTPUT_BYTES_PER_S} came in a second`,
    );
    this.#dropped = 0;
  }
}

/** A sandbox reports the signal that ended its program as shells do. */
function signalOf(code: number | null): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
}

const running = new Set<Child>();

/** Children must not outlive a host that exits without closing them. */
function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

function keepTrack(child: Child): void {
  if (running.size === 0) process.on("exit", killAll);
  running.add(child);
  guard(child.pid);
}

function loseTrack(child: Child): void {
  running.delete(child);
  if (running.size === 0) process.off("exit", killAll);
  unguard(child.pid);
}
