// The histories of contracts that a host was given -> which older contracts it can speak, and for artifacts of all others
// why not, and what would fit.
import type { ContractAdapter, ContractHistory } from "@tenon/abi/adapt";
import { TenonError, splitId, type Contract, type Json } from "@tenon/contract/core";
import type { Snapshot, Verdict } from "@tenon/contract/evolution";

/** One version of a contract beside the host's own. */
export interface KnownVersion {
  readonly snapshot: Snapshot;
  readonly verdict: Verdict;
  /** Compiled at the first plugin that needs it. */
  readonly adapter: () => ContractAdapter;
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

  /** A refusal with what the history knows: the exact paths that do not fit, and which plugins and hosts would. */
  explained(error: TenonError, contract: Contract): TenonError {
    const history = this.#historyOf(contract);
    if (history === undefined || error.code !== "contract-mismatch") return error;
    const stamps = stampsOf(error);
    const own = stamps.flatMap((stamp) => snapshotOf(stamp, history) ?? [])[0];
    const plugins = [contract, ...this.othersOf(contract).map(({ snapshot }) => snapshot.contract)];
    const hosts = own === undefined ? newerThanKnown(stamps, plugins) : hostsOf(own, history);
    const { details } = error;
    return new TenonError("contract-mismatch", error.what, {
      hint: hintOf(versionsOf(plugins), hosts),
      notes: [
        ...error.notes,
        ...(own === undefined ? [] : pathsOf(history.judge(own.contract.digest, contract.digest))),
      ],
      sideEffects: "none",
      cause: error.cause,
      details: {
        ...(typeof details === "object" && details !== null && !Array.isArray(details) ? details : {}),
        fits: { plugins: versionsOf(plugins), hosts },
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
  return [...snapshots].sort((a, b) => compareVersions(versionOf(b.contract), versionOf(a.contract)));
}

function versionOf({ id }: Pick<Contract, "id">): string {
  return splitId(id).version;
}

/** Ascending, and each once. */
function versionsOf(contracts: readonly Pick<Contract, "id">[]): readonly string[] {
  return [...new Set(contracts.map(versionOf))].sort(compareVersions);
}

/** By the three numbers; what is frozen has no prerelease. */
function compareVersions(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => text.split(/[.+-]/).slice(0, 3).map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (one?.[index] ?? 0) - (other?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
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
    (version) => version !== "" && compareVersions(version, newest) > 0,
  );
}

function hintOf(plugins: readonly string[], hosts: readonly string[]): string {
  const others = plugins.slice(0, -1).reverse();
  const newest = `take the newest version of the plugin that was built for ${[plugins.at(-1), ...others].join(" or ")}`;
  const [oldest, ...later] = hosts;
  if (oldest === undefined) return newest;
  return `${newest}; or a host of ${oldest}, the oldest that runs this one${later.length > 0 ? ` (so do ${later.join(", ")})` : ""}`;
}

const MAX_PATHS = 20;

function pathsOf({ steps }: ReturnType<ContractHistory["judge"]>): readonly string[] {
  const lines = steps.flatMap(({ problems }) => problems);
  return lines.length <= MAX_PATHS ? lines : [...lines.slice(0, MAX_PATHS), `and ${lines.length - MAX_PATHS} more`];
}
