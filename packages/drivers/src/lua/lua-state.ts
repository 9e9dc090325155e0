// The engine and a script -> one Lua state with the contract's functions, and the end of it when it is killed.
//
// Every call runs in a coroutine of its own, so that it can wait for the host while others run. Once anything but a Lua
// error came out of the machine (no fuel, no memory, too deep), the state is spent: nobody knows what it holds.
import { randomInt } from "node:crypto";
import { TenonError } from "@tenon/contract/core";
import type { HostFunction } from "@tenon/host/driver";
import type { ContractCodec, ExportCodec } from "./codec/functions.ts";
import { LuaMisfit } from "./codec/misfit.ts";
import { badResult, killReason, luaFailure, tooDeep } from "./failure.ts";
import { HostCalls } from "./host-calls.ts";
import type { LuaSettings, Script } from "./options.ts";
import { bindExports, loadScript, offerImports, runPrelude } from "./program.ts";
import { Task } from "./task.ts";
import type { Outcome } from "./task.ts";
import { LUA_MIN_STACK, LUA_REGISTRY, LUA_STATUS } from "./vm/api.ts";
import type { LuaEngine } from "./vm/engine.ts";
import { LuaHalt, outOfMemory } from "./vm/environment.ts";
import { Machine } from "./vm/machine.ts";

export interface StateSource {
  readonly engine: LuaEngine;
  readonly codec: ContractCodec;
  readonly script: Script;
  readonly settings: LuaSettings;
  readonly hostFunctions: readonly HostFunction[];
  readonly print: (bytes: Uint8Array) => void;
}

export interface CallSettings {
  readonly deadline: number | undefined;
  readonly isSync: boolean;
  /** Called once if the call waits: how to be told that nobody wants its answer any more. */
  readonly onWait?: ((cancel: () => void) => void) | undefined;
}

/** Calls of host and plugin within each other, without waiting; V8's stack would hold some more. */
const MAX_DEPTH = 64;
/** What `call_scalars` answers where it has the result already. */
const SCALAR_TAKEN = -1;

export class LuaState {
  readonly machine: Machine;
  readonly source: StateSource;
  /** The call that runs now, while Lua runs. */
  current: Task | undefined;
  #depth = 0;
  #spent: TenonError | undefined;
  #isTankWhole = false;
  readonly #functions: number[] = [];
  readonly #idle: Task[] = [];
  readonly #waiting = new Set<Task>();

  /** Makes an empty state. Throws `resource-exhausted`. */
  constructor(source: StateSource) {
    const { engine, codec, settings } = source;
    this.source = source;
    const calls = new HostCalls(this);
    try {
      this.machine = new Machine(engine, {
        memoryBytes: settings.memoryMiB * 2 ** 20,
        fuel: settings.fuel > 0 ? settings.startFuel : 0,
        maxLiftBytes: settings.maxLiftBytes,
        keys: codec.keys,
        onCall: (L, index, first) => calls.call(L, index, first),
        onScalarCall: (L, index, first) => calls.scalar(L, index, first),
        onResumed: (L) => calls.resumed(L),
      });
      const { machine } = this;
      calls.token = runPrelude(machine, this.#task(), { settings, seed: () => randomInt(2 ** 47) });
      offerImports(machine, codec.imports);
    } catch (thrown) {
      throw this.#kill(thrown);
    }
  }

  /** Runs the script and finds the contract's functions. Gives a promise if the script waits for the host meanwhile. */
  start(options: Pick<CallSettings, "isSync">): undefined | Promise<undefined> {
    const { script } = this.source;
    const task = this.#task();
    const done = (): undefined => {
      this.#isTankWhole = false;
      return undefined;
    };
    task.begin({ codec: undefined, deadline: undefined, isSync: options.isSync });
    this.#enter(() => loadScript(this.machine, task.L, script));
    const out = this.#run(task, 0);
    return out instanceof Promise ? out.then(done) : done();
  }

  /** Why this state must not be called again; undefined while it may. */
  get spent(): TenonError | undefined {
    return this.#spent;
  }

  get isBusy(): boolean {
    return this.#depth > 0;
  }

  /** The value, or a promise of it where the call has to wait for the host. Throws as it rejects. */
  call(codec: ExportCodec, args: readonly unknown[], { deadline, isSync, onWait }: CallSettings): unknown {
    if (this.#spent !== undefined) throw this.#spent;
    if (this.#depth >= MAX_DEPTH) throw tooDeep(MAX_DEPTH);
    const task = this.#idle.pop() ?? this.#enter(() => this.#task());
    task.begin({ codec, deadline, isSync });
    if (this.#depth === 0) this.#refill();
    try {
      if (codec.kinds === undefined) this.#push(task.L, codec, args);
      else this.#check(codec, args);
    } catch (thrown) {
      if (!(thrown instanceof TenonError)) throw this.#kill(thrown);
      this.#release(task);
      throw thrown.with({ call: codec.func.path });
    }
    const out = this.#run(task, codec.params.length, codec.kinds === undefined ? undefined : args);
    if (onWait !== undefined && task.pending !== undefined) onWait(() => this.#cancel(task));
    return out;
  }

  #check({ params }: ExportCodec, args: readonly unknown[]): void {
    for (let index = 0; index < params.length; index++) {
      const { fits, check, name } = params[index]!;
      if (!fits(args[index])) check(args[index], name);
    }
  }

  /** The function and its arguments, checked. */
  #push(L: number, { params, slots, func }: ExportCodec, args: readonly unknown[]): void {
    const { machine } = this;
    const { api } = machine;
    if (slots >= LUA_MIN_STACK && api.lua_checkstack(L, slots) === 0) throw new LuaHalt(outOfMemory());
    api.push_ref(L, this.#functions[func.index] as number);
    for (let index = 0; index < params.length; index++) {
      const { fits, check, name, lower } = params[index]!;
      const value = args[index];
      if (!fits(value)) check(value, name);
      lower(machine, L, value);
    }
  }

  /** Ends every call that waits. */
  close(error: TenonError): void {
    this.#spent ??= error;
    for (const task of this.#waiting) task.settle?.reject(error);
    this.#waiting.clear();
  }

  /** Lets Lua run until the call is over or waits. `scalars` are arguments that are not on the stack yet. */
  #run(task: Task, count: number, scalars?: readonly unknown[]): unknown {
    const outer = this.current;
    this.current = task;
    this.#depth++;
    let status: number;
    try {
      const from = outer === undefined ? 0 : outer.L;
      status =
        scalars === undefined
          ? this.machine.api.resume(task.L, from, count)
          : this.#callScalars(task, from, count, scalars);
    } catch (thrown) {
      throw this.#kill(thrown).with({ call: task.path });
    } finally {
      this.current = outer;
      this.#depth--;
    }
    // A nested call may have killed the state, and the script or a host function may have swallowed that.
    if (this.#spent !== undefined) throw this.#spent;
    if (status === SCALAR_TAKEN) return this.#scalar(task);
    const code = status & 0xff;
    if (code === LUA_STATUS.ok) return this.#answer(task, status >> 8);
    if (code === LUA_STATUS.yield && task.pending !== undefined) return this.#wait(task, task.pending);
    throw this.#fail(task, code);
  }

  #callScalars({ L, codec }: Task, from: number, count: number, scalars: readonly unknown[]): number {
    const { func, kinds } = codec!;
    const ref = this.#functions[func.index] as number;
    const values = scalars as readonly number[];
    // A boolean is 0 or 1; what is not there is not read.
    const { api } = this.machine;
    return api.call_scalars(L, from, ref, count, kinds!, +values[0]!, +values[1]!, +values[2]!, +values[3]!);
  }

  /** The result of a call that is over, whose results are all that is on its stack. */
  #answer(task: Task, count: number): unknown {
    const { machine } = this;
    const { L, codec } = task;
    try {
      if (codec === undefined) return this.#bind(L, count);
      const { result } = codec;
      if (result === undefined) return undefined;
      if (count !== 1) machine.api.lua_settop(L, 1);
      machine.budget.reset();
      return result(machine, L, 1, 1);
    } catch (thrown) {
      if (thrown instanceof LuaMisfit) throw badResult(thrown, codec?.func);
      if (thrown instanceof TenonError) throw thrown.with({ call: task.path });
      throw this.#kill(thrown);
    } finally {
      if (this.#spent === undefined) this.#release(task);
    }
  }

  #scalar(task: Task): unknown {
    this.#idle.push(task);
    const { fromScalar, func } = task.codec!;
    try {
      return fromScalar!(this.machine.scalar);
    } catch (thrown) {
      throw thrown instanceof LuaMisfit ? badResult(thrown, func) : thrown;
    }
  }

  #bind(L: number, count: number): undefined {
    const { codec, script } = this.source;
    if (count !== 1) this.machine.api.lua_settop(L, 1);
    this.#functions.push(...bindExports(this.machine, L, { codec, script }));
    return undefined;
  }

  #wait(task: Task, pending: PromiseLike<unknown>): Promise<unknown> {
    task.fuelLeft = this.machine.gauge?.left ?? 0;
    this.#waiting.add(task);
    const wake = (outcome: Outcome): void => this.#wake(task, pending, outcome);
    pending.then(
      (value) => wake({ value }),
      (error: unknown) => wake({ error }),
    );
    return new Promise((resolve, reject) => (task.settle = { resolve, reject }));
  }

  #wake(task: Task, pending: PromiseLike<unknown>, outcome: Outcome): void {
    // A late answer, to a call that was cancelled or whose state is gone.
    if (task.pending !== pending || !this.#waiting.delete(task)) return;
    const { settle } = task;
    task.pending = undefined;
    task.outcome = outcome;
    this.machine.gauge?.fill(task.fuelLeft);
    this.#isTankWhole = false;
    try {
      const out = this.#run(task, 0);
      if (out instanceof Promise) void out.then(settle?.resolve, settle?.reject);
      else settle?.resolve(out);
    } catch (thrown) {
      settle?.reject(TenonError.from(thrown, "plugin-trap"));
    }
  }

  /** Whoever called does not wait any more: the host function that is awaited fails, so that the script can clean up. */
  #cancel(task: Task): void {
    task.isCancelled = true;
    const { pending } = task;
    if (pending === undefined) return;
    const error = new TenonError("cancelled", "the call was cancelled");
    // Never in the middle of another call, which may be what cancels.
    queueMicrotask(() => this.#wake(task, pending, { error }));
  }

  #fail(task: Task, code: number): TenonError {
    const { machine } = this;
    try {
      const error = luaFailure(machine, { task, code, memoryMiB: this.source.settings.memoryMiB });
      // Closes what the script left to be closed, and makes the coroutine fit for another call.
      machine.api.lua_resetthread(task.L);
      machine.api.lua_settop(machine.main, 0);
      this.#release(task);
      return error.with({ call: task.path });
    } catch (thrown) {
      return this.#kill(thrown).with({ call: task.path });
    }
  }

  #release(task: Task): void {
    this.machine.api.lua_settop(task.L, 0);
    this.#idle.push(task);
  }

  #task(): Task {
    const { api, main } = this.machine;
    const L = api.lua_newthread(main);
    // Anchored for as long as the state lives: there are as many as ever waited at once.
    api.luaL_ref(main, LUA_REGISTRY);
    return new Task(L);
  }

  #enter<T>(run: () => T): T {
    try {
      return run();
    } catch (thrown) {
      throw thrown instanceof TenonError ? thrown : this.#kill(thrown);
    }
  }

  #refill(): void {
    const { gauge } = this.machine;
    if (gauge === undefined) return;
    if (this.#isTankWhole) gauge.refill();
    else gauge.fill(this.source.settings.fuel);
    this.#isTankWhole = true;
  }

  /** Every other call that waits in this state ends with it. */
  #kill(thrown: unknown): TenonError {
    if (this.#spent !== undefined) return this.#spent;
    const error = killReason(thrown, this.machine?.gauge?.isDry === true, this.source.settings);
    this.#spent = error;
    const others = new TenonError("plugin-crashed", `the state of the plugin was discarded: ${error.what}`);
    for (const task of this.#waiting) task.settle?.reject(others.with({ call: task.path }));
    this.#waiting.clear();
    return error;
  }
}
