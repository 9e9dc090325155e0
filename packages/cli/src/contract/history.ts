// A contract's folder on disk -> its history: every frozen version, HEAD, and the migrations between majors.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createContractHistory, type ContractHistory } from "@tenon/abi/adapt";
import type { Contract } from "@tenon/contract";
import { bumpVersion, nextVersion, versionOf, type Snapshot } from "@tenon/contract/evolution";
import { readFolder, type LoadedFolder } from "./folder.ts";
import { LOCK } from "./lock-file.ts";
import { readMigrations } from "./migrations.ts";
import { readSnapshot } from "./snapshot-source.ts";

export interface HostSide {
  /** What the host speaks. */
  readonly contract: Contract;
  readonly history: ContractHistory;
}

/** A contract's folder; or WIT or a snapshot alone, which is a history of one version. */
export async function readHost(
  path: string,
  selection: { readonly world?: string | undefined } = {},
): Promise<HostSide> {
  if (existsSync(join(path, LOCK))) return await hostOf(readFolder(path, selection));
  const snapshot = readSnapshot(path, selection);
  return { contract: snapshot.contract, history: createContractHistory({ snapshots: [snapshot] }) };
}

/** The host of HEAD; or, with `changed`, of what HEAD would become, as the version after it. */
export async function hostOf(folder: LoadedFolder, changed?: Snapshot): Promise<HostSide> {
  const { head } = folder;
  const version = nextVersion(folder) ?? frozenAs(folder) ?? versionOf(head);
  const others = [...folder.snapshots.values()].filter((one) => versionOf(one) !== version);
  const own = named(head, version);
  const next = changed === undefined ? undefined : named(changed, bumpVersion(version, "patch"));
  const snapshots = [...others, own, ...(next === undefined ? [] : [next])];
  const migrations = (await readMigrations(folder.path)).map(({ migration }) => migration);
  return { contract: (next ?? own).contract, history: createContractHistory({ snapshots, migrations }) };
}

function named(snapshot: Snapshot, version: string): Snapshot {
  const id = snapshot.contract.id.replace(/(@[^/]*)?$/, `@${version}`);
  return { ...snapshot, contract: { ...snapshot.contract, id } };
}

function frozenAs({ lock, head }: LoadedFolder): string | undefined {
  return lock?.versions.findLast(({ abi }) => abi === head.contract.digest)?.version;
}
