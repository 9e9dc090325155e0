// What the process holds on to at this moment, to compare before and after.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { access } from "node:fs/promises";
import process from "node:process";

// The first asynchronous file starts the threads of libuv's pool, which stay: they belong to what was there before.
await access("/").catch(() => {});

/** Counts by kind: handles of the event loop, and on Linux file descriptors, threads and child processes. */
export type Snapshot = Readonly<Record<string, number>>;

/** Requests in flight and ticks come and go by themselves. */
const PASSING = new Set(["Immediate", "TickObject", "FSReqPromise", "FSReqCallback", "CloseReq", "TTYWrap"]);

export function takeSnapshot(): Snapshot {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) if (!PASSING.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  if (process.platform !== "linux") return counts;
  const threads = readdirSync("/proc/self/task");
  return {
    ...counts,
    fds: readdirSync("/proc/self/fd").length,
    threads: threads.length,
    children: threads.reduce((sum, id) => sum + childrenOf(id), 0),
  };
}

function childrenOf(thread: string): number {
  try {
    return readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean).length;
  } catch {
    // The thread ended in between.
    return 0;
  }
}

/** Resolves when nothing is there beyond `before`; fails with the difference after `withinMs`. Fewer is fine. */
export async function unchanged(before: Snapshot, withinMs = 3000): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const now = takeSnapshot();
    const more = Object.entries(now).filter(([kind, count]) => count > (before[kind] ?? 0));
    if (more.length === 0) return;
    if (performance.now() > until) {
      assert.fail(`left behind: ${more.map(([kind, count]) => `${kind} ${before[kind] ?? 0} -> ${count}`).join(", ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
