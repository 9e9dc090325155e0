// What every way of opening a session needs.
import { TenonError } from "@tenon/contract/core";
import type { CloseReason, OpenContext } from "@tenon/host/driver";
import type { GrpcLibrary } from "@tenon/plugin/grpc";
import type { Method } from "./methods.ts";

export interface Opening {
  readonly grpc: GrpcLibrary;
  readonly context: OpenContext;
  readonly isForeign: boolean;
  /** Parallel to the contract's functions. */
  readonly exports: readonly Method[];
  readonly imports: readonly Method[];
}

/** What a caller gets to know of the end of a session. */
export function lossError({ kind, what, notes = [] }: CloseReason, plugin: string): TenonError {
  const code = kind === "closed" ? "session-closed" : kind === "protocol" ? "protocol-error" : "plugin-crashed";
  return new TenonError(code, `plugin ${plugin} ${what}`, { notes, plugin });
}
