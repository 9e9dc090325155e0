// How a run ended -> the exit code, and what is said about it on standard error.
import { TenonError } from "@tenon/contract/core";

/**
 * `exit`: the guest ended itself, or its function returned. `trap`, `fuel` and `limit`: it was ended where it stood.
 * `timeout`: it was still running when its time was over. `failed`: it never ran.
 */
export type OutcomeKind = "exit" | "trap" | "fuel" | "limit" | "timeout" | "failed";

/** Plain data, so that it can come from a thread. */
export interface RunOutcome {
  readonly kind: OutcomeKind;
  /** Of `exit`: the guest's own code, 32 bits. */
  readonly guestCode?: number;
  /** Of all others. */
  readonly error?: ReturnType<TenonError["toJSON"]>;
  /** Ticks, where they were counted and nobody ended the thread that did. */
  readonly fuelUsed?: number;
}

/** As a shell would say it: 134 is SIGABRT, which is what Wasmtime makes of a trap; 124 is what timeout(1) gives. */
const CODES = { trap: 134, fuel: 134, limit: 134, timeout: 124, failed: 1 } as const;

/**
 * Systems keep eight bits of an exit code. A guest's code that loses its failure by that (256) becomes 1. `usage` faults
 * are 2, as of every command.
 */
export function exitCodeOf({ kind, guestCode = 0, error }: RunOutcome): number {
  if (kind === "failed" && error?.code === "usage") return 2;
  if (kind !== "exit") return CODES[kind];
  if (process.platform === "win32") return guestCode | 0;
  return guestCode === 0 ? 0 : guestCode & 0xff || 1;
}

/** The outcome that an error of the guest's run means. */
export function outcomeOf(error: TenonError): RunOutcome {
  const kinds: Readonly<Record<string, OutcomeKind>> = {
    "plugin-trap": "trap",
    "plugin-crashed": "trap",
    "resource-exhausted": "limit",
    "deadline-exceeded": "timeout",
  };
  return { kind: kinds[error.code] ?? "failed", error: error.toJSON() };
}

/** The outcome of a run that never began. */
export function failure(thrown: unknown): RunOutcome {
  return { kind: "failed", error: TenonError.from(thrown).toJSON() };
}
