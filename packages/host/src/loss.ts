// Why a plugin has lost its session, as an error; and what operators are told of where that leads.
import { TenonError } from "@tenon/contract/core";
import type { AnyDriver, CloseReason } from "./driver.ts";
import type { PluginEvent } from "./events.ts";
import type { Life } from "./supervisor.ts";

interface Loser {
  readonly id: string;
  readonly driver: AnyDriver;
}

/** What calls in flight reject with when drivers have nothing more exact to say. */
export function lossOf({ kind, what, notes, isExhausted }: CloseReason, { id, driver }: Loser): TenonError {
  const code = isExhausted === true ? "resource-exhausted" : kind === "protocol" ? "protocol-error" : "plugin-crashed";
  return new TenonError(code, `plugin ${id} ${what}`, { plugin: id, boundary: driver.boundary, notes });
}

/** Undefined where a loss has led to no more than a wait. */
export function fallOf(life: Life, plugin: string): Pick<PluginEvent, "type" | "what"> | undefined {
  const fall = (type: PluginEvent["type"], what: string): Pick<PluginEvent, "type" | "what"> => ({
    type,
    what: `plugin ${plugin} ${what}`,
  });
  switch (life.name) {
    case "starting":
      return life.cause === "rollback"
        ? fall("rolled-back", "crashed on probation; the version before starts again")
        : undefined;
    case "open":
      return fall("unavailable", "crashed too often");
    case "quarantined":
      return fall("quarantined", `is quarantined: ${life.why}`);
    case "closed":
      return fall("closed", "is closed");
    default:
      return undefined;
  }
}
