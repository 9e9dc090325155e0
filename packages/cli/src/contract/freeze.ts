// `tenon contract freeze`: HEAD -> an immutable snapshot under frozen/<version>/, the version being worked out.
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TenonError, selectWorld } from "@tenon/contract";
import {
  checkFolder,
  earlyRemovals,
  nextVersion,
  snapshotToJson,
  takeSnapshot,
  type ContractLock,
  type ContractProblem,
  type FrozenVersion,
  type Snapshot,
} from "@tenon/contract/evolution";
import { readWit } from "../contract-source.ts";
import { statOf } from "../foreign-file.ts";
import { unwritable, writeChanged } from "../output-files.ts";
import { digestOf, filesBelow, FROZEN, readFolder, SNAPSHOT, type LoadedFolder } from "./folder.ts";
import { LOCK } from "./lock-file.ts";
import { withMigrations } from "./migrations.ts";

export interface FreezeOptions {
  readonly world?: string | undefined;
  /** Give up plugins of versions that HEAD breaks; without it such a HEAD is refused. */
  readonly drop?: boolean | undefined;
}

export interface FreezeReport {
  /** undefined where HEAD is what was frozen last. */
  readonly version: string | undefined;
  readonly abi: string;
  /** Versions whose plugins are given up. */
  readonly dropped: readonly string[];
}

/**
 * Freezes HEAD. Everything is written beside its place and renamed; the lock comes last, so that an interrupted freeze
 * is one that did not happen, plus a folder that `check` names. Throws `config-invalid` where the contract does not pass
 * its check.
 */
export async function freeze(path: string, options: FreezeOptions = {}): Promise<FreezeReport> {
  if (statOf(path)?.isFile() === true)
    throw new TenonError("config-invalid", `${path} is a file, and frozen versions lie beside it`, {
      hint: "name the contract's folder",
      sideEffects: "none",
    });
  const folder = await withMigrations(readFolder(path, options));
  const { problems, comparisons } = checkFolder(folder);
  const broken = problems.filter(({ rule }) => rule === "MIGRATION_REQUIRED");
  const others = problems.filter(({ rule }) => rule !== "MIGRATION_REQUIRED").concat(folder.migrationProblems);
  if (others.length > 0) throw refusal(others, "mend what `tenon contract check` names");
  const version = nextVersion(folder);
  if (broken.length > 0 && !options.drop)
    throw refusal(
      broken,
      `undo the change, write a migration to ${version}, or give up plugins of these versions with --drop`,
    );
  const { digest } = folder.head.contract;
  if (version === undefined) return { version, abi: digest, dropped: [] };
  const gone = new Set(broken.map(({ path: name }) => name));
  const kept = comparisons.map(({ frozen }): FrozenVersion =>
    gone.has(frozen.version) ? { ...frozen, status: "removed" } : frozen,
  );
  refuseEarly(folder, kept, version);
  const entry = writeVersion(folder, version);
  const lock: ContractLock = { tenon: 1, package: folder.package, world: folder.world, versions: [...kept, entry] };
  writeChanged(join(path, LOCK), `${JSON.stringify(lock, null, 2)}\n`);
  for (const name of witFiles(path)) writeChanged(join(path, name), readFileSync(join(path, FROZEN, version, name)));
  return { version, abi: digest, dropped: [...gone] };
}

/** Nobody is given up whom the support window still covers, the new version counted. */
function refuseEarly({ supportWindow, today }: LoadedFolder, kept: readonly FrozenVersion[], version: string): void {
  if (supportWindow === undefined) return;
  const next = { version, abi: "", interfaces: {}, files: {}, frozenAt: today, status: "supported" } as const;
  const early = earlyRemovals([...kept, next], supportWindow, today);
  if (early.length > 0) throw refusal(early, "write a migration, or wait until the support window has passed");
}

function refusal(problems: readonly ContractProblem[], hint: string): TenonError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return new TenonError(
    "config-invalid",
    `the contract cannot be frozen: ${first?.rule} ${first?.path}: ${first?.message}${more}`,
    {
      hint,
      notes: problems.map(({ rule, path, message }) => `${rule} ${path}: ${message}`),
      sideEffects: "none",
    },
  );
}

/** The WIT files of a package folder itself. */
function witFiles(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith(".wit"))
    .sort();
}

function writeVersion(folder: LoadedFolder, version: string): FrozenVersion {
  const target = join(folder.path, FROZEN, version);
  if (existsSync(target)) {
    throw new TenonError("config-invalid", `${target} is there, but ${LOCK} does not list it`, {
      hint: "it is what an interrupted freeze left: remove it and freeze again",
      sideEffects: "none",
    });
  }
  const draft = join(folder.path, FROZEN, `.draft-${randomUUID()}`);
  try {
    mkdirSync(draft, { recursive: true });
    const isNamed = witFiles(folder.path).map((name) => {
      const text = readFileSync(join(folder.path, name), "utf8");
      const named = withVersion(text, folder.package, version);
      writeFileSync(join(draft, name), named ?? text);
      return named !== undefined;
    });
    if (!isNamed.includes(true)) throw noPackageLine(folder);
    const deps = join(folder.path, "deps");
    if (existsSync(deps)) cpSync(deps, join(draft, "deps"), { recursive: true, dereference: true });
    const snapshot = snapshotOf(draft, folder);
    writeFileSync(join(draft, SNAPSHOT), `${JSON.stringify(snapshotToJson(snapshot), null, 1)}\n`);
    renameSync(draft, target);
    const sides = [...snapshot.contract.exports, ...snapshot.contract.imports];
    return {
      version,
      abi: snapshot.contract.digest,
      interfaces: Object.fromEntries(sides.map(({ id, digest }) => [id, digest])),
      files: Object.fromEntries(filesBelow(target).map((file) => [file, digestOf(join(target, file))])),
      frozenAt: folder.today,
      status: "supported",
    };
  } catch (thrown) {
    throw thrown instanceof TenonError ? thrown : unwritable(join(folder.path, FROZEN), thrown);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The text with the package's new version in its `package` line; undefined where it has no such line. */
function withVersion(text: string, pkg: string, version: string): string | undefined {
  const line = new RegExp(`^(\\s*package\\s+${pkg})(@[0-9A-Za-z.+-]+)?(\\s*;)`, "m");
  return line.test(text) ? text.replace(line, `$1@${version}$3`) : undefined;
}

function noPackageLine({ path, package: pkg }: LoadedFolder): TenonError {
  return new TenonError(
    "config-invalid",
    `no file in ${path} has a line \`package ${pkg};\` to write the version into`,
    {
      hint: "put the package's name on a line of its own",
      sideEffects: "none",
    },
  );
}

/** The frozen text read again: what is frozen is what its files say, not what was in memory. */
function snapshotOf(path: string, { world, head }: LoadedFolder): Snapshot {
  const loaded = readWit(path);
  const snapshot = takeSnapshot(loaded, selectWorld(loaded.resolve, loaded.rootPackage, world));
  if (snapshot.contract.digest !== head.contract.digest)
    throw new TenonError("internal", "the frozen text has another digest than the contract that was frozen");
  return snapshot;
}
