// What must hold after every fault (the baseline invariant): nothing is left behind, and the host's loop was not held.
import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { takeSnapshot, unchanged } from "../snapshot.ts";

/** A busy machine holds every loop for some time; a plugin that holds it does so until it is ended. */
const MAX_LAG_MS = 2000;
const NS_PER_MS = 1e6;
const SETTLE_MS = 5000;

export interface Baseline {
  /** Once everything of the fault is closed. Fails with what is there beyond the beginning, or what went wrong unseen. */
  holds(): Promise<void>;
}

/** Counts descriptors, threads, children and timers now. `mayHoldLoop`: the plugin runs on the host's own thread. */
export function takeBaseline({ mayHoldLoop }: { readonly mayHoldLoop: boolean }): Baseline {
  const before = takeSnapshot();
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  return {
    holds: async () => {
      lag.disable();
      try {
        await unchanged(before, SETTLE_MS);
      } finally {
        process.off("unhandledRejection", note);
      }
      assert.deepEqual(unhandled, [], "a rejection that nobody handles");
      if (mayHoldLoop) return;
      const longest = lag.max / NS_PER_MS;
      assert.ok(longest < MAX_LAG_MS, `the host's loop was held for ${Math.round(longest)} ms`);
    },
  };
}
