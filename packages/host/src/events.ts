// What happens to plugins, told to operators: the host's listener and `tenon:plugin`.
import diagnostics from "node:diagnostics_channel";
import process from "node:process";
import { TenonError, type ErrorCode } from "@tenon/contract/core";
import type { BlamedCall } from "./in-flight.ts";
import type { Life } from "./supervisor.ts";

/** Who has to be asked about a lost session. */
export interface CrashReport {
  readonly code: ErrorCode;
  /** Calls that were in flight, and the first 16 of them with their callers. A loop's call has ended before: its deadline came. */
  readonly inFlight: number;
  readonly calls: readonly BlamedCall[];
  /** How long the session had been ready, in ms; 0 for a start that failed. */
  readonly upMs: number;
  /** What the supervisor does next. */
  readonly next: Life["name"];
}

/** What happened to a plugin, for operators; also published on `tenon:plugin`. */
export interface PluginEvent {
  readonly plugin: string;
  readonly boundary: string;
  readonly type:
    | "started"
    | "crashed"
    | "start-failed"
    | "restarting"
    | "unavailable"
    | "unhealthy"
    | "quarantined"
    | "released"
    | "draining"
    | "upgraded"
    | "upgrade-failed"
    | "rolled-back"
    | "closed";
  readonly what: string;
  readonly notes?: readonly string[];
  /** With `crashed` and `start-failed`. */
  readonly crash?: CrashReport;
}

const pluginChannel = diagnostics.channel("tenon:plugin");

/** A listener that throws costs its own entry, not the plugin that it was told about; the first throw becomes a warning. */
export function guarded<T>(listener: ((entry: T) => void) | undefined, name: string): (entry: T) => void {
  if (listener === undefined) return () => {};
  let isWarned = false;
  return (entry) => {
    try {
      listener(entry);
    } catch (thrown) {
      if (isWarned) return;
      isWarned = true;
      process.emitWarning(`${name} threw: ${TenonError.from(thrown, "internal").what}`, { type: "TenonWarning" });
    }
  };
}

export function publish(event: PluginEvent, listener: (event: PluginEvent) => void): void {
  if (pluginChannel.hasSubscribers) pluginChannel.publish(event);
  listener(event);
}
