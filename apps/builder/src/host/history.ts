// The frozen versions of the builder contract -> what plugins of all of them are spoken with.
import { readdirSync, readFileSync } from "node:fs";
import { createContractHistory, snapshotFromJson, type ContractHistory } from "tenon/adapt";

const FROZEN = new URL("../../../../contracts/builder/frozen/", import.meta.url);

export function builderHistory(): ContractHistory {
  const snapshots = readdirSync(FROZEN).map((version) =>
    snapshotFromJson(JSON.parse(readFileSync(new URL(`${version}/snapshot.json`, FROZEN), "utf8"))),
  );
  return createContractHistory({ snapshots });
}
