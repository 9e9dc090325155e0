// What host and worker tell each other before the first frame; both files of the driver agree on it here.
import type { MessagePort } from "node:worker_threads";
import type { Contract, TenonErrorJson } from "@tenon/contract/core";

/** The first message to the worker's entry. The plugin's module never sees it. */
export interface Start {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly bell: MessagePort;
  /** For `Printed` messages to the host. */
  readonly output: MessagePort;
  /** What the host can speak, its own contract first. */
  readonly offers: readonly Contract[];
  readonly module: string;
  readonly maxMessageBytes: number;
  readonly maxPendingCalls: number;
}

/**
 * What the thread tells in turn: `begun` when its own modules are loaded; `speaks` with one of the offers once the module is loaded, from when on the plugin may call the host,
 * and `ready` once it is made; or why not, in place of either.
 */
export type Started =
  | { readonly tenon: "begun" }
  | { readonly tenon: "speaks"; readonly id: string; readonly digest: string }
  | { readonly tenon: "ready" }
  | { readonly tenon: "failed"; readonly error: TenonErrorJson };

/** Reads the answer; undefined for a message of the plugin's own, which means nothing to the host. */
export function readStarted(message: unknown): Started | undefined {
  if (typeof message !== "object" || message === null || !Object.hasOwn(message, "tenon")) return undefined;
  const { tenon, error, id, digest } = message as Readonly<Record<"tenon" | "error" | "id" | "digest", unknown>>;
  if (tenon === "begun" || tenon === "ready") return { tenon };
  if (tenon === "speaks")
    return typeof id === "string" && typeof digest === "string" ? { tenon, id, digest } : undefined;
  // TenonError.fromJSON takes any JSON.
  return tenon === "failed" ? { tenon, error: error as TenonErrorJson } : undefined;
}

/** Bytes that the plugin printed, and how many were dropped before them. */
export interface Printed {
  readonly stream: "stdout" | "stderr";
  readonly bytes: ArrayBuffer;
  readonly dropped: number;
}

/** Reads a message of the output port; undefined for anything else that a plugin may have sent there. */
export function readPrinted(message: unknown): Printed | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { stream, bytes, dropped } = message as Partial<Printed>;
  if ((stream !== "stdout" && stream !== "stderr") || !(bytes instanceof ArrayBuffer)) return undefined;
  return { stream, bytes, dropped: Number.isSafeInteger(dropped) ? dropped! : 0 };
}

/**
 * Microseconds to spin before a blocking wait: more than it takes to wake the other side across cores (25-60 on virtual
 * machines), or both sides would give up in turn, each while the other one wakes.
 */
export const SPIN_MICROSECONDS: number = 150;

/** Microseconds for the first spins of a trial: time for a thread that sleeps, or waits for this one's core, to come up. */
export const SETTLE_MICROSECONDS: number = 1000;
