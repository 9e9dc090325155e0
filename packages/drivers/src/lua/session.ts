// A script on the host's own thread -> a session: calls are plain function calls, ended by fuel.
import { TenonError, type Contract } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import type { ContractCodec } from "./codec/functions.ts";
import type { LuaState, StateSource } from "./lua-state.ts";
import { ScriptHost } from "./script-host.ts";
import type { Script } from "./options.ts";

export interface LuaSessionOptions {
  readonly source: StateSource;
  readonly pluginId: string;
  readonly contract: Contract;
}

type Call = (...args: unknown[]) => unknown;

export class LuaSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly contract: Contract;
  /** Ends what belongs to the session, such as a watcher. */
  onClose: (() => void) | undefined;
  readonly #pluginId: string;
  readonly #codec: ContractCodec;
  readonly #host: ScriptHost;
  #settle!: (reason: CloseReason) => void;
  #isClosed = false;

  constructor({ source, pluginId, contract }: LuaSessionOptions) {
    this.contract = contract;
    this.#pluginId = pluginId;
    this.#codec = source.codec;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    this.#host = new ScriptHost(source);
  }

  /** Runs the script. Rejects as it throws. */
  async start(): Promise<this> {
    await this.#host.take(false);
    return this;
  }

  replace(script: Script): Promise<void> {
    return this.#host.replace(script);
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    const state = this.#host.take(false);
    return state instanceof Promise
      ? state.then((ready) => this.#send(ready, func, { args, context }))
      : this.#send(state, func, { args, context });
  }

  bindSync(func: FunctionRef): Call {
    const codec = this.#codec.exports[func.index]!;
    const settings = { deadline: undefined, isSync: true };
    return (...args) => (this.#host.take(true) as LuaState).call(codec, args, settings);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host.close(
      new TenonError("session-closed", `plugin ${this.#pluginId} was closed`, {
        plugin: this.#pluginId,
        sideEffects: "none",
      }),
    );
    this.onClose?.();
    this.#settle({ kind: "closed", what: "was closed" });
  }

  #send(
    state: LuaState,
    func: FunctionRef,
    { args, context }: { readonly args: readonly unknown[]; readonly context: CallContext },
  ): unknown {
    const { deadline, onCancel } = context;
    const onWait = onCancel === undefined ? undefined : (cancel: () => void): void => onCancel.call(context, cancel);
    const value = state.call(this.#codec.exports[func.index]!, args, { deadline, isSync: false, onWait });
    // Nothing could end it in time; that it was late is told all the same, as on every boundary.
    if (deadline !== undefined && !(value instanceof Promise) && performance.now() > deadline) throw tooLate(func);
    return value;
  }
}

function tooLate({ path }: FunctionRef): TenonError {
  return new TenonError("deadline-exceeded", `${path} answered after its deadline`, { call: path });
}
