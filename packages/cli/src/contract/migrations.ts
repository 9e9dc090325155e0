// The migrations in a contract's folder -> which versions they carry to HEAD, and what is wrong with them. They are code of
// the folder's author, and are run.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  checkMigration,
  createContractHistory,
  defineMigration,
  type ContractHistory,
  type Migration,
} from "@tenon/abi/adapt";
import { TenonError } from "@tenon/contract";
import {
  isOlder,
  isSameMajor,
  majorOf,
  nextVersion,
  type ContractProblem,
  type Snapshot,
} from "@tenon/contract/evolution";
import type { LoadedFolder } from "./folder.ts";

const MIGRATIONS = "migrations";
const FILE = /^\d+(\.\d+)?-\d+(\.\d+)?\.(mjs|js|mts|ts)$/;

export interface MigratedFolder extends LoadedFolder {
  readonly migrated: ReadonlyMap<string, string>;
  /** What is wrong with the migrations themselves. */
  readonly migrationProblems: readonly ContractProblem[];
}

interface LoadedMigration {
  /** `migrations/1-2.mjs` */
  readonly file: string;
  readonly migration: Migration;
}

/** Throws `config-invalid` for a file that cannot be loaded or gives no migration. */
export async function withMigrations(folder: LoadedFolder): Promise<MigratedFolder> {
  const loaded = await readMigrations(folder.path);
  const snapshots = new Map([...folder.snapshots, ...headOf(folder)]);
  const problems = await Promise.all(loaded.map((one) => problemsOf(one, snapshots)));
  const usable = loaded.filter((one) => misled(one, snapshots) === undefined);
  const migrations = usable.map(({ migration }) => migration);
  const history = createContractHistory({ snapshots: [...snapshots.values()], migrations });
  return { ...folder, migrated: carried(folder, history), migrationProblems: problems.flat() };
}

/** One file for each pair of adjacent majors: `1-2.mjs`. */
export async function readMigrations(folder: string): Promise<LoadedMigration[]> {
  const path = join(folder, MIGRATIONS);
  const names = existsSync(path) ? readdirSync(path).filter((name) => FILE.test(name)) : [];
  return Promise.all(
    names.sort().map(async (name) => ({ file: `${MIGRATIONS}/${name}`, migration: await load(join(path, name)) })),
  );
}

async function load(path: string): Promise<Migration> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (thrown) {
    const isTypeScript = /\.m?ts$/.test(path);
    throw new TenonError("config-invalid", `${path} cannot be loaded: ${TenonError.from(thrown).what}`, {
      hint: isTypeScript
        ? "run the command where node loads TypeScript: Node 22.18 or newer, or NODE_OPTIONS=--import=tsx"
        : "install what it imports, and mend what the message names",
      cause: thrown,
      sideEffects: "none",
    });
  }
  const found = module.default as Partial<Migration> | undefined;
  // Also a plain object will do, for folders without an install.
  if (typeof found?.from === "string" && typeof found.to === "string") return defineMigration(found as Migration);
  throw new TenonError("config-invalid", `${path} has no migration as its default export`, {
    hint: "export default defineMigration({ from, to, ... })",
    sideEffects: "none",
  });
}

/** HEAD under the number that it gets, unless it is frozen. */
function headOf(folder: LoadedFolder): (readonly [string, Snapshot])[] {
  const version = nextVersion(folder);
  if (version === undefined) return [];
  const { contract } = folder.head;
  const id = `${contract.id.replace(/@.*$/, "")}@${version}`;
  return [[version, { ...folder.head, contract: { ...contract, id } }]];
}

async function problemsOf(one: LoadedMigration, snapshots: ReadonlyMap<string, Snapshot>): Promise<ContractProblem[]> {
  const { file, migration } = one;
  const wrong = misled(one, snapshots);
  if (wrong !== undefined) return [{ rule: "MIGRATION_REQUIRED", path: file, message: wrong }];
  const ends = { from: snapshots.get(migration.from) as Snapshot, to: snapshots.get(migration.to) as Snapshot };
  const { problems } = await checkMigration(migration, ends);
  return problems.map(({ rule, path, message }) => ({
    rule,
    path: file,
    message: path === "" ? message : `${path}: ${message}`,
  }));
}

/** Why a migration does not lead from one major version to the next, or not by its name. */
function misled(
  { file, migration: { from, to } }: LoadedMigration,
  snapshots: ReadonlyMap<string, Snapshot>,
): string | undefined {
  const leads = `leads from ${from} to ${to}`;
  const name = `${majorOf(from)}-${majorOf(to)}`;
  const unknown = [from, to].find((version) => !snapshots.has(version));
  if (unknown !== undefined) return `${leads}, and ${unknown} is no version of the contract`;
  if (!isOlder(from, to) || isSameMajor(from, to)) return `${leads}, not to a newer major version`;
  const between = [...snapshots.keys()].filter((one) => isOlder(from, one) && isOlder(one, to));
  if (between.some((one) => !isSameMajor(one, from) && !isSameMajor(one, to)))
    return `${leads}, past a major version between`;
  return file.startsWith(`${MIGRATIONS}/${name}.`) ? undefined : `${leads}: call it ${name}`;
}

/** The frozen versions whose plugins run in a host of HEAD by migrations, and which. */
function carried({ lock, snapshots, head }: LoadedFolder, history: ContractHistory): Map<string, string> {
  const found = new Map<string, string>();
  for (const { version } of lock?.versions ?? []) {
    const digest = snapshots.get(version)?.contract.digest;
    if (digest === undefined) continue;
    const { verdict, steps } = history.judge(digest, head.contract.digest);
    if (verdict !== "migrated") continue;
    const names = steps.filter(({ isMigration }) => isMigration).map(({ from, to }) => `${from} -> ${to}`);
    found.set(version, names.join(", "));
  }
  return found;
}
