// A slot -> the object that the host's code holds: `plugin.<interface>.<function>(...)`, `plugin.sync`, and the controls.
import { TenonError, type Contract } from "@tenon/contract";
import type { CallOptions } from "./calls.ts";
import type { FunctionRef, Session } from "./driver.ts";
import { memberName, planOf } from "./plan.ts";
import type { Slot } from "./slot.ts";
import type { Life } from "./supervisor.ts";

/** One contract function as the host calls it: the same parameters, then call options; always a promise. */
export type AsyncFunction<F> = F extends (...args: infer A) => infer R
  ? (...args: [...args: A, options?: CallOptions]) => Promise<Awaited<R>>
  : F;

/** One contract function as `plugin.sync` has it: exactly the contract's parameters and result. */
export type SyncFunction<F> = F extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : F;

export type AsyncExports<E> = {
  readonly [K in keyof E]: E[K] extends (...args: never) => unknown ? AsyncFunction<E[K]> : { readonly [N in keyof E[K]]: AsyncFunction<E[K][N]> };
};
export type SyncExports<E> = {
  readonly [K in keyof E]: E[K] extends (...args: never) => unknown ? SyncFunction<E[K]> : { readonly [N in keyof E[K]]: SyncFunction<E[K][N]> };
};

/** What every plugin object has beside its contract. */
export interface PluginControls<E> extends AsyncDisposable {
  readonly id: string;
  readonly boundary: string;
  readonly contract: Contract<E>;
  readonly state: Life["name"];
  /** The contract's interfaces by key; the same as on the plugin itself, for an interface whose key is one of these names. */
  readonly exports: AsyncExports<E>;
  /**
   * The same functions without promises, on boundaries that have synchronous calls; bound to the present session, so read
   * it again after a restart. On `import` each is the plugin's own function, at no cost. Throws `boundary-unsupported`.
   */
  readonly sync: SyncExports<E>;
  /** Starts the plugin now instead of at its first call. Rejects with the start's error. */
  start(): Promise<void>;
  /** Calls a function by its path (`builder.build`) with an array of arguments; for tools that learn the contract at run time. */
  invoke(path: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** Ends the plugin; calls in flight reject with `session-closed`. Idempotent. */
  close(): Promise<void>;
}

/** A loaded plugin. */
export type Plugin<E = unknown> = PluginControls<E> & AsyncExports<E>;

type PluginClass = new (slot: Slot) => object;
const classes = new WeakMap<Contract, PluginClass>();

/** The plugin object over `slot`. Its class is made once per contract, so that a thousand plugins share their functions. */
export function createPlugin<E>(slot: Slot): Plugin<E> {
  const { contract } = slot.options;
  let made = classes.get(contract);
  if (made === undefined) classes.set(contract, (made = defineClass(contract)));
  return new made(slot) as unknown as Plugin<E>;
}

interface Member {
  readonly key: string;
  readonly name: string;
  readonly func: FunctionRef;
}

function defineClass(contract: Contract): PluginClass {
  const plan = planOf(contract);
  const members = plan.exports.map((func): Member => ({ key: func.interface.key, name: memberName(func), func }));
  const byPath = new Map(plan.exports.map((func) => [func.path, func]));
  const AsyncView = defineView(members, asyncStub);
  const SyncView = defineView(members, (slot, func) => slot.bindSync(func));

  class PluginObject implements PluginControls<unknown> {
    readonly #slot: Slot;
    #syncFor: Session | undefined;
    #sync: object | undefined;
    declare readonly exports: AsyncExports<unknown>;
    constructor(slot: Slot) {
      this.#slot = slot;
      Object.defineProperty(this, "exports", { value: new AsyncView(slot) });
    }
    get id(): string {
      return this.#slot.options.id;
    }
    get boundary(): string {
      return this.#slot.options.driver.boundary;
    }
    get contract(): Contract {
      return contract;
    }
    get state(): Life["name"] {
      return this.#slot.state;
    }
    get sync(): SyncExports<unknown> {
      if (this.#sync === undefined || this.#syncFor !== this.#slot.session) {
        this.#syncFor = this.#slot.session;
        this.#sync = new SyncView(this.#slot);
      }
      return this.#sync as SyncExports<unknown>;
    }
    async start(): Promise<void> {
      await this.#slot.ensure();
    }
    async invoke(path: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
      const func = byPath.get(path);
      if (func === undefined) throw unknownFunction(path, contract, byPath);
      return this.#slot.call(func, args, options);
    }
    close(): Promise<void> {
      return this.#slot.close();
    }
    [Symbol.asyncDispose](): Promise<void> {
      return this.#slot.close();
    }
  }
  for (const key of new Set(members.map((member) => (member.key === "" ? member.name : member.key)))) {
    if (key in PluginObject.prototype || key === "exports") continue;
    Object.defineProperty(PluginObject.prototype, key, {
      get(this: { exports: Record<string, unknown> }) {
        return this.exports[key];
      },
    });
  }
  return PluginObject;
}

/** A class with one lazily made, frozen object per interface, whose members are made by `stub`. */
function defineView(members: readonly Member[], stub: (slot: Slot, func: FunctionRef) => unknown): new (slot: Slot) => object {
  class View {
    readonly slot!: Slot;
    constructor(slot: Slot) {
      Object.defineProperty(this, "slot", { value: slot });
    }
  }
  const lazily = (target: object, key: string, make: (self: View) => unknown): void => {
    Object.defineProperty(target, key, {
      configurable: true,
      enumerable: true,
      get(this: View) {
        const value = make(this);
        Object.defineProperty(this, key, { value, enumerable: true });
        return value;
      },
    });
  };
  const groups = new Map<string, Member[]>();
  for (const member of members) groups.set(member.key, [...(groups.get(member.key) ?? []), member]);
  for (const [key, group] of groups) {
    if (key === "") {
      for (const { name, func } of group) lazily(View.prototype, name, (self) => stub(self.slot, func));
      continue;
    }
    class Interface extends View {}
    for (const { name, func } of group) lazily(Interface.prototype, name, (self) => stub(self.slot, func));
    lazily(View.prototype, key, (self) => new Interface(self.slot));
  }
  return View;
}

/** `async` turns what `slot.call` throws at once (a bad argument) into a rejection as well. */
function asyncStub(slot: Slot, func: FunctionRef): unknown {
  const count = func.function.params.length;
  if (count === 1) return async (a: unknown, options?: CallOptions) => slot.call(func, [a], options);
  if (count === 2) return async (a: unknown, b: unknown, options?: CallOptions) => slot.call(func, [a, b], options);
  return async (...given: unknown[]) => slot.call(func, given.slice(0, count), given[count] as CallOptions | undefined);
}

function unknownFunction(path: string, contract: Contract, known: ReadonlyMap<string, FunctionRef>): TenonError {
  return new TenonError("function-missing", `contract ${contract.id} exports no function ${path}`, {
    hint: `it has ${[...known.keys()].join(", ") || "none"}`,
    call: path,
    sideEffects: "none",
  });
}
