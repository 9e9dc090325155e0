// contract.lock.json on disk -> what it says.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readLock, type ContractLock } from "@tenon/contract/evolution";
import { readJson } from "./json-file.ts";

export const LOCK = "contract.lock.json";

/** undefined where a contract's folder has none. Throws `contract-invalid` for a damaged one. */
export function readLockFile(folder: string): ContractLock | undefined {
  const path = join(folder, LOCK);
  return existsSync(path) ? readLock(readJson(path)) : undefined;
}

/** The version under which the folder of a WIT package has frozen the contract of this digest. */
export function frozenAs(folder: string, digest: string): string | undefined {
  return readLockFile(folder)?.versions.findLast(({ abi }) => abi === digest)?.version;
}
