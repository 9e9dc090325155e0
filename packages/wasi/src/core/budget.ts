// What one guest may use up over its life, in one object that all parts charge.
import { TenonError } from "@tenon/contract/core";
import { fault } from "./fault.ts";

export interface WasiLimits {
  /** Descriptors open at once, with the three streams and the mounts. Default 1024; beyond it the guest gets `mfile`. */
  readonly maxOpenFiles: number;
  /** Directory entries that open listings hold at once. Default 1,000,000, about 100 MiB; beyond it the guest gets `nomem`. */
  readonly maxListedEntries: number;
  /** Bytes read from and written to files and streams. Default: no limit, since a program may copy what it is given. */
  readonly maxIoBytes: number;
  /** Random bytes handed out. Default 64 MiB, Wasmtime's limit for one request. */
  readonly maxRandomBytes: number;
  /** Bytes for log sinks. Default 8 MiB; what comes after is dropped, with a note in its place. */
  readonly maxLogBytes: number;
  /** Bytes of arguments and environment together. Default 1 MiB. */
  readonly maxArgumentBytes: number;
  /** Milliseconds that the guest may sleep in all. Default: no limit; a host that runs guests on its own thread sets one. */
  readonly maxBlockMs: number;
}

export const DEFAULT_WASI_LIMITS: WasiLimits = {
  maxOpenFiles: 1024,
  maxListedEntries: 1_000_000,
  maxIoBytes: Number.POSITIVE_INFINITY,
  maxRandomBytes: 64 * 1024 * 1024,
  maxLogBytes: 8 * 1024 * 1024,
  maxArgumentBytes: 1024 * 1024,
  maxBlockMs: Number.POSITIVE_INFINITY,
};

export class WasiBudget {
  readonly limits: WasiLimits;
  ioBytes = 0;
  randomBytes = 0;
  logBytes = 0;
  listedEntries = 0;

  constructor(limits: Partial<WasiLimits> = {}) {
    this.limits = { ...DEFAULT_WASI_LIMITS, ...limits };
  }

  /** Throws `resource-exhausted`, which ends the guest. */
  chargeIo(bytes: number): void {
    this.ioBytes += bytes;
    if (this.ioBytes > this.limits.maxIoBytes)
      throw exhausted("bytes read and written", "maxIoBytes", this.limits.maxIoBytes);
  }

  /** Throws `resource-exhausted`, which ends the guest: a program that asked for random bytes must not go on without. */
  chargeRandom(bytes: number): void {
    this.randomBytes += bytes;
    if (this.randomBytes > this.limits.maxRandomBytes) {
      throw exhausted("random bytes", "maxRandomBytes", this.limits.maxRandomBytes);
    }
  }

  /** Throws the fault `nomem`; nothing is taken then. */
  holdEntries(count: number): void {
    if (this.listedEntries + count > this.limits.maxListedEntries) throw fault("nomem");
    this.listedEntries += count;
  }

  releaseEntries(count: number): void {
    this.listedEntries -= count;
  }

  /** How many of `bytes` may still go to the log. */
  takeLog(bytes: number): number {
    const taken = Math.min(bytes, this.limits.maxLogBytes - this.logBytes);
    this.logBytes += taken;
    return taken;
  }
}

function exhausted(what: string, limit: keyof WasiLimits, value: number): TenonError {
  return new TenonError("resource-exhausted", `the guest used more than ${value} ${what}`, {
    hint: `raise ${limit} if the use is legitimate`,
    details: { limit },
  });
}
