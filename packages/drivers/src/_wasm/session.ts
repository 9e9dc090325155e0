// A guest on the host's own thread -> a session: calls are plain function calls, ended by fuel.
import { TenonError } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import { GuestPool } from "./guest-pool.ts";
import type { Call, MeteredGuest } from "./metered-guest.ts";
import type { GuestSettings } from "./settings.ts";

export interface InlineOptions {
  readonly settings: GuestSettings;
  readonly make: (onExit: (code: number) => void) => MeteredGuest;
  readonly pluginId: string;
  /** For synchronous calls, which bring no deadline of their own; 0 means none. */
  readonly callMs: number;
}

export class InlineSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly #options: InlineOptions;
  readonly #pool: GuestPool;
  #settle!: (reason: CloseReason) => void;
  #reason: CloseReason | undefined;

  /** Makes the first instance. Throws what its start throws. */
  constructor(options: InlineOptions) {
    this.#options = options;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    const onExit = (code: number): void => this.#end({ kind: "crashed", what: `ended itself with exit code ${code}` });
    this.#pool = new GuestPool(options.settings, () => options.make(onExit));
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    const { deadline } = context;
    const value = this.#guest(deadline ?? Infinity, Infinity).functions[func.index]!(...args);
    // Nothing could end it in time; that it was late is told all the same, as on every boundary.
    if (deadline !== undefined && performance.now() > deadline) throw tooLate(func);
    return value;
  }

  /** Without gathering the arguments for the arities that most functions have: that would take longer than a small call. */
  bindSync({ index, function: { params } }: FunctionRef): Call {
    const callMs = this.#options.callMs || Infinity;
    const own = (): Call => this.#guest(undefined, callMs).functions[index]!;
    if (params.length === 0) return () => own()();
    if (params.length === 1) return (a) => own()(a);
    if (params.length === 2) return (a, b) => own()(a, b);
    if (params.length === 3) return (a, b, c) => own()(a, b, c);
    return (...args) => own()(...args);
  }

  async close(): Promise<void> {
    this.#end({ kind: "closed", what: "was closed" });
  }

  /** The instance for the next call, with the clocks of that call. */
  #guest(deadline: number | undefined, callMs: number): MeteredGuest {
    if (this.#reason !== undefined) throw this.#gone(this.#reason);
    const guest = this.#pool.take();
    if (!guest.isBusy) guest.setClock(deadline, callMs);
    return guest;
  }

  #end(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#pool.close();
    this.#settle(reason);
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
