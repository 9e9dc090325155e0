// A contract's folder on disk -> its HEAD, its lock and its frozen versions.
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TenonError, selectWorld } from "@tenon/contract";
import {
  readContractConfig,
  snapshotFromJson,
  takeSnapshot,
  type ContractFolder,
  type Snapshot,
} from "@tenon/contract/evolution";
import { readWit } from "../contract-source.ts";
import { readBounded } from "../foreign-file.ts";
import { readJson } from "./json-file.ts";
import { LOCK, readLockFile } from "./lock-file.ts";

export const FROZEN = "frozen";
export const SNAPSHOT = "snapshot.json";
const CONFIG = "contract.json";

const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface LoadedFolder extends ContractFolder {
  readonly path: string;
  /** The package without its version, and the world. */
  readonly package: string;
  readonly world: string;
  /** UTC. */
  readonly today: string;
}

/**
 * HEAD without unstable items, and everything frozen. A frozen snapshot that cannot be read is left out; the check says
 * so. Throws what reading WIT throws, and `contract-invalid` for a damaged lock.
 */
export function readFolder(path: string, selection: { readonly world?: string | undefined } = {}): LoadedFolder {
  const lock = readLockFile(path);
  const loaded = readWit(path);
  const { resolve, rootPackage } = loaded;
  const index = selectWorld(resolve, rootPackage, selection.world ?? lock?.world);
  const pkg = resolve.packages[rootPackage]?.name.replace(/@.*$/, "") ?? "";
  if (lock !== undefined && lock.package !== pkg) {
    throw new TenonError("config-invalid", `${join(path, LOCK)} is about ${lock.package}, but the WIT is ${pkg}`, {
      hint: "a package keeps its name; start a new folder for another one",
      sideEffects: "none",
    });
  }
  const digests = new Map(filesBelow(join(path, FROZEN)).map((file) => [file, digestOf(join(path, FROZEN, file))]));
  const snapshots = new Map<string, Snapshot>();
  for (const { version } of lock?.versions ?? []) {
    const snapshot = tryRead(join(path, FROZEN, version, SNAPSHOT));
    if (snapshot !== undefined) snapshots.set(version, snapshot);
  }
  const world = resolve.worlds[index]?.name ?? "";
  return {
    path,
    package: pkg,
    world,
    today: new Date().toISOString().slice(0, 10),
    lock,
    files: digests,
    snapshots,
    head: takeSnapshot(loaded, index),
    supportWindow: readConfig(path).supportWindow,
  };
}

/** What the folder's author decided, in `contract.json`; nothing of it has to be there. */
function readConfig(folder: string): ReturnType<typeof readContractConfig> {
  const path = join(folder, CONFIG);
  return existsSync(path) ? readContractConfig(readJson(path)) : {};
}

function tryRead(path: string): Snapshot | undefined {
  try {
    return snapshotFromJson(readJson(path));
  } catch (thrown) {
    if (thrown instanceof TenonError) return undefined;
    throw thrown;
  }
}

/** `sha256:...` of a file's bytes. */
export function digestOf(path: string): string {
  return `sha256:${createHash("sha256").update(readBounded(path, MAX_FILE_BYTES)).digest("hex")}`;
}

/** Paths of all files below a folder, with `/`, sorted; none where there is no folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}
