// A guest on the host's own thread -> a session: calls are plain function calls, ended by fuel.
import { TenonError } from "@tenon/contract";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import type { GuestPool } from "./guest-pool.ts";

export interface InlineOptions {
  readonly pool: GuestPool;
  readonly pluginId: string;
  /** For synchronous calls, which bring no deadline of their own; 0 means none. */
  readonly callMs: number;
}

export class InlineSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly #options: InlineOptions;
  #settle!: (reason: CloseReason) => void;
  #reason: CloseReason | undefined;

  constructor(options: InlineOptions) {
    this.#options = options;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    return this.#invoke(func.index, args, context.deadline ?? Infinity, Infinity);
  }

  bindSync(func: FunctionRef): (...args: unknown[]) => unknown {
    const { index } = func;
    const callMs = this.#options.callMs || Infinity;
    return (...args) => this.#invoke(index, args, undefined, callMs);
  }

  async close(): Promise<void> {
    this.#end({ kind: "closed", what: "was closed" });
  }

  #invoke(index: number, args: readonly unknown[], deadline: number | undefined, callMs: number): unknown {
    if (this.#reason !== undefined) throw this.#gone(this.#reason);
    const guest = this.#options.pool.take();
    if (!guest.isBusy) {
      guest.deadline = deadline;
      guest.callMs = callMs;
    }
    try {
      return guest.functions[index]!(...args);
    } catch (thrown) {
      const code = guest.exitCode;
      if (code !== undefined) this.#end({ kind: "crashed", what: `ended itself with exit code ${code}` });
      throw thrown;
    }
  }

  #end(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#options.pool.close();
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
