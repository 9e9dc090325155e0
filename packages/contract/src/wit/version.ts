// Semver text -> a version that can be compared. Grammar and order: semver.org 2.0.0.

export interface Version {
  readonly text: string;
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly pre: readonly string[];
}

const NUMBER = "(?:0|[1-9][0-9]*)";
const PRE = "(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)";
const VERSION = new RegExp(
  `^(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${PRE}(?:\\.${PRE})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);
const MAX_NUMBER = 2n ** 64n;

/** undefined for anything that is not exactly a semver version with 64-bit numbers. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > 256) return undefined;
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const numbers = [BigInt(match[1] ?? 0), BigInt(match[2] ?? 0), BigInt(match[3] ?? 0)] as const;
  if (numbers.some((number) => number >= MAX_NUMBER)) return undefined;
  return { text, numbers, pre: match[4]?.split(".") ?? [] };
}

/** Negative, zero or positive by precedence; build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    if (a.numbers[index] !== b.numbers[index]) return a.numbers[index] < b.numbers[index] ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (let index = 0; index < Math.min(a.pre.length, b.pre.length); index += 1) {
    const order = comparePre(a.pre[index] ?? "", b.pre[index] ?? "");
    if (order !== 0) return order;
  }
  return a.pre.length - b.pre.length;
}

function comparePre(a: string, b: string): number {
  if (a === b) return 0;
  const aNumeric = /^[0-9]+$/.test(a);
  const bNumeric = /^[0-9]+$/.test(b);
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  if (aNumeric && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}
