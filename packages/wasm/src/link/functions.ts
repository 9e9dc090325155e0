// Lifted and host functions as items that any caller can call; each pair of callee and caller has its own guard.
import { TenonError } from "@tenon/contract/core";
import { compileLift } from "@tenon/abi/canonical";
import type { CanonicalEnv, CanonicalOptions, CoreFunction, HostFunction } from "@tenon/abi/canonical";
import { streamsOf } from "../async/copies.ts";
import { hostStreamsOf } from "../async/host-streams.ts";
import { errorContextsOf } from "../async/error-contexts.ts";
import type { Scheduler } from "../async/scheduler.ts";
import type { OnCancel, OnResolve, OnStart } from "../async/task.ts";
import type { CompiledFunc } from "./compiled.ts";
import { EntryGate, NestedEntryGate } from "./gates.ts";
import type { OwnerGate } from "./gates.ts";
import type { ComponentInstance } from "./instance.ts";
import type { FuncItem } from "./items.ts";

/** The parts of an environment that depend on the definition, not on who calls. */
export type DefinitionEnv = Omit<CanonicalEnv, "gate" | "name" | "handles" | "flags">;

export interface LiftHow {
  readonly canonical: CanonicalOptions;
  /** Calls are tasks, because some builtin asks for the current one. */
  readonly usesTasks: boolean;
  readonly scheduler: Scheduler;
  /** Of the calls that the host makes. */
  readonly owner: OwnerGate | undefined;
}

/** A core function with the type and options of its `canon lift`. Compiled for a caller when that one first asks. */
export class LiftedFunc implements FuncItem {
  readonly kind = "func";
  readonly isAsync: boolean;
  /** What errors call it; known when it is exported. */
  name = "an internal function";
  readonly #instance: ComponentInstance;
  readonly #func: CompiledFunc;
  readonly #env: DefinitionEnv;
  readonly #core: CoreFunction;
  readonly #how: LiftHow;
  readonly #forCallers = new Map<ComponentInstance | undefined, HostFunction>();

  constructor(instance: ComponentInstance, func: CompiledFunc, env: DefinitionEnv, core: CoreFunction, how: LiftHow) {
    this.isAsync = func.isAsync;
    this.#instance = instance;
    this.#func = func;
    this.#env = env;
    this.#core = core;
    this.#how = how;
  }

  callFrom(caller: ComponentInstance | undefined): HostFunction {
    const known = this.#forCallers.get(caller);
    if (known !== undefined) return known;
    const instance = this.#instance;
    const entered = instance.enteredFrom(caller);
    const { usesTasks, scheduler } = this.#how;
    const owner = caller === undefined ? this.#how.owner : undefined;
    const isAlone = entered.length === 1 && entered[0] === instance && !this.#func.hasBorrow && !usesTasks;
    const { fill, ...own } = this.#env;
    const env: CanonicalEnv = {
      ...own,
      // Calls between components go on with the fuel that there is.
      ...(isAlone && owner?.enterUnfilled !== undefined && fill !== undefined && { fill }),
      name: this.name,
      handles: instance.handleCodec,
      flags: instance.flags,
      gate: isAlone ? new EntryGate(instance, owner) : new NestedEntryGate(instance, entered, usesTasks, owner),
      ...(usesTasks && {
        streams: caller === undefined ? hostStreamsOf(instance, scheduler) : streamsOf(instance),
        errorContexts: errorContextsOf(instance),
      }),
    };
    const made = compileLift(
      caller === undefined ? this.#func.fn : this.#func.inner,
      env,
      this.#core,
      this.#how.canonical,
    );
    this.#forCallers.set(caller, made);
    return made;
  }

  begin(caller: ComponentInstance, onStart: OnStart, onResolve: OnResolve): OnCancel {
    onResolve([this.callFrom(caller)(...onStart())]);
    return notCancellable;
  }
}

/** It has returned already. */
function notCancellable(): void {}

/** A function of the host, which any instance calls alike. */
export function hostFunc(
  name: string,
  call: HostFunction,
  scheduler: Scheduler,
  owner: OwnerGate | undefined,
): FuncItem {
  return {
    kind: "func",
    isAsync: false,
    name,
    callFrom: () => call,
    begin: (_caller, onStart, onResolve) => {
      const value = callHost(name, call, onStart(), owner);
      if (!isPromise(value)) {
        onResolve([value]);
        return notCancellable;
      }
      const stop = scheduler.hostWorks(value, (result) => onResolve([result]));
      // The host's function goes on; its answer is not wanted any more.
      return () => {
        if (stop()) onResolve(undefined);
      };
    },
  };
}

function callHost(name: string, call: HostFunction, args: readonly unknown[], owner: OwnerGate | undefined): unknown {
  owner?.enterHost();
  try {
    const value = call(...args);
    owner?.exitHost();
    return value;
  } catch (thrown) {
    const error = TenonError.from(thrown, "host-function-failed", { call: name });
    throw owner === undefined ? error : owner.failHost(error);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
