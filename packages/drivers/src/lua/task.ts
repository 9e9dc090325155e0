// One call into a script, from its start to its answer; it waits in between while host functions answer later.
import type { TenonError } from "@tenon/contract/core";
import type { ExportCodec, ImportCodec } from "./codec/functions.ts";
import type { LuaThread } from "./vm/api.ts";

/** What a host function gave in the end. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** A failed host function as the script sees it, and the error behind it for the case that the script lets it pass. */
export interface HostFailure {
  readonly text: string;
  readonly error: TenonError;
}

export interface TaskOptions {
  readonly codec: ExportCodec | undefined;
  /** On the clock of `performance.now()`; undefined until the first call out, from which `callMs` count then. */
  readonly deadline: number | undefined;
  readonly isSync: boolean;
}

export class Task {
  readonly L: LuaThread;
  codec: ExportCodec | undefined;
  deadline: number | undefined;
  isSync = false;
  isCancelled = false;
  hostCalls = 0;
  failure: HostFailure | undefined;
  /** Set while a host function's answer is awaited. */
  pending: PromiseLike<unknown> | undefined;
  awaited: ImportCodec | undefined;
  outcome: Outcome | undefined;
  fuelLeft = 0;
  /** Settles the promise that the caller got at the first wait. */
  settle: { readonly resolve: (value: unknown) => void; readonly reject: (error: TenonError) => void } | undefined;

  constructor(L: LuaThread) {
    this.L = L;
  }

  /** Makes it fit for the next call. */
  begin({ codec, deadline, isSync }: TaskOptions): void {
    this.codec = codec;
    this.deadline = deadline;
    this.isSync = isSync;
    this.isCancelled = false;
    this.hostCalls = 0;
    this.failure = undefined;
    this.pending = undefined;
    this.outcome = undefined;
    this.settle = undefined;
  }

  get path(): string | undefined {
    return this.codec?.func.path;
  }
}
