// The contract's `report` interface: what a plugin says while it works, made safe for a terminal and kept in bounds.
import { terminalSafe } from "@tenon/contract";
import type { PluginImports } from "../generated/plugin.ts";
import type { BuildContext } from "./build-context.ts";

const MAX_MESSAGE = 2000;

/** `context` gives the build that the plugin is busy with right now. */
export function reportFunctions(context: () => BuildContext): PluginImports["report"] {
  return {
    progress: ({ message, percent }) =>
      context().sink.progress(tidy(message), percent === undefined ? undefined : Math.min(percent, 100)),
    stage: (name) => context().sink.progress(tidy(name), undefined),
    log: (level, message) => context().sink.log(level, tidy(message)),
  };
}

function tidy(message: string): string {
  return terminalSafe(message.slice(0, MAX_MESSAGE).replaceAll("\n", " "));
}
