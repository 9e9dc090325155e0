// One program on a lane: its pipes, its output, its end, and how it is ended.
import { closeSync, constants, openSync, readSync } from "node:fs";
import { Socket } from "node:net";
import {
  Capture,
  exitOf,
  PIPE_GRACE_MS,
  signalGroup,
  type OutputStream,
  type ProgramRun,
  type RunEnd,
  type RunOutcome,
} from "./run.ts";
import { withoutShellWords } from "./shell.ts";

/** Opening a FIFO so never waits for the other end. */
export const READ_NOW: number = constants.O_RDONLY | constants.O_NONBLOCK;
/** Both ways, so that it keeps what is written until the other end opens it. */
export const WRITE_NOW: number = constants.O_RDWR | constants.O_NONBLOCK;
/** Programs that end sooner are read in one go, without a stream for each of their pipes. */
const STREAM_AFTER_MS = 2;
/** How long a lane may take to reap a killed program. */
const REAP_MS = 50;
const scratch = new Uint8Array(65_536);

/** What a run needs of its lane. */
export interface LaneControl {
  readonly pid: number;
  readonly isLost: boolean;
  killProgram(): boolean;
  end(): void;
}

/** One program on a lane, from its line to its outcome. */
export class LaneRun {
  readonly #lane: LaneControl;
  readonly #prefix: string;
  readonly #run: ProgramRun;
  readonly #capture: Capture;
  readonly #settled: (outcome: RunOutcome) => void;
  readonly #fds: Partial<Record<OutputStream, number>> = {};
  readonly #streams = new Set<Socket>();
  #input: Socket | undefined;
  #isInputOpen = false;
  #timer: NodeJS.Timeout | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #killedFor: "flooded" | "cancelled" | undefined;
  #end: RunEnd | undefined;
  #isSettled = false;

  constructor(lane: LaneControl, prefix: string, run: ProgramRun, settled: (outcome: RunOutcome) => void) {
    this.#lane = lane;
    this.#prefix = prefix;
    this.#run = run;
    this.#capture = new Capture(run);
    this.#settled = settled;
  }

  /** Opens this side of the pipes; false when that failed, and the run is settled then. */
  open(): boolean {
    const { signal, stdin } = this.#run;
    try {
      this.#fds.stdout = openSync(`${this.#prefix}.out`, READ_NOW);
      this.#fds.stderr = openSync(`${this.#prefix}.err`, READ_NOW);
      if (stdin !== undefined) this.#feed(openSync(`${this.#prefix}.in`, WRITE_NOW), stdin);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#settle({ kind: "not-started", why: message, errno: code });
      this.#lane.end();
      return false;
    }
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
    this.#timer = setTimeout(() => this.#stream(), STREAM_AFTER_MS);
    return true;
  }

  /** A line of the lane: `in`, `cd`, an exit status, or `gone` when the lane ended. */
  report(line: string): void {
    if (this.#isSettled) return;
    if (line === "in") {
      this.#isInputOpen = true;
      if (this.#input?.writableLength === 0) this.#input.destroy();
      return;
    }
    // The group holds the lane too, so a program that kills its group takes the lane with it.
    if (line === "gone") this.#end ??= this.#lane.isLost ? { kind: "lost" } : exitOf(137);
    else if (line === "cd")
      return this.#settle({
        kind: "not-started",
        why: `the folder ${this.#run.cwd} cannot be entered`,
        errno: "ENOTDIR",
      });
    else this.#end = exitOf(Number(line));
    this.#input?.destroy();
    this.#finish();
  }

  readonly #onAbort = (): void => {
    this.#kill("cancelled", "SIGTERM");
    this.#killTimer = setTimeout(() => this.#kill("cancelled", "SIGKILL"), this.#run.killGraceMs);
  };

  #kill(why: "flooded" | "cancelled", signal: NodeJS.Signals): void {
    if (this.#isSettled) return;
    this.#killedFor ??= why;
    if (signal !== "SIGKILL") return signalGroup(this.#lane.pid, signal);
    clearTimeout(this.#killTimer);
    // The lane is left to reap its program, which else would wait for init; the rest of the group goes after that.
    if (!this.#lane.killProgram()) return this.#lane.end();
    this.#killTimer = setTimeout(() => this.#lane.end(), REAP_MS);
  }

  /** The shell must have opened its end before ours closes, or the bytes would be lost. */
  #feed(fd: number, stdin: Uint8Array): void {
    this.#input = new Socket({ fd, readable: false, writable: true });
    this.#input.on("error", () => {});
    this.#input.write(stdin, () => {
      if (this.#isInputOpen) this.#input?.destroy();
    });
  }

  /** From here on output is read as it comes. */
  #stream(): void {
    clearTimeout(this.#timer);
    for (const stream of ["stdout", "stderr"] as const) {
      const fd = this.#fds[stream];
      if (fd === undefined) continue;
      delete this.#fds[stream];
      const socket = new Socket({ fd, readable: true, writable: false });
      this.#streams.add(socket);
      socket.on("data", (chunk) => this.#push(stream, chunk));
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#streams.delete(socket);
        if (this.#end !== undefined) this.#finish();
      });
    }
  }

  #push(stream: OutputStream, chunk: Uint8Array): void {
    if (!this.#isSettled && !this.#capture.push(stream, chunk)) this.#kill("flooded", "SIGKILL");
  }

  /** The program has ended: takes what its pipes still hold, and waits a little for pipes that others hold open. */
  #finish(): void {
    const end = this.#end!;
    for (const stream of ["stdout", "stderr"] as const) {
      const fd = this.#fds[stream];
      if (fd !== undefined && this.#drained(stream, fd)) {
        closeSync(fd);
        delete this.#fds[stream];
      }
    }
    this.#stream();
    if (this.#streams.size === 0) return this.#settle(end);
    this.#timer = setTimeout(() => {
      // Whoever still holds a pipe would write into the next run's output.
      this.#lane.end();
      this.#settle(end);
    }, PIPE_GRACE_MS);
  }

  /** Reads to the end; false when another process still holds the pipe open. */
  #drained(stream: OutputStream, fd: number): boolean {
    for (;;) {
      let count: number;
      try {
        count = readSync(fd, scratch);
      } catch (error) {
        return (error as NodeJS.ErrnoException).code !== "EAGAIN";
      }
      if (count === 0) return true;
      this.#push(stream, scratch.slice(0, count));
    }
  }

  /** What the program left behind may still hold the input; it must not get the next run's. */
  #closeInput(): void {
    if (this.#input === undefined) return;
    this.#input.destroy();
    try {
      closeSync(openSync(`${this.#prefix}.in`, constants.O_WRONLY | constants.O_NONBLOCK));
      this.#lane.end();
    } catch {
      // ENXIO: nobody holds it.
    }
  }

  #settle(end: RunEnd): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#killTimer);
    this.#run.signal?.removeEventListener("abort", this.#onAbort);
    this.#closeInput();
    // Whatever the program started and left in the group goes with the lane.
    if (this.#killedFor !== undefined) this.#lane.end();
    for (const socket of this.#streams) socket.destroy();
    for (const fd of Object.values(this.#fds)) closeSync(fd);
    const outcome = this.#capture.outcome(this.#killedFor === undefined ? end : { kind: this.#killedFor });
    this.#settled(withoutShellWords(outcome, `${this.#prefix}.cmd`));
  }
}
