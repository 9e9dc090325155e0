// How a process ended that was to start a program in a sandbox -> why it could not, if that was it.
import { FAILED_WITH, LAUNCHER_FAILED } from "./launcher.ts";

/** What each launcher ends with and says first where it fails before the program runs. */
const SIGNS: readonly (readonly [code: number, words: string])[] = [
  [LAUNCHER_FAILED, FAILED_WITH],
  [1, "bwrap: "],
];

/** Undefined where the program itself ended so. */
export function launchFailure(code: number, stderr: Uint8Array): string | undefined {
  const head = Buffer.from(stderr.subarray(0, 512)).toString("utf8");
  const isLaunchers = SIGNS.some(([own, words]) => own === code && head.startsWith(words));
  return isLaunchers ? head.split("\n", 1)[0] : undefined;
}
