// A migration and the snapshots at its ends -> does what goes up and down again come back? Asked with generated values of
// every function that it leads through.
import {
  diffSnapshots,
  functionKey,
  interfaceKey,
  shortName,
  versionOf,
  type Finding,
  type RuleId,
  type Snapshot,
} from "@tenon/contract/evolution";
import { TenonError } from "@tenon/contract/base";
import type { ContractFunction, ContractInterface, ValueType } from "@tenon/contract/core";
import { arbitraryValue, seededRandom, type Random } from "../testing.ts";
import { buildBridge, type Bridge, type Bridged, type Emulation, type Route } from "./bridge.ts";
import { compileConversion } from "./convert.ts";
import type { Migration } from "./migration.ts";
import { migrationHooks } from "./migration-hooks.ts";
import type { Plan } from "./plan.ts";
import { firstDifference } from "./value-difference.ts";

export interface MigrationCheckOptions {
  /** Values for each argument list and each result, and each way. Default 100: enough for every case of every type. */
  readonly values?: number;
  /** The same seed gives the same values. Default 1. */
  readonly seed?: number;
}

export interface MigrationProblem {
  /**
   * `MIGRATION_REQUIRED`: the migration does not lead all the way. `MIGRATION_ROUNDTRIP`: a value does not come back, or a
   * step fails. `CAPABILITY_NO_WIDEN`: plugins reach an interface of the host that their own version does not import.
   */
  readonly rule: Extract<RuleId, "MIGRATION_REQUIRED" | "MIGRATION_ROUNDTRIP" | "CAPABILITY_NO_WIDEN">;
  /** `builder#artifact.kind`, `builder.detect -> result`; empty where it is about the migration as a whole. */
  readonly path: string;
  readonly message: string;
}

export interface MigrationReport {
  readonly problems: readonly MigrationProblem[];
  /** How many values went both ways. */
  readonly roundTrips: number;
  /** How many were refused by a rule, as the comparison says they may be. */
  readonly refused: number;
}

/**
 * `down(up(x))` is x and `up(down(y))` is y, except at paths that the migration calls `lossy` and where the comparison of the
 * two versions says that a rule drops something. What the migration's own functions give is checked against the contract,
 * and none of them may throw.
 */
export async function checkMigration(
  migration: Migration,
  ends: { readonly from: Snapshot; readonly to: Snapshot },
  options: MigrationCheckOptions = {},
): Promise<MigrationReport> {
  return new MigrationCheck(migration, ends, options).run();
}

/** Values that go to the other version and back. */
interface Trip {
  /** The function, or its result, for what is said of all of it. */
  readonly path: string;
  readonly values: readonly { readonly path: string; readonly type: ValueType }[];
  readonly snapshot: Snapshot;
  readonly there: Convert | undefined;
  readonly back: Convert | undefined;
  readonly name: "down(up(x))" | "up(down(y))";
}
type Convert = (value: unknown) => unknown;

class MigrationCheck {
  readonly #migration: Migration;
  readonly #from: Snapshot;
  readonly #to: Snapshot;
  readonly #values: number;
  readonly #random: Random;
  readonly #lossy: ReadonlySet<string>;
  readonly #problems = new Map<string, MigrationProblem>();
  #roundTrips = 0;
  #refused = 0;

  constructor(
    migration: Migration,
    { from, to }: { readonly from: Snapshot; readonly to: Snapshot },
    { values = 100, seed = 1 }: MigrationCheckOptions,
  ) {
    this.#migration = migration;
    [this.#from, this.#to] = [from, to];
    this.#values = values;
    this.#random = seededRandom(seed);
    const answeredFor = new Set([migration.types, migration.exports, migration.imports].flatMap(Object.keys));
    const byRule = diffSnapshots(from, to).findings.filter(
      (finding) => dropsValues(finding) && !answeredFor.has(/^[^.#]*[.#][^.( ]*/.exec(finding.path)?.[0] ?? ""),
    );
    this.#lossy = new Set([...migration.lossy, ...byRule.map(({ path }) => path)]);
  }

  async run(): Promise<MigrationReport> {
    const { from, to } = this.#migration;
    if (from !== versionOf(this.#from) || to !== versionOf(this.#to))
      this.#report(
        "MIGRATION_REQUIRED",
        "",
        `leads from ${from} to ${to}, not from ${versionOf(this.#from)} to ${versionOf(this.#to)}`,
      );
    const [older, newer] = [this.#bridge(true), this.#bridge(false)];
    await this.#side(older.exports, newer.exports, "exports");
    await this.#side(newer.imports, older.imports, "imports");
    return { problems: [...this.#problems.values()], roundTrips: this.#roundTrips, refused: this.#refused };
  }

  #bridge(isPluginOlder: boolean): Bridge {
    const { hooks, problems: faults } = migrationHooks(
      this.#migration,
      { from: this.#from, to: this.#to },
      isPluginOlder,
    );
    const [plugin, host] = isPluginOlder ? [this.#from, this.#to] : [this.#to, this.#from];
    const { bridge, problems } = buildBridge(plugin, host, { hooks });
    for (const problem of [...faults, ...problems]) {
      const [, path = "", message = problem] = /^([^ ]+): (.*)$/.exec(problem) ?? [];
      this.#report("MIGRATION_REQUIRED", path, message);
    }
    return bridge;
  }

  /** `byNewer` is keyed by functions of the newer version and leads to the older one; `byOlder` the other way. */
  async #side(
    byNewer: ReadonlyMap<string, Bridged>,
    byOlder: ReadonlyMap<string, Bridged>,
    side: "exports" | "imports",
  ): Promise<void> {
    const [olds, news] = [functionsOf(this.#from, side), functionsOf(this.#to, side)];
    for (const [key, down] of byNewer) {
      const func = news.get(key) as ContractFunction;
      if ("emulate" in down) {
        await this.#emulation([key, func, down], olds, side === "imports" ? this.#to : undefined);
        continue;
      }
      const [old, up] = [olds.get(down.target), byOlder.get(down.target)];
      if (old === undefined || up === undefined || "emulate" in up || up.target !== key) continue;
      this.#function(shortName(key), [old, func], [up, down]);
    }
    for (const [key, up] of byOlder)
      if ("emulate" in up)
        await this.#emulation(
          [key, olds.get(key) as ContractFunction, up],
          news,
          side === "imports" ? this.#from : undefined,
        );
  }

  /** A function of both versions: its arguments and its result, each both ways. */
  #function(
    path: string,
    [old, now]: readonly [ContractFunction, ContractFunction],
    [up, down]: readonly [Route, Route],
  ): void {
    const end = `${path} -> result`;
    const single = (plan: Plan): Convert | undefined => {
      const convert = compileConversion(plan, { path: end, sent: undefined, codegen: false });
      return convert && ((values) => [convert((values as unknown[])[0])]);
    };
    const many = (plan: Plan): Convert | undefined =>
      compileConversion(plan, { path: "", sent: undefined, codegen: false });
    const args = { up: many(up.args), down: many(down.args) };
    const result = { up: single(down.result), down: single(up.result) };
    for (const [func, snapshot, name] of [
      [old, this.#from, "down(up(x))"],
      [now, this.#to, "up(down(y))"],
    ] as const) {
      const [first, second] = snapshot === this.#from ? (["up", "down"] as const) : (["down", "up"] as const);
      const params = func.params.map((param) => ({ path: `${path}(${param.name})`, type: param.type }));
      this.#trip({ path, values: params, snapshot, there: args[first], back: args[second], name });
      if (func.result !== undefined) {
        const values = [{ path: end, type: func.result }];
        this.#trip({ path: end, values, snapshot, there: result[first], back: result[second], name });
      }
    }
  }

  #trip({ path, values, snapshot, there, back, name }: Trip): void {
    if (values.length === 0 || (there === undefined && back === undefined)) return;
    const isExcused = (at: string): boolean => this.#lossy.has(at);
    for (let n = 0; n < this.#values; n++) {
      const sent = values.map(({ type }) => arbitraryValue(type, this.#random, { handle: () => ({}) }));
      try {
        const far = there === undefined ? sent : there(sent);
        const returned = (back === undefined ? far : back(far)) as unknown[];
        this.#roundTrips += 1;
        for (const [index, one] of values.entries()) {
          const found = firstDifference({ ...one, snapshot, isExcused }, [sent[index], returned[index]]);
          if (found !== undefined)
            this.#report("MIGRATION_ROUNDTRIP", found.path, `${name} gives ${found.got} for ${found.wanted}`);
        }
      } catch (thrown) {
        this.#failed(path, thrown);
      }
    }
  }

  /** `plugin`: the version whose plugins call the function, where they do. */
  async #emulation(
    [key, own, { emulate }]: readonly [string, ContractFunction, Emulation],
    others: Functions,
    plugin: Snapshot | undefined,
  ): Promise<void> {
    const path = shortName(key);
    const reached = new Set(plugin?.contract.imports.map(({ id }) => interfaceKey(id)));
    const called = (target: string): unknown => {
      if (plugin !== undefined && !reached.has(target.slice(0, target.lastIndexOf("."))))
        this.#report(
          "CAPABILITY_NO_WIDEN",
          path,
          `calls ${shortName(target)}, whose interface plugins of ${versionOf(plugin)} do not import`,
        );
      const result = others.get(target)?.result;
      return result === undefined ? undefined : arbitraryValue(result, this.#random, { handle: () => ({}) });
    };
    for (let n = 0; n < this.#values; n++) {
      const args = own.params.map(({ type }) => arbitraryValue(type, this.#random, { handle: () => ({}) }));
      try {
        await emulate(args, called);
      } catch (thrown) {
        this.#failed(path, thrown);
      }
    }
  }

  /** Whether a rule refused the value, as the comparison says it may, or the author's part did. */
  #failed(path: string, thrown: unknown): void {
    const error = TenonError.from(thrown, "value-invalid");
    const isRule = error.code === "value-invalid" && error.details === undefined;
    if (isRule) this.#refused += 1;
    else this.#report("MIGRATION_ROUNDTRIP", path, error.what);
  }

  /** The first of each path says enough. */
  #report(rule: MigrationProblem["rule"], path: string, message: string): void {
    const key = `${rule} ${path}`;
    if (!this.#problems.has(key)) this.#problems.set(key, { rule, path, message });
  }
}

/** What is not there on one side does not come back; a change of order, name or kind of number does. */
function dropsValues({ conversion, rule }: Finding): boolean {
  const isDropped = /^(RECORD_FIELD|PARAM|FLAGS|(ENUM|VARIANT)_CASE)_NO_(ADD|DELETE)/.test(rule);
  return conversion === "lossy" || (conversion === "total" && isDropped);
}

type Functions = ReadonlyMap<string, ContractFunction>;

function functionsOf({ contract }: Snapshot, side: "exports" | "imports"): Functions {
  const interfaces: readonly ContractInterface[] = contract[side];
  return new Map(
    interfaces.flatMap(({ id, functions }) => functions.map((func) => [functionKey(id, func.name), func] as const)),
  );
}
