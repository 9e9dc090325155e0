// The frozen versions of the builder contract and the migrations between them -> what plugins of all of them are spoken with.
import { readdirSync, readFileSync } from "node:fs";
import type { Contract } from "@tenon/contract";
import { createContractHistory, snapshotFromJson, type ContractHistory, type Migration } from "tenon/adapt";

const CONTRACT = new URL("../../../../contracts/builder/", import.meta.url);
const FROZEN = new URL("frozen/", CONTRACT);
const MIGRATIONS = new URL("migrations/", CONTRACT);

/** A version is added to it by a folder, a major one by a file too; nothing here names any. */
export async function builderHistory(): Promise<ContractHistory> {
  const snapshots = readdirSync(FROZEN).map((version) =>
    snapshotFromJson(JSON.parse(readFileSync(new URL(`${version}/snapshot.json`, FROZEN), "utf8"))),
  );
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".mjs"));
  const migrations = await Promise.all(
    files.map(async (name) => ((await import(new URL(name, MIGRATIONS).href)) as { default: Migration }).default),
  );
  return createContractHistory({ snapshots, migrations });
}

/** The ids of all contracts whose plugins a host of `contract` loads, beside `contract` itself. */
export function spokenVersions(contract: Contract, histories: readonly ContractHistory[]): readonly string[] {
  return histories.flatMap((history) =>
    history.snapshots
      .filter((one) => history.judge(one.contract.digest, contract.digest).verdict !== "incompatible")
      .map((one) => one.contract.id)
      .filter((id) => id !== contract.id),
  );
}
