// What a conformance case is: data that every driver is run against, and the tools it gets.
import type { TenonError } from "@tenon/contract";
import type { DriverTraits, Limits, LogEntry, Plugin, PluginEvent, RestartPolicy } from "@tenon/host";
import type { PluginExports } from "./generated/conformance.ts";

export type ConformancePlugin = Plugin<PluginExports>;

/**
 * Which plugin an artifact holds: `conformance` does all that contracts/conformance says; `incomplete` lacks two of its
 * functions; `other-contract` was built for another digest; `throws` fails while it loads; `stuck` never becomes ready.
 */
export type ArtifactKind = "conformance" | "incomplete" | "other-contract" | "throws" | "stuck";

export interface LoadOptions {
  readonly limits?: Partial<Limits>;
  readonly restart?: Partial<RestartPolicy>;
  readonly validate?: boolean;
}

/** A plugin with a host of its own; both are closed after the case. */
export interface Loaded {
  readonly plugin: ConformancePlugin;
  /** What the plugin told `host.note`. */
  readonly notes: readonly string[];
  readonly logs: readonly LogEntry[];
  readonly events: readonly PluginEvent[];
}

export interface CaseTools {
  readonly traits: DriverTraits;
  /** A healthy plugin that all cases share: leave it as it was. */
  shared(): Promise<ConformancePlugin>;
  /** A plugin for this case alone, which may be lost. */
  fresh(options?: LoadOptions): Promise<Loaded>;
  /** A load that is expected to fail: its error. */
  refused(kind: ArtifactKind, options?: LoadOptions): Promise<TenonError>;
}

export interface ConformanceCase {
  /** `group/what it shows`, unique. */
  readonly name: string;
  /** Why a driver with these traits has nothing to show here; undefined where the case applies. */
  readonly exempt?: (traits: DriverTraits) => string | undefined;
  readonly run: (tools: CaseTools) => Promise<void>;
}

/** For cases about what only a boundary around the plugin can survive. */
export function exemptInGraph(traits: DriverTraits): string | undefined {
  return traits.isolation === "none" ? "nothing stands between the plugin and the host" : undefined;
}

export function exemptWithoutCallbacks(traits: DriverTraits): string | undefined {
  return traits.hostCallbacks ? undefined : "plugins cannot call the host here";
}

export function exemptWithoutTermination(traits: DriverTraits): string | undefined {
  return traits.cancellation === "terminate" ? undefined : "nothing can end a call that does not end itself";
}

export function exemptWithoutSync(traits: DriverTraits): string | undefined {
  return traits.syncCalls ? undefined : "calls are asynchronous only";
}
