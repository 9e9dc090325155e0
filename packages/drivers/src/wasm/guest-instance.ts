// A compiled module -> one instance with the contract's functions on it.
import { compileLift, compileLower } from "@tenon/abi/canonical";
import type { CallGate, CanonicalEnv, CoreFunction, InstanceFlags, MemoryLike, Realloc } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import type { ContractFunction } from "@tenon/contract/core";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import { engine } from "@tenon/wasm";
import type { WasmModule } from "@tenon/wasm";
import { ADDED_EXPORTS, FuelGauge } from "@tenon/wasm/limits";
import { fillOf } from "../_wasm/fuel-fill.ts";
import { MeteredGuest } from "../_wasm/metered-guest.ts";
import type { Call, MeteredSource } from "../_wasm/metered-guest.ts";
import type { Preview1Face } from "../_wasm/wasi.ts";
import { exportName, importName, WASI_MODULE } from "./check-module.ts";

/** Of one function's environment. */
type OwnParts = Pick<CanonicalEnv, "gate" | "fill" | "name" | "postReturn">;

/** What instances are made of. */
export interface GuestSource extends MeteredSource<Preview1Face> {
  readonly module: WasmModule;
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  readonly hostFunctions: readonly HostFunction[];
}

/**
 * Code is generated once for each of these objects, and the engine learns in it what it calls. So every module has its own,
 * which all of its instances share: in code for several, each call would cost some nanoseconds more.
 */
const ownFunctions = new WeakMap<WasmModule, Map<ContractFunction, ContractFunction>>();

function ownOf(module: WasmModule, shared: ContractFunction): ContractFunction {
  let own = ownFunctions.get(module);
  if (own === undefined) ownFunctions.set(module, (own = new Map()));
  let made = own.get(shared);
  if (made === undefined) own.set(shared, (made = { ...shared }));
  return made;
}

export class GuestInstance extends MeteredGuest<Preview1Face> {
  readonly #module: WasmModule;
  readonly #exports: readonly FunctionRef[];
  readonly #core: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
  readonly #flags: InstanceFlags = { mayLeave: true };
  readonly #functions: (Call | undefined)[] = [];

  /** Instantiates and runs the start functions. Throws `start-failed`, or `resource-exhausted` when they take too long. */
  constructor(source: GuestSource) {
    super(source);
    const { settings } = source;
    this.#module = source.module;
    this.#exports = source.exports;
    try {
      const instance = new engine.Instance(source.module, this.#importsOf(source));
      this.#core.exports = instance.exports;
      this.gauge = settings.fuel > 0 ? new FuelGauge(instance.exports) : undefined;
      this.#start(instance);
      this.gauge?.fill(settings.fuel);
    } catch (thrown) {
      this.close();
      throw this.startFailure(thrown);
    }
  }

  override function(index: number): Call {
    return (this.#functions[index] ??= this.#lift(this.#exports[index]!));
  }

  #importsOf({ imports, hostFunctions }: GuestSource): Record<string, Record<string, unknown>> {
    const given = Object.create(null) as Record<string, Record<string, unknown>>;
    for (const func of imports) {
      const { module, name } = importName(func);
      const owner = (given[module] ??= Object.create(null) as Record<string, unknown>);
      const fn = ownOf(this.#module, func.function);
      const env = this.#environment({ gate: new ImportGate(this), name: func.path });
      owner[name] = compileLower(fn, env, hostFunctions[func.index]!);
    }
    if (this.wasi !== undefined) {
      const functions = Object.entries(this.wasi.imports[WASI_MODULE] as Record<string, Call>);
      given[WASI_MODULE] = Object.fromEntries(functions.map(([name, call]) => [name, this.timed(call)]));
    }
    return given;
  }

  #start(instance: { readonly exports: Readonly<Record<string, unknown>> }): void {
    this.gauge?.fill(this.settings.startFuel);
    this.wasi?.bind(instance);
    const start = instance.exports[ADDED_EXPORTS.start];
    if (typeof start === "function") (start as () => void)();
    if (this.wasi !== undefined) return this.wasi.initialize(instance);
    const initialize = instance.exports["_initialize"];
    if (typeof initialize === "function") (initialize as () => void)();
  }

  #lift(func: FunctionRef): Call {
    const { exports } = this.#core;
    const name = exportName(func);
    const postReturn = exports[`cabi_post_${name}`];
    const fill = fillOf(exports, this.settings.fuel);
    const env = this.#environment({
      gate: this,
      ...(fill !== undefined && { fill }),
      name: func.path,
      ...(typeof postReturn === "function" && { postReturn: postReturn as CoreFunction }),
    });
    return compileLift(ownOf(this.#module, func.function), env, exports[name] as CoreFunction);
  }

  #environment(own: OwnParts): CanonicalEnv {
    return environment(this.#core, { budget: this.budget, flags: this.#flags }, own);
  }
}

/** What a guest calls: its time, and the end of the guest where it fails. */
class ImportGate implements CallGate {
  readonly #guest: GuestInstance;
  constructor(guest: GuestInstance) {
    this.#guest = guest;
  }
  enter(): void {
    this.#guest.enterHost();
  }
  exit(): void {
    this.#guest.exitHost();
  }
  fail(error: TenonError): unknown {
    return this.#guest.failHost(error);
  }
}

/**
 * What an environment has beside its function's own parts. `late` is filled once there is an instance; imports are called only
 * then. The guest's own allocator, and not one that calls it: it is called for every string.
 */
function environment(
  late: { readonly exports: Readonly<Record<string, unknown>> },
  { budget, flags }: Required<Pick<CanonicalEnv, "budget" | "flags">>,
  own: OwnParts,
): CanonicalEnv {
  return {
    ...own,
    memory: () => (late.exports["memory"] as MemoryLike | undefined) ?? fail(needs("memory")),
    get realloc(): Realloc {
      const found = late.exports["cabi_realloc"];
      return typeof found === "function" ? (found as Realloc) : fail(needs("cabi_realloc"));
    },
    budget,
    flags,
  };
}

function fail(error: TenonError): never {
  throw error;
}

function needs(name: string): TenonError {
  return new TenonError("artifact-invalid", `the module exports no \`${name}\`, which values of this contract need`);
}
