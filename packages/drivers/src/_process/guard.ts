// A tiny shell beside the host that outlives it by a moment: when the host is gone, however it went, its plugins go too.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import process from "node:process";
import type { Writable } from "node:stream";

/**
 * Reads `+ GROUP` and `- GROUP` lines; the end of its input is the end of the host. A plugin sees the end of its input
 * then too, but one that is stuck or ignores it would stay for ever.
 */
const SCRIPT = `groups=
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) rest=
       for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done
       groups=$rest ;;
  esac
done
for one in $groups; do kill -s KILL -- "-$one" 2>/dev/null; done`;

let shell: ChildProcessByStdio<Writable, null, null> | undefined;
const groups = new Set<number>();

/** Has the group ended with the host, from now on. One shell serves all plugins; systems without one do without the guard. */
export function guard(group: number): void {
  groups.add(group);
  if (process.platform === "win32") return;
  shell ??= start();
  shell.stdin.write(`+ ${group}\n`);
}

/** The group is gone. With the last one the shell ends. */
export function unguard(group: number): void {
  groups.delete(group);
  shell?.stdin.write(`- ${group}\n`);
  if (groups.size > 0) return;
  shell?.stdin.end();
  shell = undefined;
}

function start(): ChildProcessByStdio<Writable, null, null> {
  const made = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"], detached: true, env: {} });
  // It is a second line of defence: the host goes on without it, and must not wait for it either.
  made.on("error", () => {});
  made.stdin.on("error", () => {});
  made.unref();
  (made.stdin as Writable & { unref?: () => void }).unref?.();
  return made;
}
