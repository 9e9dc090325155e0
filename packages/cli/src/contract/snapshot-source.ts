// A path -> the snapshot that it names: WIT as it is now, or a frozen one.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { selectWorld } from "@tenon/contract";
import { snapshotFromJson, takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { readWit, type WitSelection } from "../contract-source.ts";
import { readJson } from "./json-file.ts";
import { statOf } from "../foreign-file.ts";

/**
 * A `snapshot.json`, a folder that holds one, or WIT. Throws what reading WIT throws, and `contract-invalid` for a
 * snapshot that is damaged.
 */
export function readSnapshot(path: string, selection: WitSelection = {}): Snapshot {
  const frozen = path.endsWith(".json") ? path : join(path, "snapshot.json");
  const isFolder = statOf(path)?.isDirectory() ?? false;
  if (path.endsWith(".json") || (isFolder && existsSync(frozen))) return snapshotFromJson(readJson(frozen));
  const loaded = readWit(path, selection);
  return takeSnapshot(loaded, selectWorld(loaded.resolve, loaded.rootPackage, selection.world));
}
