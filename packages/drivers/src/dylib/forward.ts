// A plugin of one host -> the same as a plugin for another, whose calls have neither deadlines nor signals.
import type { Contract } from "@tenon/contract/core";
import { indexFunctions } from "@tenon/host/driver";
import { membersOf } from "../_wasm/plugin.ts";
import type { Members } from "../_wasm/plugin.ts";

interface Invocable {
  invoke(path: string, args: readonly unknown[]): Promise<unknown>;
}

export function forwardTo(plugin: Invocable, contract: Contract): Members {
  const exports = indexFunctions(contract.exports);
  return membersOf(
    exports,
    (index) =>
      (...args) =>
        plugin.invoke(exports[index]!.path, args),
  );
}
