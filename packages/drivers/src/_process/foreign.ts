// Files that this process was started with, or that native code opened, and that every child would inherit -> nothing.
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import type { StdioOptions } from "node:child_process";

type Stdio = Exclude<StdioOptions, string>;

/** fcntl.h, as /proc/PID/fdinfo writes it. */
const O_CLOEXEC = 0o2000000;
const OWN = 3;

/**
 * Calls `start` with `stdio` and, in place of every other file that the child would inherit, one without anything in it: Node
 * closes what it opened itself, and has no way to close the rest. Elsewhere than on Linux nobody says which there are.
 */
export function withoutForeign<T>(stdio: Stdio, start: (stdio: Stdio) => T): T {
  const foreign = inherited().filter((descriptor) => descriptor >= stdio.length);
  if (foreign.length === 0) return start(stdio);
  // What was opened before the limit was lowered is beyond it, and nothing can be put in its place.
  const replaceable = foreign.filter((descriptor) => descriptor < maxOpenFiles());
  const nothing = openSync("/dev/null", "r");
  try {
    const length = Math.max(stdio.length, ...replaceable.map((descriptor) => descriptor + 1));
    const all = Array.from({ length }, (_, index) => stdio[index] ?? "ignore");
    for (const descriptor of replaceable) all[descriptor] = nothing;
    return start(all);
  } finally {
    closeSync(nothing);
  }
}

function maxOpenFiles(): number {
  const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
  return soft === undefined ? Infinity : Number(soft);
}

function inherited(): readonly number[] {
  if (process.platform !== "linux") return [];
  try {
    return readdirSync("/proc/self/fd")
      .map(Number)
      .filter((descriptor) => descriptor >= OWN && isInherited(descriptor));
  } catch {
    // Without a /proc nobody says which there are; without a free descriptor nothing can be started anyway.
    return [];
  }
}

function isInherited(descriptor: number): boolean {
  try {
    // UTF-8 is what Node reads in one step; this runs for every descriptor before every start.
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    // Closed since, as the one of the folder that was listed is.
    return false;
  }
}
