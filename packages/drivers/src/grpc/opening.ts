// What every way of opening a session needs.
import { TenonError, type Contract, type ContractFunction } from "@tenon/contract/core";
import { speaking } from "@tenon/host/driver";
import type { CloseReason, OpenContext } from "@tenon/host/driver";
import type { GrpcLibrary } from "@tenon/plugin/grpc";
import { methodsOf, type ForeignMethod, type Method } from "./methods.ts";

export interface Opening extends Spoken {
  readonly grpc: GrpcLibrary;
}

/** A contract and how its functions are called. */
export interface Spoken {
  readonly context: OpenContext;
  readonly isForeign: boolean;
  /** Parallel to the contract's functions. */
  readonly exports: readonly Method[];
  readonly imports: readonly Method[];
  /** The same for another of the contracts that the plugin is offered. Throws as `methodsOf`. */
  readonly speak: (contract: Contract) => Spoken;
}

/** The plugin is taken for one of the context's own contract, until it says another. */
export function spokenIn(
  context: OpenContext,
  isForeign: boolean,
  foreign: ReadonlyMap<ContractFunction, ForeignMethod> | undefined,
): Spoken {
  const own: Spoken = {
    context,
    isForeign,
    exports: methodsOf(context.exports, context, foreign),
    imports: methodsOf(context.imports, context, foreign),
    speak: (contract) =>
      contract === context.contract ? own : spokenIn(speaking(context, contract), isForeign, foreign),
  };
  return own;
}

/** What a caller gets to know of the end of a session. */
export function lossError({ kind, what, notes = [], isExhausted }: CloseReason, plugin: string): TenonError {
  if (isExhausted === true) return new TenonError("resource-exhausted", `plugin ${plugin} ${what}`, { notes, plugin });
  const code = kind === "closed" ? "session-closed" : kind === "protocol" ? "protocol-error" : "plugin-crashed";
  return new TenonError(code, `plugin ${plugin} ${what}`, { notes, plugin });
}
