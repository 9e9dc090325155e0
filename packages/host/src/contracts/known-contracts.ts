// The histories of contracts that a host was given -> which older contracts it can speak, and for artifacts of all others
// why not, and what would fit.
import type { ContractAdapter, ContractHistory } from "@tenon/abi/adapt";
import { TenonError, splitId, type Contract, type Json } from "@tenon/contract/core";
import type { Snapshot, Verdict } from "@tenon/contract/evolution";
import { newestFitting, olderFirst, releaseText, type FittingRelease, type PluginRelease } from "./releases.ts";

/** One version of a contract beside the host's own. */
export interface KnownVersion {
  readonly snapshot: Snapshot;
  readonly verdict: Verdict;
  /** Compiled at the first plugin that needs it. */
  readonly adapter: () => ContractAdapter;
}

/** The plugin that was refused, and what is known of its other releases. */
export interface Refused {
  readonly id: string;
  readonly releases: readonly PluginRelease[] | undefined;
}

export class KnownContracts {
  readonly #histories: readonly ContractHistory[];
  readonly #others = new WeakMap<Contract, readonly KnownVersion[]>();

  constructor(histories: readonly ContractHistory[]) {
    this.#histories = histories;
  }

  /** What `contract` was frozen as, or is in its history; undefined for a contract without one. */
  snapshotOf(contract: Contract): Snapshot | undefined {
    return this.#historyOf(contract)?.find(contract.digest);
  }

  /** The other versions that a host of `contract` can load plugins of, the newest first. */
  othersOf(contract: Contract): readonly KnownVersion[] {
    let others = this.#others.get(contract);
    if (others === undefined) {
      const all = this.#judged(contract);
      this.#others.set(contract, (others = all.filter(({ verdict }) => verdict !== "incompatible")));
    }
    return others;
  }

  /**
   * A refusal with what is known: the exact paths that do not fit, which plugins and hosts would, and the newest release of
   * the plugin that does. As it was where neither a history nor releases are there.
   */
  explained(error: TenonError, contract: Contract, { id, releases }: Refused): TenonError {
    const history = this.#historyOf(contract);
    if (error.code !== "contract-mismatch" || (history === undefined && releases === undefined)) return error;
    const stamps = stampsOf(error);
    const own = history && stamps.flatMap((stamp) => snapshotOf(stamp, history) ?? [])[0];
    const plugins = [contract, ...this.othersOf(contract).map(({ snapshot }) => snapshot.contract)];
    const hosts = own === undefined ? newerThanKnown(stamps, plugins) : hostsOf(own, history!);
    const release = releases && newestFitting(releases, plugins);
    const { details } = error;
    return new TenonError("contract-mismatch", error.what, {
      hint: hintOf({ id, releases, release, plugins, hosts }),
      notes: [
        ...error.notes,
        ...(own === undefined ? [] : pathsOf(history!.judge(own.contract.digest, contract.digest))),
      ],
      sideEffects: "none",
      cause: error.cause,
      details: {
        ...(typeof details === "object" && details !== null && !Array.isArray(details) ? details : {}),
        fits: { plugins: versionsOf(plugins), hosts, ...(releases && { release: release ? { ...release } : null }) },
      },
    });
  }

  #historyOf({ digest }: Contract): ContractHistory | undefined {
    return this.#histories.find((history) => history.find(digest) !== undefined);
  }

  #judged(contract: Contract): KnownVersion[] {
    const history = this.#historyOf(contract);
    if (history === undefined) return [];
    return newestFirst(history.snapshots)
      .filter((snapshot) => snapshot.contract.id !== contract.id)
      .map((snapshot) => {
        const { digest } = snapshot.contract;
        const { verdict } = history.judge(digest, contract.digest);
        // Versions of one digest share an adapter, which knows the newest only.
        const adapter = (): ContractAdapter => ({
          ...history.adapter(digest, contract.digest),
          plugin: snapshot.contract,
          host: contract,
        });
        return { snapshot, verdict, adapter };
      });
  }
}

function newestFirst(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  return [...snapshots].sort((a, b) => olderFirst(versionOf(b.contract), versionOf(a.contract)));
}

/** The id, where it has none. */
function versionOf({ id }: Pick<Contract, "id">): string {
  return splitId(id).version || id;
}

/** Ascending, and each once. */
function versionsOf(contracts: readonly Pick<Contract, "id">[]): readonly string[] {
  return [...new Set(contracts.map(versionOf))].sort(olderFirst);
}

interface Named {
  readonly id?: string;
  readonly digest?: string;
}

function stampsOf({ details }: TenonError): readonly Named[] {
  const plugin = (details as { readonly plugin?: Json } | undefined)?.plugin;
  return Array.isArray(plugin) ? (plugin as readonly Named[]) : [];
}

/** By the digest; or by the version in an id, which is that of a contract or of an interface. */
function snapshotOf({ id, digest }: Named, history: ContractHistory): Snapshot | undefined {
  const found = digest === undefined ? undefined : history.find(digest);
  if (found !== undefined || digest !== undefined || id === undefined) return found;
  const { pkg, version } = splitId(id);
  return history.snapshots.find(({ contract }) => {
    const own = splitId(contract.id);
    return own.pkg === pkg && own.version === version;
  });
}

/** The versions whose hosts would load a plugin of this snapshot. */
function hostsOf({ contract }: Snapshot, history: ContractHistory): readonly string[] {
  const fitting = history.snapshots.filter(
    (host) => history.judge(contract.digest, host.contract.digest).verdict !== "incompatible",
  );
  return versionsOf(fitting.map((host) => host.contract));
}

/** A plugin of a version that is not in the history: whoever froze that has a host for it. */
function newerThanKnown(stamps: readonly Named[], plugins: readonly Contract[]): readonly string[] {
  const newest = versionsOf(plugins).at(-1) ?? "";
  return versionsOf(stamps.flatMap(({ id }) => (id === undefined ? [] : [{ id }]))).filter(
    (version) => olderFirst(version, newest) > 0,
  );
}

interface Hint extends Refused {
  readonly release: FittingRelease | undefined;
  readonly plugins: readonly Contract[];
  readonly hosts: readonly string[];
}

function hintOf({ id, releases, release, plugins, hosts }: Hint): string {
  const versions = versionsOf(plugins);
  const builtFor = `built for ${[versions.at(-1), ...versions.slice(0, -1).reverse()].join(" or ")}`;
  const asked = `take the newest version of the plugin that was ${builtFor}`;
  const none = `none of the ${releases?.length} releases of ${id} that are known fits this host: one would have to be ${builtFor}`;
  const first = release !== undefined ? releaseText(id, release) : releases?.length ? none : asked;
  const [oldest, ...later] = hosts;
  if (oldest === undefined) return first;
  return `${first}; or a host of ${oldest}, the oldest that runs this one${later.length > 0 ? ` (so do ${later.join(", ")})` : ""}`;
}

const MAX_PATHS = 20;

function pathsOf({ steps }: ReturnType<ContractHistory["judge"]>): readonly string[] {
  const lines = steps.flatMap(({ problems }) => problems);
  return lines.length <= MAX_PATHS ? lines : [...lines.slice(0, MAX_PATHS), `and ${lines.length - MAX_PATHS} more`];
}
