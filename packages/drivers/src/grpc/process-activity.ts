// Whether a process computes. Linux shows the state of every thread (proc(5)), so nobody in the process has to be asked.
import { readdirSync, readFileSync } from "node:fs";

const POLL_MS = 5;
/** Threads are looked at one after another, and work may have moved from one to the next in between. */
const SLEEPING_SAMPLES = 3;

/**
 * Resolves once no thread of the process, or of one that it started, runs or waits for a processor, some times in a row.
 * Never where the system does not tell, or where it always computes; `isOver` ends the watch.
 */
export function whenAsleep(pid: number, isOver: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let asleep = 0;
    const look = (): void => {
      const computes = isOver() ? undefined : isComputing(pid);
      if (computes === undefined) return clearInterval(timer);
      asleep = computes ? 0 : asleep + 1;
      if (asleep < SLEEPING_SAMPLES) return;
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(look, POLL_MS);
    timer.unref();
  });
}

/** Undefined where there is no such process, or no way to know. */
function isComputing(pid: number): boolean | undefined {
  const own = isRunning(pid);
  if (own !== false) return own;
  // What it started counts as well: a launcher sleeps beside its program.
  const byParent = childrenByParent();
  const left = [...(byParent.get(pid) ?? [])];
  for (let child = left.pop(); child !== undefined; child = left.pop()) {
    if (isRunning(child) === true) return true;
    left.push(...(byParent.get(child) ?? []));
  }
  return false;
}

/** Whether a thread of the process itself runs, or would if there were a processor for it. */
function isRunning(pid: number): boolean | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => statOf(`${pid}/task/${thread}`).state === "R");
  } catch {
    return undefined;
  }
}

function childrenByParent(): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const { parent } = statOf(name);
    const siblings = found.get(parent);
    if (siblings === undefined) found.set(parent, [Number(name)]);
    else siblings.push(Number(name));
  }
  return found;
}

/** A thread or process that has ended in between has no state. */
function statOf(path: string): { readonly state: string; readonly parent: number } {
  try {
    const stat = readFileSync(`/proc/${path}/stat`, "latin1");
    // The name stands in brackets and may hold anything, brackets too.
    const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return { state: "", parent: 0 };
  }
}
