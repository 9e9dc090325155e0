// The host's clocks to what a guest may see of them: exact, rounded to a millisecond, or standing still.
import { TenonError } from "@tenon/contract/core";

/**
 * `coarse` (the default) rounds to a millisecond, which is too little to time the host's secrets by; `precise` is for programs
 * that the operator trusts with that; `none` stands still at 1970 and 0, for runs that must repeat exactly.
 */
export type ClockAccess = "none" | "coarse" | "precise";

/** Nanoseconds everywhere. */
export interface Clocks {
  readonly resolution: bigint;
  /** Since 1970. */
  now(): bigint;
  /** Since an unknown start; never goes back. */
  monotonic(): bigint;
  /**
   * Blocks this thread, at most until `wake.cell` has another number than `wake.seen`. Throws `deadline-exceeded` beyond what
   * `maxBlockMs` leaves.
   */
  sleep(ms: number, wake?: Wake): void;
}

/** The first number of `cell` changes, with a notification, when somebody who sleeps should look again. */
export interface Wake {
  readonly cell: Int32Array;
  readonly seen: number;
}

const MS = 1_000_000n;

export function createClocks(access: ClockAccess, maxBlockMs: number): Clocks {
  const never: Wake = { cell: new Int32Array(new SharedArrayBuffer(4)), seen: 0 };
  let blockedMs = 0;
  const sleep = (ms: number, { cell, seen }: Wake = never): void => {
    if (ms <= 0) return;
    const isTooLong = blockedMs + ms > maxBlockMs;
    const wait = isTooLong ? maxBlockMs - blockedMs : ms;
    const began = performance.now();
    const isWoken = Atomics.wait(cell, 0, seen, wait) !== "timed-out";
    blockedMs += isWoken ? performance.now() - began : wait;
    if (isWoken || !isTooLong) return;
    throw new TenonError("deadline-exceeded", `the guest slept longer than ${maxBlockMs} ms in all`, {
      hint: "raise maxBlockMs if the use is legitimate",
    });
  };
  if (access === "none") return { resolution: MS, now: () => 0n, monotonic: () => 0n, sleep };
  if (access === "coarse") {
    return {
      resolution: MS,
      now: () => BigInt(Date.now()) * MS,
      monotonic: () => BigInt(Math.floor(performance.now())) * MS,
      sleep,
    };
  }
  // Node has no call for the wall clock below a millisecond: the start is one, and the exact distance since then is another.
  const offset =
    BigInt(Math.round(performance.timeOrigin * 1e6)) - (process.hrtime.bigint() - nanosecondsOf(performance.now()));
  return {
    resolution: 1n,
    now: () => process.hrtime.bigint() + offset,
    monotonic: () => process.hrtime.bigint(),
    sleep,
  };
}

function nanosecondsOf(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
