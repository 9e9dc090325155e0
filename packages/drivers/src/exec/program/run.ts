// One program run as data: what to start, and how it ended. Both ways of starting programs speak these types.
import { constants } from "node:os";

export interface ProgramRun {
  /** Absolute path of the program; no search, no shell. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the program; nothing else is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  /** Files that its descriptors from 3 on read. Default: it has none. */
  readonly inputs?: readonly string[] | undefined;
  /** What the program reads; undefined is an empty input. */
  readonly stdin: Uint8Array | undefined;
  /** Bytes of stdout and stderr together; one more and the program is killed. */
  readonly maxOutputBytes: number;
  /** From SIGTERM to SIGKILL when `signal` fires. */
  readonly killGraceMs: number;
  /** Ends the program and all that it started. */
  readonly signal: AbortSignal | undefined;
  /** Sees every chunk as it comes. */
  readonly onOutput?: (stream: OutputStream, chunk: Uint8Array) => void;
}

export type OutputStream = "stdout" | "stderr";

/**
 * `exit`: `signal` is set where a signal ended it, and `code` is 128 plus its number then, as in every shell.
 * `not-started`: nothing ran. `flooded`: killed because of `maxOutputBytes`. `cancelled`: killed because of `signal`.
 * `exhausted`: ended for using more than its limits let it. `lost`: the spawner went away under it.
 */
export type RunEnd =
  | { readonly kind: "exit"; readonly code: number; readonly signal: string | undefined }
  | { readonly kind: "not-started"; readonly why: string; readonly errno: string | undefined }
  | { readonly kind: "exhausted"; readonly why: string }
  | { readonly kind: "flooded" | "cancelled" | "lost" };

export interface RunOutcome {
  readonly end: RunEnd;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly durationMs: number;
}

/** A program's pipes may be held open by what it left behind; this long after its exit nobody waits for them any more. */
export const PIPE_GRACE_MS = 250;

const SIGNALS: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/**
 * The end that a shell's exit status stands for. A program that itself exits with 128 plus a signal's number cannot be
 * told from one that the signal ended; both ways of starting report the same, so that a mapping works with either.
 */
export function exitOf(code: number): RunEnd {
  return { kind: "exit", code, signal: code > 128 && code < 160 ? SIGNALS.get(code - 128) : undefined };
}

/** The number that stands for a signal in an exit status. */
export function codeOfSignal(signal: NodeJS.Signals): number {
  return 128 + (constants.signals[signal] ?? 0);
}

/** Collects what a program prints, up to the limit of its run. */
export class Capture {
  readonly #run: ProgramRun;
  readonly #chunks: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #start: number = performance.now();
  #bytes = 0;

  constructor(run: ProgramRun) {
    this.#run = run;
  }

  /** False when the limit is passed: nothing more is kept, and the program should be killed. */
  push(stream: OutputStream, chunk: Uint8Array): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#run.maxOutputBytes) return false;
    this.#chunks[stream].push(chunk);
    this.#run.onOutput?.(stream, chunk);
    return true;
  }

  outcome(end: RunEnd): RunOutcome {
    const { stdout, stderr } = this.#chunks;
    return { end, stdout: joined(stdout), stderr: joined(stderr), durationMs: performance.now() - this.#start };
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Sends a signal to a process group; a group that is gone already is what was wanted. */
export function signalGroup(pgid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pgid, signal);
  } catch {
    // ESRCH: nothing left of it. EPERM: it has become another user's process, which we may not end.
  }
}

/** Ends a lane and its group for sure: just after its start it may not have a group of its own yet. */
export function killLane(pid: number): void {
  signalGroup(pid, "SIGKILL");
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone with its group, as wanted. The number cannot be another's: its parent has not reaped it.
  }
}
