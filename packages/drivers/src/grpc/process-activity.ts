// Whether a process computes. Linux shows the state of every thread (proc(5)), so nobody in the process has to be asked.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";

const POLL_MS = 5;
/** A kernel may be built without it, and a launcher that sleeps beside its program would hide that. */
const showsChildren = existsSync(`/proc/${process.pid}/task/${process.pid}/children`);
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
  if (!showsChildren) return undefined;
  let threads: readonly string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return undefined;
  }
  return threads.some((thread) => {
    const folder = `/proc/${pid}/task/${thread}`;
    const stat = textOf(`${folder}/stat`);
    // The name stands in brackets and may hold anything, brackets too; the state is the letter behind it.
    if (stat.charAt(stat.lastIndexOf(")") + 2) === "R") return true;
    const children = textOf(`${folder}/children`).split(" ").filter(Boolean);
    return children.some((child) => isComputing(Number(child)) === true);
  });
}

/** Empty for a thread that has ended in between. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
