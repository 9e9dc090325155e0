// A driver -> the same for one plugin of a contract that has a history: it is opened with every version that the host can
// speak, and what it speaks stands behind the host's own contract.
import type { ContractAdapter } from "@tenon/abi/adapt";
import { TenonError, type Contract } from "@tenon/contract/core";
import { deprecatedImports, type Deprecation } from "@tenon/contract/deprecations";
import type { Snapshot, Verdict } from "@tenon/contract/evolution";
import type { AnyDriver, Dialect, Driver, HostFunction, OpenContext, Session } from "../driver.ts";
import { firstRefused } from "../fit.ts";
import { planOf } from "../plan.ts";
import { adaptedDialect, adaptedSession, keyOf } from "./adapted-session.ts";
import type { KnownContracts, KnownVersion } from "./known-contracts.ts";
import type { PluginRelease } from "./releases.ts";
import type { UsageMeter } from "./usage.ts";

/** What a host knows of its contracts, and what it has seen of them. */
export interface HostContracts {
  readonly known: KnownContracts;
  readonly meter: UsageMeter;
}

export interface Versioning extends HostContracts {
  /** Chosen by hand: then the plugin is one of `adapter.plugin`, and nothing else is offered. */
  readonly adapter: ContractAdapter | undefined;
  /** Of the plugin, as far as somebody knows them. */
  readonly releases: readonly PluginRelease[] | undefined;
}

/** `driver` for plugins of `contract`, the host's own, or of any version that the host can speak. */
export function versionedDriver(driver: AnyDriver, contract: Contract, versioning: Versioning): AnyDriver {
  const { adapter, known, releases } = versioning;
  if (adapter !== undefined) return adapter.verdict === "exact" ? driver : pinnedDriver(driver, adapter);
  const snapshot = known.snapshotOf(contract);
  if (snapshot === undefined) return releases === undefined ? driver : explainingDriver(driver, versioning);
  const others = known
    .othersOf(contract)
    .filter(({ snapshot: other }) => firstRefused(other.contract, driver.traits) === undefined);
  return {
    ...driver,
    open: (artifact: never, context) => open(artifact, context, { driver, others, snapshot, versioning }),
  };
}

/** For a contract without a history: only its refusals are others. */
function explainingDriver(driver: AnyDriver, { known, releases }: Versioning): AnyDriver {
  return {
    ...driver,
    open: async (artifact: never, context: OpenContext) => {
      try {
        return await (driver as Driver<unknown>).open(artifact, context);
      } catch (thrown) {
        if (!(thrown instanceof TenonError)) throw thrown;
        throw known.explained(thrown, context.contract, { id: context.pluginId, releases });
      }
    },
  };
}

function pinnedDriver(driver: AnyDriver, adapter: ContractAdapter): AnyDriver {
  return {
    ...driver,
    open: async (artifact: never, context: OpenContext) => {
      const own = { ...context, ...adaptedDialect(adapter, context) };
      return adaptedSession(await (driver as Driver<unknown>).open(artifact, own), adapter);
    },
  };
}

interface Parts {
  readonly driver: AnyDriver;
  readonly others: readonly KnownVersion[];
  readonly snapshot: Snapshot;
  readonly versioning: Versioning;
}

async function open(artifact: unknown, context: OpenContext, parts: Parts): Promise<Session> {
  const { driver, others, snapshot, versioning } = parts;
  const { known, meter, releases } = versioning;
  const { contract, pluginId } = context;
  const deprecated = deprecatedImports(snapshot);
  const own = counting(context, deprecated, meter, pluginId);
  const dialects = others.map((other) => lazyDialect(other, own, deprecated, { meter, pluginId }));
  const offered = { ...context, hostFunctions: own.hostFunctions, dialects };
  let session: Session;
  try {
    session = await (driver as Driver<unknown>).open(artifact, offered);
  } catch (thrown) {
    throw thrown instanceof TenonError ? known.explained(thrown, contract, { id: pluginId, releases }) : thrown;
  }
  const spoken = session.contract;
  const other = others.find((one) => one.snapshot.contract === spoken);
  meter.started(pluginId, spoken, other?.verdict ?? "exact");
  if (other === undefined) return session;
  const news = newsOf(other.verdict);
  if (news !== undefined)
    context.output.line(
      news.level,
      `the plugin was built for ${spoken.id}, the host speaks ${contract.id}: ${news.text}`,
      { contract: spoken.id, verdict: other.verdict },
    );
  return adaptedSession(session, other.adapter());
}

/** What operators are told of a plugin of another version; nothing where nothing can come of it. */
function newsOf(verdict: Verdict): { readonly level: "info" | "warn"; readonly text: string } | undefined {
  switch (verdict) {
    case "exact":
    case "structural":
    case "adapted-total":
      return undefined;
    case "adapted-lossy":
      return { level: "info", text: "what it cannot know is left out" };
    case "adapted-partial":
      return { level: "warn", text: "calls with values that it cannot know are refused" };
    default:
      return { level: "warn", text: `${verdict}: hand-written migrations stand between` };
  }
}

/** Host functions and the numbers of functions are made for the version that is chosen, and for no other. */
function lazyDialect(
  other: KnownVersion,
  own: Pick<Dialect, "imports" | "hostFunctions">,
  counted: ReadonlyMap<string, unknown>,
  { meter, pluginId }: { readonly meter: UsageMeter; readonly pluginId: string },
): Dialect {
  const { contract } = other.snapshot;
  const { exports, imports } = planOf(contract);
  let made: readonly HostFunction[] | undefined;
  return {
    contract,
    exports,
    imports,
    get hostFunctions() {
      if (made !== undefined) return made;
      const dialect = adaptedDialect(other.adapter(), own);
      // What the host's own contract still has is counted there, for all versions.
      const gone = [...deprecatedImports(other.snapshot)].filter(([key]) => !counted.has(key));
      return (made = counting(dialect, new Map(gone), meter, pluginId).hostFunctions);
    },
  };
}

/** The same functions where nothing is deprecated: they cost nothing then. */
function counting<T extends Pick<Dialect, "contract" | "imports" | "hostFunctions">>(
  dialect: T,
  deprecated: ReadonlyMap<string, readonly Deprecation[]>,
  meter: UsageMeter,
  plugin: string,
): T {
  const { contract, imports, hostFunctions } = dialect;
  if (deprecated.size === 0 || hostFunctions.length === 0) return dialect;
  const counted = imports.map((func) => {
    const run = hostFunctions[func.index]!;
    const found = deprecated.get(keyOf(func));
    return found === undefined ? run : meter.counted(run, { plugin, contract: contract.id, path: func.path }, found);
  });
  return { ...dialect, hostFunctions: counted };
}
