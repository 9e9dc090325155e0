// All versions of one contract that a host knows, and the migrations between its majors -> what becomes of a plugin that was
// built for any of them.
import {
  diffSnapshots,
  isOlder,
  isSameMajor,
  versionOf,
  type Finding,
  type Snapshot,
  type Verdict,
} from "@tenon/contract/evolution";
import { TenonError } from "@tenon/contract/base";
import { compileAdapter, mismatch, type AdapterOptions, type ContractAdapter } from "./adapter.ts";
import { buildBridge, type Bridge } from "./bridge.ts";
import { composeBridges } from "./compose-bridges.ts";
import type { Migration } from "./migration.ts";
import { migrationHooks } from "./migration-hooks.ts";

export interface HistoryParts {
  /** In any order. Their versions are those in the ids of their contracts. */
  readonly snapshots: readonly Snapshot[];
  readonly migrations?: readonly Migration[];
}

/** One step on the way from the plugin's version to the host's. */
export interface AdapterStep {
  readonly from: string;
  readonly to: string;
  readonly isMigration: boolean;
  readonly verdict: Verdict;
  /** What changed between the two; of a migration, what its author answered for. */
  readonly findings: readonly Finding[];
  /** Why the step leads nowhere, a line each. */
  readonly problems: readonly string[];
}

export interface AdapterJudgement {
  readonly verdict: Verdict;
  /** One step where no migration is needed, none for an exact pair; else rules and migrations in turn, the plugin's end first. */
  readonly steps: readonly AdapterStep[];
}

export interface ContractHistory {
  /** The oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** The snapshot of a contract's digest, the newest where several versions share one. */
  find(digest: string): Snapshot | undefined;
  /** Makes no code. Throws `contract-mismatch` for a digest that is not in the history. Remembers its answers. */
  judge(pluginDigest: string, hostDigest: string): AdapterJudgement;
  /**
   * One for each pair, fused over all steps; `exact` for equal digests, which `load` treats as none. Throws
   * `contract-mismatch` where the judgement is `incompatible`, with what cannot be bridged as notes.
   */
  adapter(pluginDigest: string, hostDigest: string, options?: AdapterOptions): ContractAdapter;
}

/**
 * Throws `config-invalid` for two snapshots of one version, for two migrations from or to one major, and for one from or to a
 * version that is not there.
 */
export function createContractHistory({ snapshots, migrations = [] }: HistoryParts): ContractHistory {
  return new History(snapshots, migrations);
}

interface Step extends AdapterStep {
  readonly plugin: Snapshot;
  readonly host: Snapshot;
  readonly bridge: Bridge;
}

interface Path {
  readonly plugin: Snapshot;
  readonly host: Snapshot;
  readonly verdict: Verdict;
  readonly steps: readonly Step[];
}

class History implements ContractHistory {
  readonly snapshots: readonly Snapshot[];
  readonly #versions = new Map<string, Snapshot>();
  readonly #digests = new Map<string, Snapshot>();
  readonly #migrations: readonly Migration[];
  readonly #paths = new Map<string, Path>();
  readonly #adapters = new Map<string, ContractAdapter>();

  constructor(snapshots: readonly Snapshot[], migrations: readonly Migration[]) {
    this.snapshots = snapshots.toSorted((a, b) => (isOlder(versionOf(a), versionOf(b)) ? -1 : 1));
    for (const snapshot of this.snapshots) {
      const version = versionOf(snapshot);
      if (this.#versions.has(version)) throw invalid(`there are two snapshots of ${snapshot.contract.id}`);
      this.#versions.set(version, snapshot);
      this.#digests.set(snapshot.contract.digest, snapshot);
    }
    for (const { from, to } of migrations) {
      const unknown = [from, to].find((version) => !this.#versions.has(version));
      if (unknown !== undefined) throw invalid(`the migration ${from} -> ${to} needs a snapshot of ${unknown}`);
    }
    for (const [index, { from, to }] of migrations.entries()) {
      const other = migrations.slice(0, index).find((one) => isSameMajor(one.from, from) || isSameMajor(one.to, to));
      if (other !== undefined)
        throw invalid(`the migrations ${other.from} -> ${other.to} and ${from} -> ${to} lead the same way`);
    }
    this.#migrations = migrations;
  }

  find(digest: string): Snapshot | undefined {
    return this.#digests.get(digest);
  }

  judge(pluginDigest: string, hostDigest: string): AdapterJudgement {
    const { verdict, steps } = this.#path(pluginDigest, hostDigest);
    return {
      verdict,
      steps: steps.map(({ plugin: _plugin, host: _host, bridge: _bridge, ...step }) => step),
    };
  }

  adapter(pluginDigest: string, hostDigest: string, options: AdapterOptions = {}): ContractAdapter {
    const key = `${pluginDigest} ${hostDigest} ${options.codegen ?? true}`;
    const known = this.#adapters.get(key);
    if (known !== undefined) return known;
    const { plugin, host, verdict, steps } = this.#path(pluginDigest, hostDigest);
    if (verdict === "incompatible")
      throw mismatch(
        plugin,
        host,
        steps.flatMap(({ problems }) => problems),
      );
    const bridge = steps.map((step) => step.bridge).reduce(composeBridges);
    const made = compileAdapter({ plugin, host, verdict, bridge }, options);
    this.#adapters.set(key, made);
    return made;
  }

  #path(pluginDigest: string, hostDigest: string): Path {
    const key = `${pluginDigest} ${hostDigest}`;
    const known = this.#paths.get(key);
    if (known !== undefined) return known;
    const [plugin, host] = [this.#known(pluginDigest), this.#known(hostDigest)];
    const made = this.#find(plugin, host);
    this.#paths.set(key, made);
    return made;
  }

  #known(digest: string): Snapshot {
    const found = this.#digests.get(digest);
    if (found !== undefined) return found;
    throw new TenonError(
      "contract-mismatch",
      `no version of the contract that this host knows has the digest ${digest}`,
      {
        hint: "take a plugin that was built for one of the versions in the notes, or a newer host",
        notes: this.snapshots.map(({ contract }) => `${contract.id} ${contract.digest}`),
        sideEffects: "none",
      },
    );
  }

  /** Across majors the author's way wins over the rules': where both lead somewhere, the author knows what values mean. */
  #find(plugin: Snapshot, host: Snapshot): Path {
    const byRule = ruleStep(plugin, host, false);
    const direct = { plugin, host, verdict: byRule.verdict, steps: [byRule] };
    if (byRule.verdict === "exact" || isSameMajor(versionOf(plugin), versionOf(host))) return direct;
    const steps = this.#chain(plugin, host);
    if (steps === undefined) return direct;
    const isWhole = steps.every(({ verdict }) => verdict !== "incompatible");
    if (!isWhole && byRule.verdict !== "incompatible") return direct;
    return { plugin, host, verdict: isWhole ? "migrated" : "incompatible", steps };
  }

  /** undefined where no migrations lead from the one major to the other. */
  #chain(plugin: Snapshot, host: Snapshot): Step[] | undefined {
    const isPluginOlder = isOlder(versionOf(plugin), versionOf(host));
    const steps: Step[] = [];
    let at = plugin;
    while (!isSameMajor(versionOf(at), versionOf(host))) {
      const next = this.#migrations.find(({ from, to }) => isSameMajor(isPluginOlder ? from : to, versionOf(at)));
      if (next === undefined) return undefined;
      const [near, far] = isPluginOlder ? [next.from, next.to] : [next.to, next.from];
      const [start, end] = [this.#versions.get(near) as Snapshot, this.#versions.get(far) as Snapshot];
      if (start !== at) steps.push(ruleStep(at, start));
      steps.push(migrationStep(start, end, next, isPluginOlder));
      at = end;
    }
    if (at !== host) steps.push(ruleStep(at, host));
    return steps;
  }
}

function ruleStep(plugin: Snapshot, host: Snapshot, isStep = true): Step {
  const { verdict, findings } = diffSnapshots(plugin, host);
  const { bridge, problems } = buildBridge(plugin, host, { isStep });
  const broken = findings.filter(({ conversion }) => conversion === "incompatible");
  const notes = broken.map(({ rule, path, how }) => `${rule} ${path}: ${how}`);
  return {
    ...ends(plugin, host),
    isMigration: false,
    verdict: problems.length > 0 ? "incompatible" : verdict,
    findings,
    problems: notes.length > 0 ? notes : problems,
    bridge,
  };
}

function migrationStep(plugin: Snapshot, host: Snapshot, migration: Migration, isPluginOlder: boolean): Step {
  const [from, to] = isPluginOlder ? [plugin, host] : [host, plugin];
  const { hooks, problems: faults } = migrationHooks(migration, { from, to }, isPluginOlder);
  const { bridge, problems } = buildBridge(plugin, host, { hooks });
  const all = [...new Set([...faults, ...problems])].map(
    (one) => `migration ${migration.from} -> ${migration.to}: ${one}`,
  );
  return {
    ...ends(plugin, host),
    isMigration: true,
    verdict: all.length > 0 ? "incompatible" : "migrated",
    findings: diffSnapshots(plugin, host).findings,
    problems: all,
    bridge,
  };
}

function ends(plugin: Snapshot, host: Snapshot): Pick<Step, "plugin" | "host" | "from" | "to"> {
  return { plugin, host, from: versionOf(plugin), to: versionOf(host) };
}

function invalid(what: string): TenonError {
  return new TenonError("config-invalid", what, {
    hint: "give the history each version once, and all versions that its migrations name",
    sideEffects: "none",
  });
}
