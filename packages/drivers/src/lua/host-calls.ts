// A call from a script to the host: arguments out of Lua, the host's function, its answer back in; now or later.
import { TenonError, describeThrown, terminalSafe } from "@tenon/contract/core";
import type { HostFunction } from "@tenon/host/driver";
import type { ContractCodec, ImportCodec } from "./codec/functions.ts";
import { LuaMisfit } from "./codec/misfit.ts";
import type { LuaSettings } from "./options.ts";
import { BUILTINS } from "./sandbox.ts";
import type { Builtin } from "./sandbox.ts";
import type { Task } from "./task.ts";
import { LUA_MIN_STACK } from "./vm/api.ts";
import type { LuaThread } from "./vm/api.ts";
import { LuaHalt } from "./vm/environment.ts";
import type { Machine } from "./vm/machine.ts";

/** Calls out between two looks at the clock. */
const CALLS_PER_CLOCK = 16;
/** Of one `print`; what is longer is cut. */
const MAX_PRINT_BYTES = 1024 * 1024;

/** As much of a state as its calls to the host need. */
export interface CallingState {
  readonly machine: Machine;
  readonly source: {
    readonly codec: ContractCodec;
    readonly hostFunctions: readonly HostFunction[];
    readonly settings: LuaSettings;
    readonly print: (bytes: Uint8Array) => void;
  };
  /** The call that runs now. */
  readonly current: Task | undefined;
  /** Why the state must not run any more; undefined while it may. */
  readonly spent: TenonError | undefined;
}

export class HostCalls {
  readonly #state: CallingState;
  /** The registry's number of what waiting calls yield. */
  token = 0;

  constructor(state: CallingState) {
    this.#state = state;
  }

  /** A lua_CFunction: number of results on the stack. What it throws ends the state, but for Lua's own errors. */
  call(L: LuaThread, index: number, first: number): number {
    const builtin = BUILTINS[index];
    if (builtin !== undefined) return this.#builtin(L, builtin);
    const codec = this.#state.source.codec.imports[index - BUILTINS.length]!;
    const out = this.#invoke(L, codec, first);
    return isThenable(out) ? this.#wait(L, codec, out) : this.#answer(L, codec, out);
  }

  /** The same for a function whose result is a scalar: the result itself. */
  scalar(L: LuaThread, index: number, first: number): number {
    const codec = this.#state.source.codec.imports[index - BUILTINS.length]!;
    const out = this.#invoke(L, codec, first);
    if (isThenable(out)) return this.#wait(L, codec, out);
    const { spent } = this.#state;
    if (spent !== undefined) throw new LuaHalt(spent);
    if (!codec.result!.fits(out)) this.#checkAnswer(L, codec, out);
    return Number(out);
  }

  #invoke(L: LuaThread, codec: ImportCodec, first: number): unknown {
    const { current, source } = this.#state;
    this.#checkTime(current!);
    const host = source.hostFunctions[codec.func.index]!;
    const isDirect = codec.takesNumber?.(first) === true;
    const args = isDirect ? undefined : this.#arguments(L, codec);
    try {
      return args === undefined ? host(first) : host(...args);
    } catch (thrown) {
      return this.#raise(L, codec, thrown);
    }
  }

  /** A lua_KFunction: what was awaited is there. */
  resumed(L: LuaThread): number {
    const task = this.#state.current!;
    const { outcome, awaited } = task;
    task.outcome = undefined;
    if (outcome === undefined || awaited === undefined)
      return this.#error(L, "the answer of a host function was lost, because its coroutine was resumed by hand");
    return "error" in outcome ? this.#raise(L, awaited, outcome.error) : this.#answer(L, awaited, outcome.value);
  }

  #arguments(L: LuaThread, { params, slots, func }: ImportCodec): unknown[] {
    const { machine } = this.#state;
    const { api } = machine;
    if (slots >= LUA_MIN_STACK && api.lua_checkstack(L, slots) === 0) return this.#error(L, "stack overflow");
    machine.budget.reset();
    const args: unknown[] = [];
    let index = 0;
    try {
      for (; index < params.length; index++) args.push(params[index]!.lift(machine, L, index + 1, params.length));
    } catch (thrown) {
      if (thrown instanceof LuaMisfit) return this.#error(L, `${func.path}: ${thrown.at(params[index]!.name)}`);
      if (thrown instanceof TenonError) return this.#error(L, `${func.path}: ${thrown.what}`);
      throw thrown;
    }
    return args;
  }

  #answer(L: LuaThread, codec: ImportCodec, value: unknown): number {
    const { result } = codec;
    // A nested call may have killed the state under this one.
    const { spent, machine } = this.#state;
    if (spent !== undefined) throw new LuaHalt(spent);
    if (result === undefined) return 0;
    if (!result.fits(value)) this.#checkAnswer(L, codec, value);
    result.lower(machine, L, value);
    return 1;
  }

  /** Raises an error if it is none of the function's type. */
  #checkAnswer(L: LuaThread, codec: ImportCodec, value: unknown): void {
    const { result, func } = codec;
    try {
      result!.check(value, "result");
    } catch (thrown) {
      const { what } = TenonError.from(thrown);
      const error = new TenonError("host-function-failed", `${func.path} gave no value of its type: ${what}`, {
        cause: thrown,
      });
      this.#raise(L, codec, error);
    }
  }

  #wait(L: LuaThread, codec: ImportCodec, pending: PromiseLike<unknown>): number {
    const { current, machine, spent } = this.#state;
    if (spent !== undefined) throw new LuaHalt(spent);
    const task = current!;
    const why = cannotWait(task, machine.api.lua_isyieldable(L) === 1);
    if (why !== undefined) {
      // Nobody will look at it any more; a rejection of it is no news.
      pending.then(undefined, () => {});
      return this.#raise(L, codec, why(codec.func.path));
    }
    task.pending = pending;
    task.awaited = codec;
    machine.api.push_ref(L, this.token);
    return machine.api.lua_yieldk(L, 1, 0, machine.resumedIndex);
  }

  #raise(L: LuaThread, { func }: ImportCodec, thrown: unknown): never {
    const { spent } = this.#state;
    if (spent !== undefined) throw new LuaHalt(spent);
    const isOurs = thrown instanceof TenonError;
    const what = isOurs ? thrown.what : describeThrown(thrown);
    const error = isOurs
      ? thrown.with({ call: func.path })
      : new TenonError("host-function-failed", `${func.path}: ${what}`, { cause: thrown });
    return this.#error(L, isOurs ? what : `${func.path}: ${what}`, error);
  }

  /** Raises a Lua error with the place of the call before it. */
  #error(L: LuaThread, what: string, error?: TenonError): never {
    const { machine, current } = this.#state;
    const { api } = machine;
    api.luaL_where(L, 1);
    const text = `${machine.readText(L, -1) ?? ""}${terminalSafe(what)}`;
    if (error !== undefined && current !== undefined) current.failure = { text, error };
    machine.pushText(L, text);
    return api.lua_error(L);
  }

  #checkTime(task: Task): void {
    if (task.hostCalls++ % CALLS_PER_CLOCK !== 0) return;
    const now = performance.now();
    task.deadline ??= now + this.#state.source.settings.callMs;
    if (now <= task.deadline) return;
    throw new LuaHalt(
      new TenonError("deadline-exceeded", "the plugin was still calling the host when its time was over"),
    );
  }

  #builtin(L: LuaThread, name: Builtin): number {
    const { machine, source } = this.#state;
    const { api } = machine;
    if (name === "write") {
      machine.budget.reset();
      source.print(machine.readBytes(L, 1, MAX_PRINT_BYTES) ?? new Uint8Array());
      return 0;
    }
    if (name === "time") api.lua_pushinteger(L, BigInt(Math.floor(Date.now() / 1000)));
    // A millisecond, as every clock that plugins get without more ado.
    else api.lua_pushnumber(L, Math.floor(performance.now()) / 1000);
    return 1;
  }
}

/** Why a host function's answer cannot be awaited here. */
function cannotWait(task: Task, isYieldable: boolean): ((path: string) => TenonError) | undefined {
  if (task.isSync) {
    return (path) =>
      new TenonError("boundary-unsupported", `${path} answers later, which a synchronous call cannot wait for`, {
        hint: "call the plugin's function without .sync",
      });
  }
  if (task.isCancelled) return () => new TenonError("cancelled", "the call was cancelled");
  if (isYieldable) return undefined;
  return (path) =>
    new TenonError("host-function-failed", `${path} answers later, which cannot be awaited here`, {
      hint: "call it outside of table.sort's comparison, string.gsub's function and the like",
    });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
