// A native plugin in the host's own process -> a session: calls are plain function calls, and nothing can end one.
import { TenonError, type Contract } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import type { Call, NativeInstance } from "./instance.ts";

export class InlineSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly contract: Contract;
  readonly #instance: NativeInstance;
  #settle!: (reason: CloseReason) => void;

  constructor(instance: NativeInstance, contract: Contract) {
    this.contract = contract;
    this.#instance = instance;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  call(func: FunctionRef, args: readonly unknown[], { deadline }: CallContext): unknown {
    const value = this.#instance.functions[func.index]!(...args);
    // Nothing could end it in time; that it was late is told all the same, as on every boundary.
    if (deadline === undefined || performance.now() <= deadline) return value;
    throw new TenonError("deadline-exceeded", `${func.path} answered after its deadline`, { call: func.path });
  }

  bindSync(func: FunctionRef): Call {
    return this.#instance.functions[func.index]!;
  }

  async close(): Promise<void> {
    this.#instance.close();
    this.#settle({ kind: "closed", what: "was closed" });
  }
}
