// The releases of a plugin that somebody told the host of -> the newest one that the host would load, for a refusal to name.
import { compareVersions, parseVersion, splitId, type Contract } from "@tenon/contract/core";
import { findContract, readStamp } from "../dialect.ts";

/** One release of a plugin, as an index, a lock or a folder of plugins knows it without opening it. */
export interface PluginRelease {
  /** Semver, the plugin's own: `1.4.2`. */
  readonly version: string;
  /** What its artifacts were built for: ids with versions (`demo:shop/shop@1.0.0`), or digests, which count for more. */
  readonly contracts: readonly string[];
}

/** A release, and which of the host's contracts it was built for. */
export interface FittingRelease {
  readonly version: string;
  /** The contract's id. */
  readonly contract: string;
}

/** The newest that was built for one of `offers`; one with a prerelease in its version only where there is no other. */
export function newestFitting(
  releases: readonly PluginRelease[],
  offers: readonly Contract[],
): FittingRelease | undefined {
  const fitting = releases.flatMap(({ version, contracts }) => {
    const contract = findContract(offers, contracts.map(readStamp));
    return contract === undefined ? [] : [{ version, contract: contract.id }];
  });
  const newestFirst = fitting.sort((a, b) => olderFirst(b.version, a.version));
  return newestFirst.find(({ version }) => parseVersion(version)?.pre.length === 0) ?? newestFirst[0];
}

/** `take acme/packer 1.4.2, its newest release that fits this host (built for 2.1.0)`; undefined where none does. */
export function releaseText(plugin: string, { version, contract }: FittingRelease): string {
  return `take ${plugin} ${version}, its newest release that fits this host (built for ${splitId(contract).version || contract})`;
}

/** Orders semver texts; what is none comes before all that are. */
export function olderFirst(a: string, b: string): number {
  const [one, other] = [parseVersion(a), parseVersion(b)];
  if (one === undefined || other === undefined) return Number(one !== undefined) - Number(other !== undefined);
  return compareVersions(one, other);
}
