// One lane of the spawner: a small shell that runs one program at a time and reports its exit status over a FIFO.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { LaneRun, READ_NOW, WRITE_NOW, type LaneControl } from "./lane-run.ts";
import { killLane, type ProgramRun, type RunOutcome } from "./run.ts";
import { laneInit, runLine } from "./shell.ts";

const SUFFIXES = ["cmd", "status", "in", "out", "err"];

export class Lane implements LaneControl {
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
  #isReady = false;
  #isEnding = false;
  #isGone = false;
  #isLost = false;
  #onReady!: () => void;
  #onGone!: () => void;

  /** Throws the operating system's error when the FIFOs cannot be opened. */
  constructor(prefix: string, pid: number) {
    this.pid = pid;
    this.#prefix = prefix;
    const status = openSync(`${prefix}.status`, READ_NOW);
    try {
      this.#command = openSync(`${prefix}.cmd`, WRITE_NOW);
    } catch (error) {
      closeSync(status);
      throw error;
    }
    this.#status = new Socket({ fd: status, readable: true, writable: false });
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
    killLane(this.pid);
    // A lane that never came to open its end of the FIFO (no setsid, say) will not close it either.
    if (!this.#isReady) this.#status.destroy();
  }

  /** Ends it because the spawner is gone; its program's run is lost. */
  lose(): void {
    this.#isLost = true;
    this.end();
  }

  /** Kills the lane's own child, the program, and nothing else; false where the system does not say who that is. */
  killProgram(): boolean {
    try {
      const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "latin1").split(" ").filter(Boolean);
      for (const child of children) process.kill(Number(child), "SIGKILL");
      return true;
    } catch {
      // No such file in this /proc, or the program ended in between: ending the lane covers both.
      return false;
    }
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
      if (line === "ready") {
        this.#isReady = true;
        this.#onReady();
      } else this.#run?.report(line);
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
