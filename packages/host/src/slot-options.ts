// What a slot is made of: what an upgrade replaces, and what stays for the plugin's whole life.
import type { Contract } from "@tenon/contract/core";
import type { Interceptor } from "./calls.ts";
import type { Deadlines } from "./deadlines.ts";
import type { AnyDriver, Granted, HostFunction, Limits } from "./driver.ts";
import type { PluginEvent } from "./events.ts";
import type { HealthPolicy } from "./health.ts";
import type { PluginOptions } from "./options.ts";
import type { Tally } from "./in-flight.ts";
import type { LogEntry } from "./output.ts";
import type { ContractPlan } from "./plan.ts";
import type { RestartPolicy } from "./supervisor.ts";

/** What an upgrade replaces. */
export interface Version {
  readonly driver: AnyDriver;
  readonly artifact: unknown;
  readonly folder: string | undefined;
  readonly granted: Granted | undefined;
  readonly hostFunctions: readonly HostFunction[];
  readonly limits: Limits;
  /** What all of it was made from. */
  readonly asked: PluginOptions;
}

export interface SlotOptions extends Version {
  readonly id: string;
  readonly contract: Contract;
  readonly plan: ContractPlan;
  readonly restart: RestartPolicy;
  readonly health: HealthPolicy | undefined;
  readonly interceptors: readonly Interceptor[];
  readonly validate: boolean;
  readonly deadlines: Deadlines;
  readonly tally: Tally;
  /** Waiting calls that the whole host may have; Infinity for no bound of its own. */
  readonly maxHostCalls: number;
  readonly onLog: (entry: LogEntry) => void;
  readonly onEvent: (event: PluginEvent) => void;
}

export interface UpgradeTimes {
  /** A crash within this time brings the version before back. */
  readonly probationMs: number;
  /** What the calls of the version before have to end. */
  readonly drainMs: number;
}
