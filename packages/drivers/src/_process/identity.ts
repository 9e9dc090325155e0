// A process id and the moment its process started: together they name one process, an id alone may name another one by now.
import { readFileSync } from "node:fs";
import process from "node:process";

/** In clock ticks since the machine started; undefined where the process is gone, or the system does not tell (proc(5), field 22). */
export function startTimeOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command's name stands in brackets and may hold anything, brackets too.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[19]);
  } catch {
    return undefined;
  }
}

/** Ends the process, but only if it is still the one that started then. Whether it was told. */
export function killIfSame(pid: number, startTime: number | undefined, signal: "SIGTERM" | "SIGKILL"): boolean {
  if (startTime === undefined || startTimeOf(pid) !== startTime) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    // Gone in between, or not ours to end.
    return false;
  }
}
