// @ts-check
// The frozen versions and the migrations of this example as a host of theirs reads them.
import { readFileSync, readdirSync } from "node:fs";
import { createContractHistory, snapshotFromJson } from "tenon/adapt";

const CONTRACT = new URL("contract/", import.meta.url);

/** Ascending. */
export const VERSIONS = readdirSync(new URL("frozen/", CONTRACT)).sort();

const snapshots = VERSIONS.map((version) =>
  snapshotFromJson(JSON.parse(readFileSync(new URL(`frozen/${version}/snapshot.json`, CONTRACT), "utf8"))),
);
const migrations = await Promise.all(
  readdirSync(new URL("migrations/", CONTRACT))
    .filter((name) => name.endsWith(".mjs"))
    .map(async (name) => (await import(new URL(`migrations/${name}`, CONTRACT).href)).default),
);

export const history = createContractHistory({ snapshots, migrations });

/** A history that ends with a version: all that a host of that day knew. @param {string} version */
export function historyUntil(version) {
  const known = snapshots.slice(0, VERSIONS.indexOf(version) + 1);
  const isKnown = (/** @type {string} */ one) => VERSIONS.indexOf(one) < known.length;
  return createContractHistory({
    snapshots: known,
    migrations: migrations.filter(({ from, to }) => isKnown(from) && isKnown(to)),
  });
}

/** What a host or a plugin of a version speaks. @param {string} version */
export function contractOf(version) {
  const found = snapshots[VERSIONS.indexOf(version)];
  if (found === undefined) throw new Error(`there is no version ${version}`);
  return found.contract;
}

/** What becomes of a plugin that was built for one version in a host of another. @param {string} plugin @param {string} host */
export function judge(plugin, host) {
  return history.judge(contractOf(plugin).digest, contractOf(host).digest);
}
