// A plugin's state -> why its calls are refused.
import { TenonError, type ErrorCode, type SideEffects } from "@tenon/contract/core";
import type { Life } from "./supervisor.ts";

interface Refused {
  readonly plugin: string;
  readonly boundary: string;
  readonly sideEffects: SideEffects;
  /** The plugin's last loss. */
  readonly cause: TenonError | undefined;
}

/** Why there is no session and none to come; undefined while there may be one. `ended`: the code of a plugin that ends. */
export function refusalOf(life: Life, ended: ErrorCode, context: Refused): TenonError | undefined {
  const { plugin, cause } = context;
  const notes = cause === undefined ? [] : [cause.message, ...cause.notes];
  switch (life.name) {
    case "closed":
      return new TenonError(ended, `plugin ${plugin} is closed`, context);
    case "draining":
      return new TenonError(ended, `plugin ${plugin} is being closed and takes no new calls`, context);
    case "quarantined":
      return new TenonError("quarantined", `plugin ${plugin} is quarantined: ${life.why}`, { ...context, notes });
    case "open": {
      const retryAfterMs = Math.max(0, Math.round(life.until - performance.now()));
      const what = `plugin ${plugin} crashed ${life.crashes.length} times in a row`;
      return new TenonError("unavailable", what, { ...context, details: { retryAfterMs }, notes });
    }
    default:
      return undefined;
  }
}
