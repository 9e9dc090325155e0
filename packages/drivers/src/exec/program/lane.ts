// One lane of the spawner: a small shell that runs one program at a time and reports its exit status over a FIFO.
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from "node:fs";
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
import { laneInit, runLine, withoutShellWords } from "./shell.ts";

/** Programs that end sooner are read in one go, without a stream for each of their pipes. */
const STREAM_AFTER_MS = 2;
const READ_NOW = constants.O_RDONLY | constants.O_NONBLOCK;
// Opening for both ways never waits for the other end, and the FIFO keeps what was written until the lane opens it.
const WRITE_NOW = constants.O_RDWR | constants.O_NONBLOCK;
const SUFFIXES = ["cmd", "status", "in", "out", "err"];
const scratch = new Uint8Array(65_536);

export class Lane {
  /** Process id of the lane, and of the group in which its programs run. */
  readonly pid: number;
  /** Resolves when the lane can run programs, rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the lane's process has ended. */
  readonly gone: Promise<void>;
  readonly #prefix: string;
  readonly #command: number;
  readonly #status: Socket;
  #line = "";
  #run: LaneRun | undefined;
  #isEnding = false;
  #isGone = false;
  #isLost = false;
  #onReady!: () => void;
  #onGone!: () => void;

  /** Throws the operating system's error when the FIFOs cannot be opened. */
  constructor(prefix: string, pid: number) {
    this.pid = pid;
    this.#prefix = prefix;
    this.#command = openSync(`${prefix}.cmd`, WRITE_NOW);
    this.#status = new Socket({ fd: openSync(`${prefix}.status`, READ_NOW), readable: true, writable: false });
    this.gone = new Promise((resolve) => (this.#onGone = resolve));
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      void this.gone.then(() => reject(new Error("the lane ended before it was ready")));
    });
    this.ready.catch(() => {});
    this.#status.on("data", (chunk) => this.#onStatus(chunk.toString("latin1")));
    this.#status.on("error", () => {});
    this.#status.on("close", () => this.#ended());
    this.#status.unref();
    writeSync(this.#command, laneInit(prefix));
  }

  /** Whether it can take another program. */
  get isUsable(): boolean {
    return !this.#isEnding && !this.#isGone;
  }

  /** Runs one program; the lane must be usable and free. Never rejects. */
  run(run: ProgramRun): Promise<RunOutcome> {
    return new Promise((resolve) => {
      this.#status.ref();
      const current = new LaneRun(this, this.#prefix, run, (outcome) => {
        this.#run = undefined;
        if (!this.#isEnding) this.#status.unref();
        resolve(outcome);
      });
      this.#run = current;
      if (current.open()) this.#send(Buffer.from(runLine(run)), current);
    });
  }

  /** Ends a free lane, and by force whatever an earlier program left in its group. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    // Until it is gone, so that whoever waits for that is not left behind by an empty event loop.
    this.#status.ref();
    signalGroup(this.pid, "SIGKILL");
  }

  /** Ends it because the spawner is gone; its program's run is lost. */
  lose(): void {
    this.#isLost = true;
    this.end();
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** A pipe holds at least 4 KiB, usually 64; a longer line goes as the shell reads it. */
  #send(bytes: Uint8Array, run: LaneRun): void {
    if (this.#isGone || this.#run !== run) return;
    let sent = 0;
    try {
      sent = writeSync(this.#command, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return this.end();
    }
    if (sent < bytes.length) setTimeout(() => this.#send(bytes.subarray(sent), run), 1);
  }

  #onStatus(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "ready") this.#onReady();
      else this.#run?.report(line);
    }
  }

  #ended(): void {
    if (this.#isGone) return;
    this.#isGone = this.#isEnding = true;
    closeSync(this.#command);
    this.#run?.report("gone");
    for (const suffix of SUFFIXES) rmSync(`${this.#prefix}.${suffix}`, { force: true });
    this.#onGone();
  }
}

/** One program on a lane, from its line to its outcome. */
class LaneRun {
  readonly #lane: Lane;
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

  constructor(lane: Lane, prefix: string, run: ProgramRun, settled: (outcome: RunOutcome) => void) {
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
    if (signal === "SIGKILL") this.#lane.end();
    else signalGroup(this.#lane.pid, signal);
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

  #settle(end: RunEnd): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#killTimer);
    this.#run.signal?.removeEventListener("abort", this.#onAbort);
    this.#input?.destroy();
    for (const socket of this.#streams) socket.destroy();
    for (const fd of Object.values(this.#fds)) closeSync(fd);
    const outcome = this.#capture.outcome(this.#killedFor === undefined ? end : { kind: this.#killedFor });
    this.#settled(withoutShellWords(outcome, `${this.#prefix}.cmd`));
  }
}
