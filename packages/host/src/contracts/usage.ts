// Who uses which contract, and what of it is deprecated: counted where it happens, read as one object.
import type { Contract } from "@tenon/contract/core";
import type { Deprecation } from "@tenon/contract/deprecations";
import type { Verdict } from "@tenon/contract/evolution";
import type { HostFunction } from "../driver.ts";
import type { LogEntry } from "../output.ts";

/** One plugin, and one contract that it was built for. */
export interface ContractUse {
  readonly plugin: string;
  /** `tenon:builder/plugin@0.1.0` */
  readonly contract: string;
  readonly digest: string;
  /** How it fits the host's own contract. */
  readonly verdict: Verdict;
  /** Sessions that were opened with it. */
  readonly starts: number;
  /** ISO 8601, UTC. */
  readonly lastUsed: string;
}

/** One plugin, and one deprecated thing that it uses. */
export interface DeprecatedUse extends Deprecation {
  readonly plugin: string;
  /** The contract that calls it deprecated: the host's own, or the plugin's where the host's has it no more. */
  readonly contract: string;
  /** The host function that it calls: `report.log`. */
  readonly path: string;
  readonly calls: number;
  /** ISO 8601, UTC. */
  readonly lastUsed: string;
}

/** What a host has counted since it was made. */
export interface UsageReport {
  readonly contracts: readonly ContractUse[];
  readonly deprecated: readonly DeprecatedUse[];
}

interface Count {
  calls: number;
  last: number;
}

type Counted<T> = Count & { readonly facts: T };

/** The uses of one host. */
export class UsageMeter {
  readonly #contracts = new Map<string, Counted<Omit<ContractUse, "starts" | "lastUsed">>>();
  readonly #deprecated = new Map<string, Counted<Omit<DeprecatedUse, "calls" | "lastUsed">>>();
  readonly #onLog: (entry: LogEntry) => void;

  constructor(onLog: (entry: LogEntry) => void) {
    this.#onLog = onLog;
  }

  started(plugin: string, { id, digest }: Contract, verdict: Verdict): void {
    const key = `${plugin} ${id}`;
    let count = this.#contracts.get(key);
    if (count === undefined)
      this.#contracts.set(key, (count = { calls: 0, last: 0, facts: { plugin, contract: id, digest, verdict } }));
    count.calls++;
    count.last = Date.now();
  }

  /** `run` for one plugin, with its calls counted; at the first of them the host's log warns. */
  counted(
    run: HostFunction,
    { plugin, contract, path }: Pick<DeprecatedUse, "plugin" | "contract" | "path">,
    deprecations: readonly Deprecation[],
  ): HostFunction {
    const counts = deprecations.map((deprecation) => {
      const key = `${plugin} ${contract} ${path} ${deprecation.item}`;
      const count = this.#deprecated.get(key) ?? {
        calls: 0,
        last: 0,
        facts: { plugin, contract, path, ...deprecation },
      };
      this.#deprecated.set(key, count);
      return count;
    });
    return (...args) => {
      const now = Date.now();
      for (const count of counts) {
        if (count.calls++ === 0) this.#warn(count.facts, now);
        count.last = now;
      }
      return run(...args);
    };
  }

  report(): UsageReport {
    const iso = (time: number): string => new Date(time).toISOString();
    return {
      contracts: [...this.#contracts.values()].map(({ facts, calls, last }) => ({
        ...facts,
        starts: calls,
        lastUsed: iso(last),
      })),
      // What a plugin could call, but never has, is no use.
      deprecated: [...this.#deprecated.values()]
        .filter(({ calls }) => calls > 0)
        .map(({ facts, calls, last }) => ({ ...facts, calls, lastUsed: iso(last) })),
    };
  }

  #warn(
    { plugin, path, item, since, replacedBy, removeAfter }: Omit<DeprecatedUse, "calls" | "lastUsed">,
    time: number,
  ): void {
    const what = item.endsWith(`.${path.slice(path.lastIndexOf(".") + 1)}`) ? path : `${path} (by ${item})`;
    const instead = replacedBy === undefined ? "" : `; use ${replacedBy}`;
    const until = removeAfter === undefined ? "" : `; it stays until ${removeAfter}`;
    const text = `${what} is deprecated since ${since}${instead}${until}`;
    this.#onLog({ plugin, stream: "log", level: "warn", text, time, fields: { deprecated: item } });
  }
}
