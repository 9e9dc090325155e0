// A link plan with compiled modules -> one instance with the contract's functions on it, all of its modules on one tank.
import { trapError } from "@tenon/abi/canonical";
import { camelCase, functionLabel, pascalCase, TenonError } from "@tenon/contract/core";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import { GuestHandle, instantiate, isSameInterface } from "@tenon/wasm";
import type { HostImport, LinkPlan, LinkedComponent, WasmModule } from "@tenon/wasm";
import { FuelTank } from "@tenon/wasm/limits";
import { fillOf } from "../_wasm/fuel-fill.ts";
import { MeteredGuest } from "../_wasm/metered-guest.ts";
import type { Call, MeteredSource } from "../_wasm/metered-guest.ts";
import type { Preview2Face } from "../_wasm/wasi.ts";
import { importsOf } from "./imports.ts";

/** What instances are made of. */
export interface ComponentSource extends MeteredSource<Preview2Face> {
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  readonly hostFunctions: readonly HostFunction[];
  readonly extraImports: Readonly<Record<string, HostImport>>;
}

/**
 * Calls of async functions may overlap. All in flight share the tank and the budget, for when either is empty the instance
 * ends with all of them; each that begins adds what a call may have, and what is saved up never exceeds what those in flight
 * may have together.
 */
export class ComponentGuest extends MeteredGuest<Preview2Face> {
  readonly #source: ComponentSource;
  readonly #linked: LinkedComponent;
  readonly #functions: (Call | undefined)[] = [];
  /** Calls that have returned a promise and not settled it. */
  #waiting = 0;
  #latest = 0;
  #isFilledForMore = false;
  #isRetired = false;

  /** Throws function-missing for imports that are not supplied, start-failed, or resource-exhausted where the start takes too long. */
  constructor(source: ComponentSource) {
    super(source);
    this.#source = source;
    const { plan, modules, settings } = source;
    const tank = settings.fuel > 0 ? new FuelTank() : undefined;
    this.gauge = tank;
    tank?.fill(settings.startFuel);
    try {
      const wasi = this.wasi?.importsFor(plan.world.imports.map(({ id }) => id)) ?? {};
      const sources = {
        imports: source.imports,
        hostFunctions: source.hostFunctions,
        extra: source.extraImports,
        wasi,
      };
      this.#linked = instantiate(plan, modules, importsOf(plan, sources), {
        budget: this.budget,
        owner: this,
        ends: { pulled: () => this.#pulled(), released: () => this.#closeIfRetired() },
        ...(tank !== undefined && { coreImports: tank.imports, onLift: (exports) => fillOf(exports, settings.fuel) }),
      });
    } catch (thrown) {
      this.close();
      throw this.startFailure(thrown);
    }
    tank?.fill(settings.fuel);
    this.#defineClasses(source);
  }

  override function(index: number): Call {
    return (this.#functions[index] ??= this.#functionOf(this.#source.exports[index]!));
  }

  #functionOf({ path, interface: { id }, function: { name, isAsync, result } }: FunctionRef): Call {
    const found = this.#linked.func(exportedId(this.#source.plan, id), name);
    if (found === undefined) throw new Error(`${path} was checked and is not there`);
    if (isAsync) return (...args) => this.#settling(this.#entered(() => found(...args)));
    return result?.kind === "future" ? (...args) => this.#settling(found(...args)) : found;
  }

  /** Calls that wait for promises have it to their end, and so have streams. */
  override retire(): void {
    this.#isRetired = true;
    this.#closeIfRetired();
  }

  override close(): void {
    super.close();
    // Not there where the start failed.
    (this.#linked as LinkedComponent | undefined)?.end(
      this.spent ?? new TenonError("session-closed", "the instance was closed"),
    );
  }

  #closeIfRetired(): void {
    if (this.#isRetired && this.#waiting === 0 && !this.#linked.hasEnds) this.close();
  }

  /** A chunk of a stream is work like a call's: an open stream must neither run dry nor save up. */
  #pulled(): void {
    if (!this.isBusy && this.spent === undefined) this.refill();
  }

  protected override get isPlain(): boolean {
    return this.#waiting === 0 && !this.#isFilledForMore;
  }

  protected override refill(): void {
    if (this.isPlain) super.refill();
    else this.#refillAround();
  }

  #refillAround(): void {
    if (this.#waiting > 0) return this.#refillForMore();
    // A refill gives what the last fill gave, which was for several calls.
    this.gauge?.fill(this.settings.fuel);
    this.#isFilledForMore = false;
    super.refill();
  }

  #refillForMore(): void {
    const { fuel } = this.settings;
    const calls = this.#waiting + 1;
    this.deadline = Math.max(this.#latest, this.deadlineFrom(performance.now()));
    this.budget.resetAmong(calls);
    this.#isFilledForMore = true;
    if (this.gauge !== undefined) this.gauge.fill(Math.min(Math.max(0, this.gauge.left) + fuel, fuel * calls));
  }

  /** A guest that ends itself is told by what it exits with, once the call is out of it. */
  override failHost(error: TenonError): TenonError {
    return this.wasi?.exitCode === undefined ? super.failHost(error) : error;
  }

  /** Runs something of the guest's as a call of its own. */
  #entered<T>(work: () => T): T {
    this.enter();
    let value: T;
    try {
      value = work();
    } catch (thrown) {
      throw this.#ended(trapError(thrown));
    }
    this.exit();
    return value;
  }

  /** What a call ends with; the instance lives on where the call never got into it. */
  #ended(error: TenonError): TenonError {
    if (this.spent !== undefined || this.#linked.trap !== undefined) return this.fail(error);
    this.forgive();
    return error;
  }

  #settling(value: unknown): unknown {
    return value instanceof Promise ? this.#whenSettled(value) : value;
  }

  async #whenSettled(pending: Promise<unknown>): Promise<unknown> {
    this.#latest = this.deadlineFrom(performance.now());
    this.#waiting += 1;
    try {
      return await pending;
    } catch (thrown) {
      const error = trapError(thrown);
      if (this.#linked.trap === undefined) throw error;
      throw super.failHost(this.reason(error));
    } finally {
      this.#waiting -= 1;
      this.#closeIfRetired();
    }
  }

  /** Destructors are the guest's code: they run as calls do. What is gone with its instance needs none. */
  #classNamed(name: string): typeof GuestHandle {
    const isGone = (): boolean => this.spent !== undefined;
    const run = (drop: () => void): void => this.#entered(drop);
    const made = {
      [name]: class extends GuestHandle {
        override [Symbol.dispose](): void {
          if (!this.isAlive) return;
          if (isGone()) this.expire();
          else run(() => super[Symbol.dispose]());
        }
      },
    };
    return made[name]!;
  }

  /** Resources of the plugin are objects with their methods on them. */
  #defineClasses({ plan, exports }: ComponentSource): void {
    for (const owner of new Set(exports.map((func) => func.interface))) {
      for (const name of owner.resources) {
        const resource = this.#linked.resource(exportedId(plan, owner.id), name);
        if (resource === undefined) continue;
        const Resource = this.#classNamed(pascalCase(name));
        const bound = (index: number): Call => this.function(index);
        for (const func of exports) {
          if (func.interface !== owner || func.function.kind !== "method" || func.function.resource !== name) continue;
          const key = camelCase(functionLabel(func.function.name));
          Object.defineProperty(Resource.prototype, key, {
            value(this: GuestHandle, ...args: unknown[]) {
              return bound(func.index)(this, ...args);
            },
          });
        }
        resource.guestClass = Resource;
      }
    }
  }
}

function exportedId(plan: LinkPlan, wanted: string): string {
  return plan.world.exports.find(({ id }) => isSameInterface(id, wanted))?.id ?? wanted;
}
