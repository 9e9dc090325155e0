// A guest on the host's own thread -> a session: calls are plain function calls, ended by fuel.
import { lateCall } from "@tenon/abi/canonical";
import type { LateCall } from "@tenon/abi/canonical";
import { TenonError, type Contract } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import { GuestPool } from "./guest-pool.ts";
import type { Call, GuestOwner, MeteredGuest } from "./metered-guest.ts";
import type { GuestSettings } from "./settings.ts";

export interface InlineOptions {
  readonly settings: GuestSettings;
  readonly make: (owner: GuestOwner) => MeteredGuest;
  readonly pluginId: string;
  readonly contract: Contract;
  /** For synchronous calls, which bring no deadline of their own; 0 means none. */
  readonly callMs: number;
}

export class InlineSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly contract: Contract;
  readonly #options: InlineOptions;
  readonly #pool: GuestPool;
  /** By the function's index; undefined where instances change from call to call. */
  readonly #bound: (LateCall | undefined)[] | undefined;
  #settle!: (reason: CloseReason) => void;
  #reason: CloseReason | undefined;

  /** Makes the first instance. Throws what its start throws. */
  constructor(options: InlineOptions) {
    this.#options = options;
    this.contract = options.contract;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    const { instances, recycleAfter } = options.settings;
    this.#bound = instances === "long-lived" && recycleAfter === Infinity ? [] : undefined;
    const onExit = (code: number): void => this.#end({ kind: "crashed", what: `ended itself with exit code ${code}` });
    const owner: GuestOwner = { onExit, onSpent: () => this.#release(), callMs: options.callMs || Infinity };
    this.#pool = new GuestPool(options.settings, () => options.make(owner));
  }

  call(func: FunctionRef, args: readonly unknown[], { deadline }: CallContext): unknown {
    const guest = this.#guest();
    guest.setDeadline(deadline ?? Infinity);
    let value: unknown;
    try {
      value = guest.function(func.index)(...args);
    } finally {
      guest.setDeadline(undefined);
    }
    // Nothing could end it in time; that it was late is told all the same, as on every boundary.
    if (deadline !== undefined && performance.now() > deadline) throw tooLate(func);
    return value;
  }

  /** Straight to the instance where there is one for many calls. */
  bindSync({ index, function: func }: FunctionRef): Call {
    const present = (): Call => this.#guest().function(index);
    if (this.#bound !== undefined) return (this.#bound[index] ??= lateCall(func.params.length, present)).call;
    return (...args) => present()(...args);
  }

  async close(): Promise<void> {
    this.#end({ kind: "closed", what: "was closed" });
  }

  /** The instance for the next call. */
  #guest(): MeteredGuest {
    if (this.#reason !== undefined) throw this.#gone(this.#reason);
    return this.#pool.take();
  }

  #end(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#pool.close();
    this.#release();
    this.#settle(reason);
  }

  /** What is bound asks for its instance anew. */
  #release(): void {
    for (const late of this.#bound ?? []) late?.reset();
  }

  #gone({ kind, what }: CloseReason): TenonError {
    const { pluginId } = this.#options;
    return new TenonError(kind === "closed" ? "session-closed" : "plugin-crashed", `plugin ${pluginId} ${what}`, {
      plugin: pluginId,
      sideEffects: "none",
    });
  }
}

function tooLate({ path }: FunctionRef): TenonError {
  return new TenonError("deadline-exceeded", `${path} answered after its deadline`, { call: path });
}
