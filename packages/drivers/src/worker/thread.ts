// A worker thread -> how it ended, told once, whatever way it went.
import type { Worker } from "node:worker_threads";
import { describeThrown } from "@tenon/contract/core";

/** Why a thread is gone: the predicate of a sentence, and lines that explain it. */
export interface ThreadEnd {
  readonly what: string;
  readonly notes: readonly string[];
  /** What nobody caught. */
  readonly cause?: unknown;
}

const MAX_NOTES = 10;

export class Thread {
  readonly worker: Worker;
  /** Resolves when the thread has exited. Never rejects. */
  readonly ended: Promise<ThreadEnd>;
  #uncaught: ThreadEnd | undefined;
  #isRef = true;
  #hasEnded = false;

  constructor(worker: Worker) {
    this.worker = worker;
    worker.on("error", (error) => (this.#uncaught ??= describeUncaught(error)));
    this.ended = new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#hasEnded = true;
        resolve(this.#uncaught ?? { what: `exited with code ${code}`, notes: [] });
      });
    });
  }

  /** Whether the thread still runs; true too when that is not known, so a wait for it must have other ends as well. */
  get isAlive(): boolean {
    // The one public value of a worker that is read from the thread itself and not from events of the own event loop,
    // which does not turn while this thread is blocked. Its idle time is negative once the thread has stopped.
    return !this.#hasEnded && this.worker.performance.eventLoopUtilization().idle >= 0;
  }

  /** Whether the thread keeps the process alive. */
  set isRef(value: boolean) {
    if (this.#isRef === value) return;
    this.#isRef = value;
    if (value) this.worker.ref();
    else this.worker.unref();
  }

  /** Ends the thread at once; also loops and blocking waits, but not native calls. */
  async terminate(): Promise<ThreadEnd> {
    await this.worker.terminate();
    return this.ended;
  }
}

function describeUncaught(error: unknown): ThreadEnd {
  if ((error as { readonly code?: unknown } | null)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return {
      what: "ran out of memory",
      notes: ["its JavaScript heap reached limits.memoryMiB, or the runtime's default"],
    };
  }
  const stack =
    error instanceof Error && typeof error.stack === "string" ? error.stack.split("\n").slice(1, 1 + MAX_NOTES) : [];
  return {
    what: `failed outside of any call: ${describeThrown(error)}`,
    notes: stack.map((line) => line.trim()),
    cause: error,
  };
}
