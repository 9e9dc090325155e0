// How a test sees that a plugin which was lost is back.
import assert from "node:assert/strict";
import { TenonError } from "@tenon/contract";
import type { FaultPlugin } from "./fault.ts";

/** For calls that may have to wait for a new thread or process. */
export const AGAIN = { deadlineMs: 20_000 };
const PAUSE_MS = 20;

/** Within a second at the latest the plugin is well again. */
export async function pingAgain(plugin: FaultPlugin): Promise<void> {
  for (let tries = 20; ; tries--) {
    try {
      assert.equal(await plugin.faults.ping(5, AGAIN), 5, "the next call works");
      return;
    } catch (thrown) {
      if (!isPassing(thrown) || tries === 0) throw thrown;
      await pause();
    }
  }
}

/** Until another instance answers, one that has counted nothing yet; a plugin that is never lost keeps the test waiting. */
export async function startedAnew(plugin: FaultPlugin): Promise<void> {
  for (;;) {
    try {
      if ((await plugin.faults.count(AGAIN)) === 1) return;
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
    }
    await pause();
  }
}

/** A call that came before the lost plugin was put away goes down with it. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof TenonError && (thrown.code === "plugin-crashed" || thrown.code === "deadline-exceeded");
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
