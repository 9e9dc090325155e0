// A slot -> the object that the host's code holds: `plugin.<interface>.<function>(...)`, `plugin.sync`, and the controls.
import { pascalCase, TenonError, type Contract } from "@tenon/contract/core";
import type { CallOptions } from "./calls.ts";
import type { FunctionRef } from "./driver.ts";
import type { HealthReport } from "./health.ts";
import { memberName, planOf } from "./plan.ts";
import { PluginCalls } from "./plugin-calls.ts";
import type { Slot } from "./slot.ts";
import type { Life } from "./supervisor.ts";

/** One contract function as the host calls it: the same parameters, then call options; always a promise. */
export type AsyncFunction<F> = F extends (...args: infer A) => infer R
  ? (...args: [...args: A, options?: CallOptions]) => Promise<Awaited<R>>
  : F;

/** One contract function as `plugin.sync` has it: exactly the contract's parameters and result. */
export type SyncFunction<F> = F extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : F;

/** A member of an interface: a function, or what creates a resource. `new` is `create`, because it may have to wait. */
export type AsyncMember<M> = M extends new (...args: infer A) => infer R
  ? { readonly create: AsyncFunction<(...args: A) => R> } & { readonly [S in keyof M]: AsyncFunction<M[S]> }
  : AsyncFunction<M>;
export type SyncMember<M> = M extends new (...args: infer A) => infer R
  ? { readonly create: (...args: A) => R } & { readonly [S in keyof M]: SyncFunction<M[S]> }
  : SyncFunction<M>;

export type AsyncExports<E> = {
  readonly [K in keyof E]: E[K] extends (...args: never) => unknown
    ? AsyncFunction<E[K]>
    : { readonly [N in keyof E[K]]: AsyncMember<E[K][N]> };
};
export type SyncExports<E> = {
  readonly [K in keyof E]: E[K] extends (...args: never) => unknown
    ? SyncFunction<E[K]>
    : { readonly [N in keyof E[K]]: SyncMember<E[K][N]> };
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
   * The same functions without promises, on boundaries that have synchronous calls. The object stays valid over restarts
   * and upgrades; a function that was read from it belongs to the session it was read for, because on `import` it is the
   * plugin's own function, at no cost. Throws `boundary-unsupported`.
   */
  readonly sync: SyncExports<E>;
  /** Starts the plugin now instead of at its first call. Rejects with the start's error. */
  start(): Promise<void>;
  /** Calls a function by its path (`builder.build`) with an array of arguments; for tools that learn the contract at run time. */
  invoke(path: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** How the plugin is. Asks its health probe, if it has one; starts nothing and never rejects. */
  health(): Promise<HealthReport>;
  /**
   * Takes no new calls (`session-closed`), lets those in flight end and closes the plugin. Resolves with how many had to be
   * given up at the deadline: `deadlineMs` from now, default `limits.callMs`, by when every call without one of its own
   * has ended.
   */
  drain(options?: { readonly deadlineMs?: number }): Promise<number>;
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

/** Interface key -> (resource class ->) function name -> function. */
type Tree = Map<string, Tree | FunctionRef>;

function defineClass(contract: Contract): PluginClass {
  const plan = planOf(contract);
  const tree = treeOf(plan.exports);
  const byPath = new Map(plan.exports.map((func) => [func.path, func]));
  const AsyncView = defineView(tree, asyncStub);
  const SyncView = defineView(tree, (calls, func) => calls.bindSync(func));

  class PluginObject implements PluginControls<unknown> {
    readonly #slot: Slot;
    readonly #calls: PluginCalls;
    #sync: InstanceType<typeof SyncView> | undefined;
    declare readonly exports: AsyncExports<unknown>;
    constructor(slot: Slot) {
      this.#slot = slot;
      this.#calls = new PluginCalls(slot);
      Object.defineProperty(this, "exports", { value: new AsyncView(this.#calls) });
      slot.changed = () => {
        this.#calls.adopt();
        this.#sync?.[FORGET]();
      };
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
      return (this.#sync ??= new SyncView(this.#calls));
    }
    async start(): Promise<void> {
      await this.#slot.ensure();
    }
    async invoke(path: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
      const func = byPath.get(path);
      if (func === undefined) throw unknownFunction(path, contract, byPath);
      return this.#calls.call(func, args, options);
    }
    health(): Promise<HealthReport> {
      return this.#slot.health();
    }
    drain({ deadlineMs = this.#slot.options.limits.callMs }: { readonly deadlineMs?: number } = {}): Promise<number> {
      return this.#slot.drain(deadlineMs, "session-closed");
    }
    close(): Promise<void> {
      return this.#slot.close();
    }
    [Symbol.asyncDispose](): Promise<void> {
      return this.#slot.close();
    }
  }
  for (const key of tree.keys()) {
    // A plugin with a `then` would be taken for a promise by every await.
    if (key in PluginObject.prototype || key === "exports" || key === "then") continue;
    Object.defineProperty(PluginObject.prototype, key, {
      get(this: { exports: Record<string, unknown> }) {
        return this.exports[key];
      },
    });
  }
  return PluginObject;
}

/** Methods of resources have no place here: they are called on the object that a function returned. */
function treeOf(functions: readonly FunctionRef[]): Tree {
  const root: Tree = new Map();
  const folder = (tree: Tree, key: string): Tree => {
    const found = tree.get(key);
    if (found instanceof Map) return found;
    const made: Tree = new Map();
    tree.set(key, made);
    return made;
  };
  for (const func of functions) {
    const { kind, resource } = func.function;
    if (kind === "method") continue;
    const owner = func.interface.key === "" ? root : folder(root, func.interface.key);
    const place = resource === undefined ? owner : folder(owner, pascalCase(resource));
    place.set(kind === "constructor" ? "create" : memberName(func), func);
  }
  return root;
}

const CALLS = Symbol("calls");
const FORGET = Symbol("forget");
type View = {
  readonly [CALLS]: PluginCalls;
  /** Makes the functions anew at the next read, for another session. */
  [FORGET](): void;
};

/** A class over the tree: nested objects and functions are made by `stub` when they are first read, and kept. */
function defineView(
  tree: Tree,
  stub: (calls: PluginCalls, func: FunctionRef) => unknown,
): new (calls: PluginCalls) => View {
  class TreeView implements View {
    declare readonly [CALLS]: PluginCalls;
    constructor(calls: PluginCalls) {
      Object.defineProperty(this, CALLS, { value: calls });
    }
    [FORGET](): void {
      for (const key of Object.keys(this)) {
        const made = Reflect.get(this, key) as unknown;
        if (typeof made === "function") Reflect.deleteProperty(this, key);
        else (made as View)[FORGET]();
      }
    }
  }
  for (const [key, entry] of tree) {
    const Nested = entry instanceof Map ? defineView(entry, stub) : undefined;
    Object.defineProperty(TreeView.prototype, key, {
      configurable: true,
      enumerable: true,
      get(this: View) {
        const value = Nested === undefined ? stub(this[CALLS], entry as FunctionRef) : new Nested(this[CALLS]);
        Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
        return value;
      },
    });
  }
  return TreeView;
}

/** `async` turns what `caller.call` throws at once (a bad argument) into a rejection as well. */
function asyncStub(calls: PluginCalls, func: FunctionRef): unknown {
  const count = func.function.params.length;
  if (count === 1) return async (a: unknown, options?: CallOptions) => calls.call(func, [a], options);
  if (count === 2) return async (a: unknown, b: unknown, options?: CallOptions) => calls.call(func, [a, b], options);
  return async (...given: unknown[]) =>
    calls.call(func, given.slice(0, count), given[count] as CallOptions | undefined);
}

function unknownFunction(path: string, contract: Contract, known: ReadonlyMap<string, FunctionRef>): TenonError {
  return new TenonError("function-missing", `contract ${contract.id} exports no function ${path}`, {
    hint: `it has ${[...known.keys()].join(", ") || "none"}`,
    call: path,
    sideEffects: "none",
  });
}
