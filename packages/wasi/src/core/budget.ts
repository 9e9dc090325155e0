// What one guest may use up, in the budget that all parts of its calls charge; what it cannot have is a fault where POSIX has one.
import { CallBudget, DEFAULT_CALL_LIMITS } from "@tenon/abi";
import type { CallLimits } from "@tenon/abi";
import { fault } from "./fault.ts";

type CallPart = "maxOpenFiles" | "maxListedEntries" | "maxIoBytes" | "maxRandomBytes" | "maxLogBytes";

/** Beside those of a call, which `@tenon/abi` explains: files beyond `maxOpenFiles` are `mfile`, entries `nomem` for the guest. */
export interface WasiLimits extends Pick<CallLimits, CallPart> {
  /** Bytes of arguments and environment together. Default 1 MiB. */
  readonly maxArgumentBytes: number;
  /** Milliseconds that the guest may sleep in all. Default: no limit; a host that runs guests on its own thread sets one. */
  readonly maxBlockMs: number;
}

const { maxOpenFiles, maxListedEntries, maxIoBytes, maxRandomBytes, maxLogBytes } = DEFAULT_CALL_LIMITS;
export const DEFAULT_WASI_LIMITS: WasiLimits = {
  maxOpenFiles,
  maxListedEntries,
  maxIoBytes,
  maxRandomBytes,
  maxLogBytes,
  maxArgumentBytes: 1024 * 1024,
  maxBlockMs: Number.POSITIVE_INFINITY,
};

/** The budget of one guest: its own for its whole life, as a command's run is one, or the one that its caller resets with each call. */
export class WasiBudget {
  readonly limits: WasiLimits;
  readonly call: CallBudget;

  /** With `call`, the limits of a call are those that it has. */
  constructor(limits: Partial<WasiLimits> = {}, call: CallBudget = new CallBudget(limits)) {
    this.limits = { ...DEFAULT_WASI_LIMITS, ...limits, ...callPart(call.limits) };
    this.call = call;
  }

  get ioBytes(): number {
    return this.call.ioBytes;
  }

  get randomBytes(): number {
    return this.call.randomBytes;
  }

  get logBytes(): number {
    return this.call.logBytes;
  }

  get listedEntries(): number {
    return this.call.listedEntries;
  }

  /** Throws `resource-exhausted`, which ends the guest. */
  chargeIo(bytes: number): void {
    this.call.chargeIo(bytes);
  }

  /** Throws `resource-exhausted`, which ends the guest. */
  chargeRandom(bytes: number): void {
    this.call.chargeRandom(bytes);
  }

  /** Throws the fault `mfile` where nothing more may be opened. */
  requireFile(): void {
    if (!this.call.hasRoomForFile) throw fault("mfile");
  }

  /** Throws the fault `mfile`; nothing is taken then. */
  holdFile(): void {
    this.requireFile();
    this.call.openFiles += 1;
  }

  releaseFile(): void {
    this.call.openFiles -= 1;
  }

  /** Throws the fault `nomem`; nothing is taken then. */
  holdEntries(count: number): void {
    if (this.call.listedEntries + count > this.limits.maxListedEntries) throw fault("nomem");
    this.call.listedEntries += count;
  }

  releaseEntries(count: number): void {
    this.call.listedEntries -= count;
  }

  /** How many of `bytes` may still go to the log. */
  takeLog(bytes: number): number {
    return this.call.takeLog(bytes);
  }
}

function callPart(limits: CallLimits): Pick<CallLimits, CallPart> {
  const {
    maxOpenFiles: files,
    maxListedEntries: entries,
    maxIoBytes: io,
    maxRandomBytes: random,
    maxLogBytes: log,
  } = limits;
  return { maxOpenFiles: files, maxListedEntries: entries, maxIoBytes: io, maxRandomBytes: random, maxLogBytes: log };
}
