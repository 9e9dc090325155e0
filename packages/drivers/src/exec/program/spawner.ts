// The small process that starts programs for a host which may have grown large: fork copies the page tables of whoever
// calls it, so the same spawn costs 1.6 ms from a small host and 50 ms from one with 1 GiB more. A shell stays small.
import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { withoutForeign } from "../../_process/foreign.ts";
import { temporaryPrefix } from "../../_process/temporary.ts";
import { runDirect } from "./direct.ts";
import { Lane } from "./lane.ts";
import { Capture, killLane, type ProgramRun, type RunOutcome } from "./run.ts";
import { fitsShell, SPAWNER_SCRIPT } from "./shell.ts";

/** dash starts a program by vfork in 0.6 ms, bash by fork in 0.9; `/bin/sh` is whatever the system has. */
const SHELLS = ["/bin/dash", "/bin/sh"];
/** Programs running at once, over all plugins; more wait their turn. */
const MAX_LANES = 64;
/** Lanes kept for the next calls; each is a shell of 0.2 MiB of its own. */
const MAX_IDLE = Math.max(2, availableParallelism());
/** Failed starts in a row after which programs are started directly for good. */
const MAX_FAILURES = 3;
const START_MS = 3_000;
/** Descriptors come back when other work ends. */
const REMOVE_AGAIN_MS = 1000;
const END_MS = 2_000;

/** Starts programs; all sessions of the process share one. Where it cannot run, programs are started directly. */
export class Spawner {
  readonly #idle: Lane[] = [];
  readonly #lanes = new Set<Lane>();
  readonly #waiting: (() => void)[] = [];
  readonly #opening = new Map<string, (pid: number | undefined) => void>();
  #child: ChildProcess | undefined;
  #folder = "";
  #nextId = 1;
  #reserved = 0;
  #started: Promise<boolean> | undefined;
  #ended: Promise<void> = Promise.resolve();
  #failures = 0;
  readonly #shells: readonly string[];

  /** The first of `shells` that is there is used; any POSIX shell will do. */
  constructor(shells: readonly string[] = SHELLS) {
    this.#shells = shells;
  }

  /** Process id, for tests and diagnosis; undefined while none runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it if need be; false where it cannot run here. */
  start(): Promise<boolean> {
    return (this.#started ??= this.#start());
  }

  /** Runs a program, through a lane where possible. Never rejects. */
  async run(run: ProgramRun): Promise<RunOutcome> {
    if (!fitsShell(run) || !(await this.start())) return runDirect(run);
    const lane = await this.#take();
    if (lane === undefined) return runDirect(run);
    const outcome = run.signal?.aborted ? new Capture(run).outcome({ kind: "cancelled" }) : await lane.run(run);
    this.#give(lane);
    return outcome;
  }

  /** Ends it and every lane. Resolves when the processes are gone and the pipes removed. A later run starts a new one. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#started = undefined;
    if (child === undefined) return;
    const lanes = [...this.#lanes];
    for (const lane of lanes) lane.lose();
    await Promise.all(lanes.map((lane) => lane.gone));
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
    child.ref();
    child.stdin?.end();
    await this.#ended;
    clearTimeout(timer);
  }

  async #start(): Promise<boolean> {
    // macOS starts programs by posix_spawn, Windows by CreateProcess: their cost does not grow with the host.
    const shell = process.platform === "linux" ? this.#shells.find(isExecutable) : undefined;
    if (shell === undefined || this.#failures > MAX_FAILURES) return false;
    try {
      this.#folder = mkdtempSync(temporaryPrefix("exec"));
      this.#launch(shell);
      this.#idle.push(await this.#open());
      this.#failures = 0;
      return true;
    } catch {
      // No mkfifo, no setsid, a full disk: programs are started directly instead.
      this.#failures++;
      await this.close();
      return false;
    }
  }

  #launch(shell: string): void {
    const folder = this.#folder;
    const child = withoutForeign(["pipe", "pipe", "ignore"], (stdio) =>
      spawn(shell, ["-c", SPAWNER_SCRIPT, "tenon-spawner", folder, shell], {
        // By another name bash would read the user's startup files, because its input is a socket.
        argv0: "sh",
        cwd: "/",
        detached: true,
        stdio,
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
      }),
    ) as ChildProcessByStdio<Writable, Readable, null>;
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const onEnd = (): void => {
        removeFolder(folder);
        this.#lost(child);
        resolve();
      };
      child.once("error", onEnd);
      child.once("exit", onEnd);
    });
    if (child.pid === undefined) throw new Error("the spawner could not be started");
    child.stdin.on("error", () => {});
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (text + chunk.toString("latin1")).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.#onLine(line);
    });
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
  }

  /** `lane ID PID` or `failed ID`. */
  #onLine(line: string): void {
    const [verb, id = "", pid] = line.split(" ");
    const settle = this.#opening.get(id);
    this.#opening.delete(id);
    settle?.(verb === "lane" ? Number(pid) : undefined);
  }

  /** The spawner ended: the runs on its lanes are lost, and the next run starts another. */
  #lost(child: ChildProcess): void {
    for (const settle of this.#opening.values()) settle(undefined);
    this.#opening.clear();
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#started = undefined;
    for (const lane of this.#lanes) lane.lose();
  }

  async #open(): Promise<Lane> {
    const id = String(this.#nextId++);
    const child = this.#child;
    const pid = await new Promise<number | undefined>((resolve) => {
      if (child === undefined) return resolve(undefined);
      // The host must not end while it waits for a lane.
      child.ref();
      const timer = setTimeout(() => this.#onLine(`failed ${id}`), START_MS);
      this.#opening.set(id, (made) => {
        clearTimeout(timer);
        child.unref();
        resolve(made);
      });
      child.stdin!.write(`open ${id}\n`);
    });
    if (pid === undefined) throw new Error("the spawner made no lane");
    // So that the spawner reaps it and forgets the number before it is used again.
    const forget = (): void => {
      if (child?.stdin?.writable) child.stdin.write(`gone ${pid}\n`);
    };
    const lane = openLane(join(this.#folder, id), pid, forget);
    this.#lanes.add(lane);
    void lane.gone.then(() => {
      this.#lanes.delete(lane);
      const at = this.#idle.indexOf(lane);
      if (at >= 0) this.#idle.splice(at, 1);
      forget();
    });
    const timer = setTimeout(() => lane.lose(), START_MS);
    await lane.ready.finally(() => clearTimeout(timer));
    return lane;
  }

  /** A free lane, an own new one, or undefined when the spawner cannot make any. */
  async #take(): Promise<Lane | undefined> {
    for (;;) {
      const free = this.#idle.pop();
      if (free?.isUsable) return free;
      if (free !== undefined) continue;
      if (this.#lanes.size + this.#reserved < MAX_LANES) break;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#reserved++;
    try {
      return await this.#open();
    } catch {
      return undefined;
    } finally {
      this.#reserved--;
    }
  }

  #give(lane: Lane): void {
    if (lane.isUsable && (this.#idle.length < MAX_IDLE || this.#waiting.length > 0)) this.#idle.push(lane);
    else lane.end();
    this.#waiting.shift()?.();
  }
}

/** A lane whose pipes cannot be opened here (no descriptors left) must not wait for them forever. */
function openLane(prefix: string, pid: number, forget: () => void): Lane {
  try {
    return new Lane(prefix, pid);
  } catch (error) {
    killLane(pid);
    forget();
    throw error;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Keeps the spawner alive; closing the last hold ends it. */
export interface SpawnerHold extends AsyncDisposable {
  /** Whether programs are started by the spawner; false where the system has no need or no means for one. */
  readonly ready: Promise<boolean>;
  close(): Promise<void>;
}

const shared = new Spawner();
let holds = 0;
let closing: Promise<void> = Promise.resolve();

/**
 * Starts the spawner now. A host that will grow calls this first: the spawner stays as small as it starts, but starting
 * it costs one ordinary spawn from the host. Without this it starts with the first `exec` plugin.
 */
export function startSpawner(): SpawnerHold {
  holds++;
  let isClosed = false;
  const ready = closing.then(() => shared.start());
  const close = async (): Promise<void> => {
    if (isClosed) return closing;
    isClosed = true;
    await ready;
    if (--holds === 0) closing = shared.close();
    await closing;
  };
  return { ready, close, [Symbol.asyncDispose]: close };
}

/** The one spawner of this process. */
export function sharedSpawner(): Spawner {
  return shared;
}

/** A host without descriptors cannot even look into a folder; thrown from a listener, that would be its end. */
function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    setTimeout(() => removeFolder(folder), REMOVE_AGAIN_MS).unref();
  }
}
