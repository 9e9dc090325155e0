// A script -> the state for each call: made anew after one was killed, and after the script was replaced.
import { TenonError } from "@tenon/contract/core";
import { LuaState } from "./lua-state.ts";
import type { StateSource } from "./lua-state.ts";
import type { Script } from "./options.ts";

export class ScriptHost {
  #source: StateSource;
  #current: LuaState | undefined;
  #starting: Promise<LuaState> | undefined;
  #closed: TenonError | undefined;

  constructor(source: StateSource) {
    this.#source = source;
  }

  /**
   * The state for the next call. A promise while it starts, if its script waits for the host; with `isSync` that throws
   * `boundary-unsupported`. Throws what the start throws.
   */
  take(isSync: boolean): LuaState | Promise<LuaState> {
    if (this.#closed !== undefined) throw this.#closed;
    const current = this.#current;
    if (current !== undefined && current.spent === undefined) return current;
    // Calls of the host and the script within each other all stay in the state that was killed.
    if (current?.isBusy === true) throw current.spent ?? new TenonError("internal", "a busy state without a reason");
    if (this.#starting !== undefined && !isSync) return this.#starting;
    const started = start(this.#source, isSync);
    if (!(started instanceof Promise)) return (this.#current = started);
    this.#starting = started.then((state) => (this.#current = state)).finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Runs another script for all later calls; those that wait end in the state that they began in. Rejects as its start. */
  async replace(script: Script): Promise<void> {
    const source = { ...this.#source, script };
    const state = await start(source, false);
    if (this.#closed !== undefined) return state.close(this.#closed);
    this.#source = source;
    this.#current = state;
  }

  close(error: TenonError): void {
    this.#closed ??= error;
    this.#current?.close(error);
    // Sixteen MiB and more that whoever holds the closed plugin need not hold.
    this.#current = undefined;
  }
}

function start(source: StateSource, isSync: boolean): LuaState | Promise<LuaState> {
  const failed = (thrown: unknown): never => {
    const error = TenonError.from(thrown, "start-failed");
    if (error.code !== "plugin-trap") throw error;
    throw new TenonError("start-failed", error.what, { notes: error.notes, cause: error.cause, sideEffects: "none" });
  };
  try {
    const state = new LuaState(source);
    const started = state.start({ isSync });
    return started === undefined ? state : started.then(() => state, failed);
  } catch (thrown) {
    return failed(thrown);
  }
}
