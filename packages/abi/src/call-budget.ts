// What one call may take of the host, in one object that every part of a boundary charges: codecs, handles, WASI, host functions.
import { TenonError } from "@tenon/contract/core";
import { Budget, DEFAULT_LIMITS } from "./budget.ts";
import type { BudgetLimits } from "./budget.ts";

/**
 * Limits of one call. What is spent (bytes, milliseconds) counts from the start of the call; what is held (handles, files)
 * counts as long as the guest holds it, whichever call opened it.
 */
export interface CallLimits extends BudgetLimits {
  /** Milliseconds that host functions may take together. Default: no limit but the call's deadline. */
  readonly maxHostMs: number;
  /** Bytes for log sinks. Default 8 MiB, which is more than anybody reads. */
  readonly maxLogBytes: number;
  /** Random bytes. Default 64 MiB, Wasmtime's limit for one request. */
  readonly maxRandomBytes: number;
  /** Bytes read from and written to files and streams. Default: no limit, since a program may copy what it is given. */
  readonly maxIoBytes: number;
  /** Handles held at once, in all instances of a component. Default 65,536: more is a leak. */
  readonly maxHandles: number;
  /** Files and directories open at once, with streams and mounts. Default 1,024, the usual limit of a process. */
  readonly maxOpenFiles: number;
  /** Directory entries that open listings hold at once. Default 1,000,000, about 100 MiB. */
  readonly maxListedEntries: number;
}

export const DEFAULT_CALL_LIMITS: CallLimits = {
  ...DEFAULT_LIMITS,
  maxHostMs: Number.POSITIVE_INFINITY,
  maxLogBytes: 8 * 1024 * 1024,
  maxRandomBytes: 64 * 1024 * 1024,
  maxIoBytes: Number.POSITIVE_INFINITY,
  maxHandles: 65_536,
  maxOpenFiles: 1_024,
  maxListedEntries: 1_000_000,
};

/** What the error calls each limit. */
const NAMES = {
  maxHostMs: "milliseconds in host functions",
  maxLogBytes: "bytes of output",
  maxRandomBytes: "random bytes",
  maxIoBytes: "bytes read and written",
  maxHandles: "handles at once",
  maxOpenFiles: "open files at once",
  maxListedEntries: "directory entries at once",
} as const;

/** The budget of the calls of one guest. Everything it throws is `resource-exhausted`, with the limit's name in `details`. */
export class CallBudget extends Budget {
  declare readonly limits: CallLimits;
  hostMs = 0;
  logBytes = 0;
  randomBytes = 0;
  ioBytes = 0;
  handles = 0;
  openFiles = 0;
  listedEntries = 0;

  constructor(limits: Partial<CallLimits> = {}) {
    super({ ...DEFAULT_CALL_LIMITS, ...limits });
  }

  override reset(): void {
    super.reset();
    this.hostMs = this.logBytes = this.randomBytes = this.ioBytes = 0;
  }

  /**
   * For a call that begins while `calls - 1` others wait for promises: what they left stays theirs, so that nobody's work
   * is cut short by somebody else's, and a row of overlapping calls never saves up more than those in flight are allowed.
   */
  resetAmong(calls: number): void {
    const { maxBytes, maxHostMs, maxLogBytes, maxRandomBytes, maxIoBytes } = this.limits;
    this.left = Math.min(this.left + maxBytes, maxBytes * calls);
    // Below zero stands for what the calls before have left.
    const again = (spent: number, max: number): number =>
      max === Number.POSITIVE_INFINITY ? 0 : Math.max(spent - max, max - max * calls);
    this.hostMs = again(this.hostMs, maxHostMs);
    this.logBytes = again(this.logBytes, maxLogBytes);
    this.randomBytes = again(this.randomBytes, maxRandomBytes);
    this.ioBytes = again(this.ioBytes, maxIoBytes);
  }

  chargeHostMs(ms: number): void {
    this.hostMs += ms;
    if (this.hostMs > this.limits.maxHostMs) throw this.#exhausted("maxHostMs");
  }

  chargeIo(bytes: number): void {
    this.ioBytes += bytes;
    if (this.ioBytes > this.limits.maxIoBytes) throw this.#exhausted("maxIoBytes");
  }

  /** A program that asked for random bytes must not go on without, so there is no softer answer. */
  chargeRandom(bytes: number): void {
    this.randomBytes += bytes;
    if (this.randomBytes > this.limits.maxRandomBytes) throw this.#exhausted("maxRandomBytes");
  }

  /** How many of `bytes` may still go to the log: whoever prints them, then throws `logExhausted` where they are too few. */
  takeLog(bytes: number): number {
    const taken = Math.max(0, Math.min(bytes, this.limits.maxLogBytes - this.logBytes));
    this.logBytes += taken;
    return taken;
  }

  logExhausted(): TenonError {
    return this.#exhausted("maxLogBytes");
  }

  holdHandle(): void {
    if (this.handles >= this.limits.maxHandles) throw this.#exhausted("maxHandles");
    this.handles += 1;
  }

  holdFile(): void {
    if (!this.hasRoomForFile) throw this.#exhausted("maxOpenFiles");
    this.openFiles += 1;
  }

  get hasRoomForFile(): boolean {
    return this.openFiles < this.limits.maxOpenFiles;
  }

  holdEntries(count: number): void {
    if (this.listedEntries + count > this.limits.maxListedEntries) throw this.#exhausted("maxListedEntries");
    this.listedEntries += count;
  }

  #exhausted(limit: keyof typeof NAMES): TenonError {
    const allowed = this.limits[limit];
    return new TenonError("resource-exhausted", `the plugin used more than ${allowed} ${NAMES[limit]}`, {
      hint: `raise ${limit} if the use is legitimate`,
      details: { limit, allowed },
    });
  }
}
