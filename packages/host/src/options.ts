// What the author of a host may say: of the host, of a plugin, of an upgrade, of the end.
import type { ContractAdapter, ContractHistory } from "@tenon/abi/adapt";
import type { AuditSink, Decision } from "@tenon/policy";
import type { Interceptor } from "./calls.ts";
import type { PluginRelease } from "./contracts/releases.ts";
import type { AnyDriver, Limits } from "./driver.ts";
import type { PluginEvent } from "./events.ts";
import type { HealthPolicy } from "./health.ts";
import type { LogEntry } from "./output.ts";
import type { RestartPolicy } from "./supervisor.ts";

export interface HostOptions {
  /** The boundaries this host can use; import each from `tenon/<boundary>`. */
  readonly drivers: readonly AnyDriver[];
  /** Defaults for every plugin; a plugin's own options win. */
  readonly limits?: Partial<Limits>;
  readonly restart?: Partial<RestartPolicy>;
  /** Calls in flight or waiting over all plugins; more are refused. Default: no bound besides `limits.maxPendingCalls` of each. */
  readonly maxPendingCalls?: number;
  /** Run around every call and callback, before the plugin's own. */
  readonly interceptors?: readonly Interceptor[];
  /** Check values on `native` boundaries too, for development; default false, because there the compiler has. */
  readonly validate?: boolean;
  /**
   * `frozen` refuses contracts that are not what `tenon contract freeze` froze: plugins built against a contract that may
   * still change run only in the host that they were built with. Default `frozen` where NODE_ENV is `production`, as that
   * is what a release runs in; else `any`, so that work can begin.
   */
  readonly contracts?: "any" | "frozen";
  /**
   * What `createContractHistory` of `tenon/adapt` makes of the frozen versions of a contract, one for each contract that has
   * some. A plugin then says by its artifact which version it was built for, and is adapted if it is not the host's.
   */
  readonly history?: readonly ContractHistory[];
  /** Every line a plugin prints or logs. Default: dropped, because a library must not write to its user's terminal. */
  readonly onLog?: (entry: LogEntry) => void;
  readonly onEvent?: (event: PluginEvent) => void;
  /** One record for each use and each denial of a capability by a plugin that has a `decision`. Default: dropped. */
  readonly onAudit?: AuditSink;
}

/** The plugin on whose behalf a host function is called. */
export interface Caller {
  readonly plugin: string;
  readonly boundary: string;
}

/** One contract function as the host may implement it: with or without a promise. */
export type HostFunctionOf<F> = F extends (...args: infer A) => infer R ? (...args: A) => R | Promise<Awaited<R>> : F;
export type HostFunctions<I> = {
  readonly [K in keyof I]: I[K] extends (...args: never) => unknown
    ? HostFunctionOf<I[K]>
    : { readonly [N in keyof I[K]]: HostFunctionOf<I[K][N]> };
};

export interface PluginOptions<I = unknown> {
  /** Unique in this host; the tag of its log lines and errors. */
  readonly id: string;
  /** Which driver runs it. Changing this line moves the plugin to another boundary. */
  readonly boundary: string;
  /** What the driver needs to find the plugin's bytes; each driver documents its own. */
  readonly artifact: unknown;
  /** The plugin's own folder, absolute: where a driver looks for what the artifact names by a relative path. */
  readonly folder?: string | undefined;
  /** The host functions by interface key, or a function that makes them for this plugin. Required if the contract has imports. */
  readonly imports?: HostFunctions<I> | ((caller: Caller) => HostFunctions<I>);
  readonly limits?: Partial<Limits>;
  readonly restart?: Partial<RestartPolicy>;
  /** How to ask the plugin whether it is well; default not at all, because every driver tells by itself what is gone. */
  readonly health?: HealthPolicy;
  readonly interceptors?: readonly Interceptor[];
  readonly validate?: boolean;
  /**
   * For a plugin that was built for another version of the contract and does not say so: what `createAdapter` made of the two
   * snapshots. Without it the artifact's own word decides, among the versions of the host's `history`.
   */
  readonly adapter?: ContractAdapter;
  /**
   * The releases of the plugin that an index, a lock or a folder knows, for a refusal of this one to name the newest that fits.
   * Default: none are known, and a refusal says what one would have to be built for. They are not opened: what they say of
   * themselves is a hint.
   */
  readonly releases?: readonly PluginRelease[];
  /**
   * What policy decided of the plugin (`decide` of `@tenon/policy`): with refusals it is not registered; else it gets the grants
   * and no more, and its limits are capped. Default: no policy; the plugin may do what its artifact and the boundary let it.
   */
  readonly decision?: Decision;
  /** Folders of the host, absolute, for the roots that paths of the decision's grants begin with. */
  readonly roots?: Readonly<Record<string, string>>;
}

/** What is to be another for a plugin; what is not given stays as it is. */
export interface UpgradeOptions {
  readonly boundary?: string;
  readonly artifact?: unknown;
  readonly folder?: string;
  readonly imports?: object | ((caller: Caller) => object);
  readonly limits?: Partial<Limits>;
  /** What policy decided for the next version; needed where the one before had a decision and the boundary or the isolation is another. */
  readonly decision?: Decision;
  /**
   * A crash within this time brings the version before back. Default 10,000: what a version does wrong under load shows in
   * its first calls. 0 for none.
   */
  readonly probationMs?: number;
  /** What the calls of the version before have to end; default `limits.callMs`, by when those without a deadline have. */
  readonly drainMs?: number;
}

export interface UpgradeReport {
  /** Boundaries before and after. */
  readonly from: string;
  readonly to: string;
  /** Calls of the version before that had not ended within `drainMs`; they reject with `session-closed`. */
  readonly givenUp: number;
}

export interface CloseOptions {
  /** What calls in flight have to end; default 0. New ones are refused with `host-shutdown` at once. */
  readonly graceMs?: number;
}
