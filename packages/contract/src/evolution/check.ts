// A contract's HEAD and all its frozen versions -> what must not be merged.
import { splitId } from "../names.ts";
import { lintSnapshot } from "./compare-gates.ts";
import { diffSnapshots, type ContractDiff } from "./diff.ts";
import { Findings, type Finding } from "./findings.ts";
import type { ContractLock, FrozenVersion } from "./lock.ts";
import { bumpFor, bumpVersion, isSameMajor } from "./next-version.ts";
import type { RuleId } from "./rules.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotToJson } from "./snapshot-json.ts";
import { earlyItems, earlyRemovals, type SupportWindow } from "./support-window.ts";
import { isSafeVerdict } from "./verdict.ts";

/** What is on disk, read by whoever can read. */
export interface ContractFolder {
  /** undefined before the first freeze. */
  readonly lock: ContractLock | undefined;
  /** `sha256:` digests of all files below `frozen/`, by `<version>/<path>`. */
  readonly files: ReadonlyMap<string, string>;
  /** The snapshots of the frozen versions, as far as they can be read. */
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly head: Snapshot;
  /** By frozen version, the migrations that carry its plugins to HEAD, as a text. */
  readonly migrated?: ReadonlyMap<string, string>;
  /** How long plugins are promised to run, where that is promised. */
  readonly supportWindow?: SupportWindow | undefined;
  /** `YYYY-MM-DD`. Without it nothing is removed too early. */
  readonly today?: string;
}

export interface ContractProblem {
  readonly rule: RuleId;
  /** `frozen/0.1.0/builder.wit`, or the path of an item of the contract. */
  readonly path: string;
  readonly message: string;
}

/** One frozen version against HEAD. */
export interface FrozenComparison extends ContractDiff {
  readonly frozen: FrozenVersion;
  /** The migrations by which its plugins come to HEAD, where the rules alone do not. */
  readonly migrations?: string;
}

export interface ContractCheck {
  readonly problems: readonly ContractProblem[];
  readonly comparisons: readonly FrozenComparison[];
  /** The frozen version that HEAD is, if it is one; else HEAD is unfrozen. */
  readonly frozenAs: string | undefined;
}

export function checkFolder(folder: ContractFolder): ContractCheck {
  const { lock, files, snapshots, head } = folder;
  const versions = lock?.versions ?? [];
  const comparisons = versions.flatMap((frozen): FrozenComparison[] => {
    const snapshot = snapshots.get(frozen.version);
    if (snapshot === undefined) return [];
    const diff = diffSnapshots(snapshot, head);
    const migrations = folder.migrated?.get(frozen.version);
    if (migrations === undefined || isSafeVerdict(diff.verdict)) return [{ frozen, ...diff }];
    return [{ frozen, ...diff, verdict: "migrated", migrations }];
  });
  const problems = [
    ...editedFiles(versions, files),
    ...versions.flatMap((frozen) => snapshotProblems(frozen, snapshots.get(frozen.version))),
    ...lint(head)
      .filter(({ rule }) => rule !== "UNSTABLE_NOT_IN_FROZEN")
      .map((one) => ({ rule: one.rule, path: one.path, message: one.how })),
    ...comparisons.flatMap((one) => brokenSnapshot(one, comparisons.at(-1))),
    ...tooEarly(folder),
  ];
  const frozenAs = versions.findLast(({ abi }) => abi === head.contract.digest)?.version;
  return { problems, comparisons, frozenAs };
}

/** The findings about one snapshot by itself. */
function lint(snapshot: Snapshot): Finding[] {
  const findings = new Findings();
  for (const report of lintSnapshot(snapshot)) findings.add(report);
  return findings.list();
}

function tooEarly({ lock, snapshots, head, supportWindow, today }: ContractFolder): ContractProblem[] {
  if (today === undefined) return [];
  const versions = lock?.versions ?? [];
  const supported = versions.flatMap(({ version, status }) => {
    const snapshot = status === "supported" ? snapshots.get(version) : undefined;
    return snapshot === undefined ? [] : [snapshot];
  });
  return [
    ...(supportWindow === undefined ? [] : earlyRemovals(versions, supportWindow, today)),
    ...earlyItems(supported, head, today),
  ];
}

function editedFiles(versions: readonly FrozenVersion[], files: ReadonlyMap<string, string>): ContractProblem[] {
  const expected = new Map<string, string>(
    versions.flatMap(({ version, files: own }) =>
      Object.entries(own).map(([path, digest]) => [`${version}/${path}`, digest] as const),
    ),
  );
  const problem = (path: string, message: string): ContractProblem => ({
    rule: "FROZEN_NO_EDIT",
    path: `frozen/${path}`,
    message,
  });
  const changed = [...expected].flatMap(([path, digest]) => {
    const now = files.get(path);
    if (now === digest) return [];
    return [problem(path, now === undefined ? "is not there any more" : "is not what was frozen")];
  });
  const foreign = [...files.keys()].filter((path) => !expected.has(path));
  return [...changed, ...foreign.map((path) => problem(path, "was never frozen: contract.lock.json does not list it"))];
}

function snapshotProblems({ version, abi }: FrozenVersion, snapshot: Snapshot | undefined): ContractProblem[] {
  const path = `frozen/${version}/snapshot.json`;
  if (snapshot === undefined) return [{ rule: "FROZEN_NO_EDIT", path, message: "cannot be read as a snapshot" }];
  if (snapshot.contract.digest !== abi)
    return [{ rule: "FROZEN_NO_EDIT", path, message: `is a snapshot of ${snapshot.contract.digest}, not of ${abi}` }];
  return lint(snapshot)
    .filter(({ rule }) => rule === "UNSTABLE_NOT_IN_FROZEN")
    .map(({ rule, path: item, how }) => ({ rule, path: `${version} ${item}`, message: how }));
}

function isBroken({ frozen, verdict }: FrozenComparison): boolean {
  return frozen.status !== "removed" && verdict !== "migrated" && !isSafeVerdict(verdict);
}

/** Plugins of an older major come to HEAD through the last version: they break where that breaks, and for no other reason. */
function brokenSnapshot(comparison: FrozenComparison, last: FrozenComparison | undefined): ContractProblem[] {
  if (!isBroken(comparison)) return [];
  const { frozen, verdict, findings } = comparison;
  if (last !== undefined && isBroken(last) && !isSameMajor(frozen.version, last.frozen.version)) {
    const message = `plugins built for ${frozen.version} come to HEAD through ${last.frozen.version}, which it breaks`;
    return [{ rule: "MIGRATION_REQUIRED", path: frozen.version, message }];
  }
  const breaking = findings.filter(({ breaks }) => breaks.includes("adapted"));
  const first = breaking[0];
  const more = breaking.length > 1 ? `, and ${breaking.length - 1} more` : "";
  const what = first === undefined ? "" : ` (${first.rule} ${first.path}: ${first.how}${more})`;
  return [
    {
      rule: "MIGRATION_REQUIRED",
      path: frozen.version,
      message: `plugins built for ${frozen.version} are ${verdict} with HEAD${what}`,
    },
  ];
}

/** All that a snapshot says, but its version: a new annotation is a change, too, for adapters go by it. */
function contentOf(snapshot: Snapshot): string {
  const { version } = splitId(snapshot.contract.id);
  const text = JSON.stringify(snapshotToJson(snapshot));
  return version === "" ? text : text.replaceAll(`@${version}`, "");
}

/**
 * The number that HEAD gets when it is frozen, or undefined where it is what was frozen last. Before the first freeze it
 * is the version of the WIT package itself, or 0.1.0. Only snapshots of the last major count: older ones have been broken
 * already.
 */
export function nextVersion({ lock, snapshots, head }: ContractFolder): string | undefined {
  const last = lock?.versions.at(-1);
  if (last === undefined) return /@(.+)$/.exec(head.contract.id)?.[1] ?? "0.1.0";
  const same = (lock?.versions ?? []).filter(
    ({ version, status }) => status === "supported" && isSameMajor(version, last.version),
  );
  const diffs = same.flatMap(({ version }) => {
    const snapshot = snapshots.get(version);
    return snapshot === undefined ? [] : [diffSnapshots(snapshot, head)];
  });
  const latest = snapshots.get(last.version);
  if (latest !== undefined && contentOf(latest) === contentOf(head)) return undefined;
  const bump = bumpFor(diffs);
  return bumpVersion(last.version, bump === "none" ? "patch" : bump);
}
