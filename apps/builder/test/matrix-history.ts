// The frozen versions of the builder contract, as the tests of every version in hosts of every version ask for them.
import type { Contract } from "@tenon/contract";
import type { AdapterJudgement, ContractHistory } from "tenon/adapt";
import { builderHistory } from "../dist/host/history.js";

export const history: ContractHistory = await builderHistory();

const contracts = new Map(history.snapshots.map(({ contract }) => [contract.id.split("@")[1]!, contract]));

/** Ascending. */
export const VERSIONS: readonly string[] = [...contracts.keys()];

/** What a host or a plugin of a version speaks. */
export function contractOf(version: string): Contract {
  const found = contracts.get(version);
  if (found === undefined) throw new Error(`there is no version ${version}`);
  return found;
}

/** What becomes of a plugin that was built for one version in a host of another. */
export function judge(plugin: string, host: string): AdapterJudgement {
  return history.judge(contractOf(plugin).digest, contractOf(host).digest);
}
