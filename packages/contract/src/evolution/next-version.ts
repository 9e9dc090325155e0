// What changed since the last frozen version -> the number of the next one. Nobody types it.
import { compareVersions, parseVersion, type Version } from "../wit/version.ts";
import type { ContractDiff } from "./diff.ts";
import type { Bump } from "./rules.ts";
import { isSafeVerdict } from "./verdict.ts";

/**
 * How much the version has to grow: `none` when nothing that crosses changed, `minor` when every plugin built for the
 * snapshots of the same major still runs without a warning, else `major`. `diffs` go from each of those snapshots to HEAD.
 */
export function bumpFor(diffs: readonly ContractDiff[]): Extract<Bump, "none" | "minor" | "major"> {
  if (diffs.some(({ verdict }) => !isSafeVerdict(verdict))) return "major";
  return diffs.some(({ verdict }) => verdict !== "exact") ? "minor" : "none";
}

/** `1.4.2` and minor -> `1.5.0`. Below 1.0.0 the minor number says what the major one says later (semver.org, 4). */
export function bumpVersion(version: string, bump: Exclude<Bump, "none">): string {
  const [major, minor, patch] = numbersOf(version);
  const isEarly = major === 0n;
  if (bump === "major") return isEarly ? `0.${minor + 1n}.0` : `${major + 1n}.0.0`;
  if (bump === "minor" && !isEarly) return `${major}.${minor + 1n}.0`;
  return `${major}.${minor}.${patch + 1n}`;
}

/** The step from one version to another; `none` where it goes nowhere or back. */
export function bumpBetween(from: string, to: string): Bump {
  const [a, b] = [parseVersion(from), parseVersion(to)];
  if (a === undefined || b === undefined || compareVersions(a, b) >= 0) return "none";
  if (!isSameMajor(from, to)) return "major";
  return a.numbers[1] === b.numbers[1] && a.numbers[0] !== 0n ? "patch" : "minor";
}

/** Whether the first of two versions comes before the other. */
export function isOlder(a: string, b: string): boolean {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  return first !== undefined && second !== undefined && compareVersions(first, second) < 0;
}

/** `1` of `1.3.0`, and `0.2` of `0.2.1`: what may break plugins of what came before. */
export function majorOf(version: string): string {
  const [major, minor] = numbersOf(version);
  return major === 0n ? `0.${minor}` : String(major);
}

/** Whether plugins may expect to run in a host of the other version; below 1.0.0 every minor number is a major. */
export function isSameMajor(a: string, b: string): boolean {
  return majorOf(a) === majorOf(b);
}

function numbersOf(version: string): Version["numbers"] {
  return parseVersion(version)?.numbers ?? [0n, 0n, 0n];
}
