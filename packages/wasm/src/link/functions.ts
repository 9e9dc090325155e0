// Lifted and host functions as items that any caller can call; each pair of callee and caller has its own guard.
import { compileLift } from "@tenon/abi/canonical";
import type { CanonicalEnv, CanonicalOptions, CoreFunction, HostFunction } from "@tenon/abi/canonical";
import type { CompiledFunc } from "./compiled.ts";
import { EntryGate, NestedEntryGate } from "./gates.ts";
import type { ComponentInstance } from "./instance.ts";
import type { FuncItem } from "./items.ts";

/** The parts of an environment that depend on the definition, not on who calls. */
export type DefinitionEnv = Omit<CanonicalEnv, "gate" | "name" | "handles" | "flags">;

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
  readonly #options: CanonicalOptions;
  readonly #forCallers = new Map<ComponentInstance | undefined, HostFunction>();

  constructor(
    instance: ComponentInstance,
    func: CompiledFunc,
    env: DefinitionEnv,
    core: CoreFunction,
    options: CanonicalOptions,
  ) {
    this.isAsync = func.isAsync;
    this.#instance = instance;
    this.#func = func;
    this.#env = env;
    this.#core = core;
    this.#options = options;
  }

  callFrom(caller: ComponentInstance | undefined): HostFunction {
    const known = this.#forCallers.get(caller);
    if (known !== undefined) return known;
    const instance = this.#instance;
    const entered = instance.enteredFrom(caller);
    const isAlone = entered.length === 1 && entered[0] === instance && !this.#func.hasBorrow;
    const env: CanonicalEnv = {
      ...this.#env,
      name: this.name,
      handles: instance.handleCodec,
      flags: instance.flags,
      gate: isAlone ? new EntryGate(instance) : new NestedEntryGate(instance, entered),
    };
    const made = compileLift(caller === undefined ? this.#func.fn : this.#func.inner, env, this.#core, this.#options);
    this.#forCallers.set(caller, made);
    return made;
  }
}

/** A function of the host, which any instance calls alike. */
export function hostFunc(name: string, call: HostFunction): FuncItem {
  return { kind: "func", isAsync: false, name, callFrom: () => call };
}
