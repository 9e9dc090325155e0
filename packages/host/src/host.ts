// `createHost`: registers plugins, gives each its driver, host functions and limits, and closes them all.
import type { ContractAdapter } from "@tenon/abi/adapt";
import type { AuditSink, Decision } from "@tenon/policy";
import { camelCase, functionLabel, TenonError, type Contract } from "@tenon/contract/core";
import { adaptedDriver } from "./adapted-driver.ts";
import { intercepted, isThenable, isTraced, traced, type CallInfo, type Interceptor } from "./calls.ts";
import { Deadlines } from "./deadlines.ts";
import { DEFAULT_LIMITS, type AnyDriver, type FunctionRef, type HostFunction, type Limits } from "./driver.ts";
import { firstRefused } from "./fit.ts";
import { driverFor } from "./isolation.ts";
import { guarded, type PluginEvent } from "./events.ts";
import type { HealthPolicy } from "./health.ts";
import type { LogEntry } from "./output.ts";
import { capped, gated, grantedTo } from "./granted.ts";
import { planOf, type ContractPlan } from "./plan.ts";
import type { Tally } from "./in-flight.ts";
import { createPlugin, type Plugin } from "./plugin.ts";
import { onSignals, type ShutdownOptions } from "./signals.ts";
import { Slot } from "./slot.ts";
import type { Version } from "./slot-options.ts";
import { DEFAULT_RESTART, type RestartPolicy } from "./supervisor.ts";

export interface HostOptions {
  /** The boundaries this host can use; import each from `tenon/<boundary>`. */
  readonly drivers: readonly AnyDriver[];
  /** Defaults for every plugin; a plugin's own options win. */
  readonly limits?: Partial<Limits>;
  readonly restart?: Partial<RestartPolicy>;
  /** Calls in flight or waiting over all plugins; more are refused. Default: no bound besides `limits.maxPendingCalls` of each. */
  readonly maxPendingCalls?: number;
  /** Run around every call and callback, before the plugin's own. */
  readonly interceptors?: readonly Interceptor[];
  /** Check values on `native` boundaries too, for development; default false, because there the compiler has. */
  readonly validate?: boolean;
  /**
   * `frozen` refuses contracts that are not what `tenon contract freeze` froze: plugins built against a contract that may
   * still change run only in the host that they were built with. For releases. Default `any`, so that work can begin.
   */
  readonly contracts?: "any" | "frozen";
  /** Every line a plugin prints or logs. Default: dropped, because a library must not write to its user's terminal. */
  readonly onLog?: (entry: LogEntry) => void;
  readonly onEvent?: (event: PluginEvent) => void;
  /** One record for each use and each denial of a capability by a plugin that has a `decision`. Default: dropped. */
  readonly onAudit?: AuditSink;
}

/** The plugin on whose behalf a host function is called. */
export interface Caller {
  readonly plugin: string;
  readonly boundary: string;
}

/** One contract function as the host may implement it: with or without a promise. */
export type HostFunctionOf<F> = F extends (...args: infer A) => infer R ? (...args: A) => R | Promise<Awaited<R>> : F;
export type HostFunctions<I> = {
  readonly [K in keyof I]: I[K] extends (...args: never) => unknown
    ? HostFunctionOf<I[K]>
    : { readonly [N in keyof I[K]]: HostFunctionOf<I[K][N]> };
};

export interface PluginOptions<I = unknown> {
  /** Unique in this host; the tag of its log lines and errors. */
  readonly id: string;
  /** Which driver runs it. Changing this line moves the plugin to another boundary. */
  readonly boundary: string;
  /** What the driver needs to find the plugin's bytes; each driver documents its own. */
  readonly artifact: unknown;
  /** The plugin's own folder, absolute: where a driver looks for what the artifact names by a relative path. */
  readonly folder?: string | undefined;
  /** The host functions by interface key, or a function that makes them for this plugin. Required if the contract has imports. */
  readonly imports?: HostFunctions<I> | ((caller: Caller) => HostFunctions<I>);
  readonly limits?: Partial<Limits>;
  readonly restart?: Partial<RestartPolicy>;
  /** How to ask the plugin whether it is well; default not at all, because every driver tells by itself what is gone. */
  readonly health?: HealthPolicy;
  readonly interceptors?: readonly Interceptor[];
  readonly validate?: boolean;
  /**
   * For a plugin that was built for another version of the contract: what `createAdapter` made of the two snapshots. Values
   * that have no counterpart are refused (`value-invalid`); functions that the plugin may lack throw `function-missing`.
   */
  readonly adapter?: ContractAdapter;
  /**
   * What policy decided of the plugin (`decide` of `@tenon/policy`): with refusals it is not registered; else it gets the grants
   * and no more, and its limits are capped. Default: no policy; the plugin may do what its artifact and the boundary let it.
   */
  readonly decision?: Decision;
  /** Folders of the host, absolute, for the roots that paths of the decision's grants begin with. */
  readonly roots?: Readonly<Record<string, string>>;
}

/** What is to be another for a plugin; what is not given stays as it is. */
export interface UpgradeOptions {
  readonly boundary?: string;
  readonly artifact?: unknown;
  readonly folder?: string;
  readonly imports?: object | ((caller: Caller) => object);
  readonly limits?: Partial<Limits>;
  /** What policy decided for the next version; needed where the one before had a decision and the boundary or the isolation is another. */
  readonly decision?: Decision;
  /**
   * A crash within this time brings the version before back. Default 10,000: what a version does wrong under load shows in
   * its first calls. 0 for none.
   */
  readonly probationMs?: number;
  /** What the calls of the version before have to end; default `limits.callMs`, by when those without a deadline have. */
  readonly drainMs?: number;
}

export interface UpgradeReport {
  /** Boundaries before and after. */
  readonly from: string;
  readonly to: string;
  /** Calls of the version before that had not ended within `drainMs`; they reject with `session-closed`. */
  readonly givenUp: number;
}

export interface CloseOptions {
  /** What calls in flight have to end; default 0. New ones are refused with `host-shutdown` at once. */
  readonly graceMs?: number;
}

export interface Host extends AsyncDisposable {
  /** Registers a plugin that starts at its first call. Throws config-invalid, driver-missing, function-missing, capability-unenforceable. */
  register<E, I>(contract: Contract<E, I>, options: PluginOptions<I>): Plugin<E>;
  /** Registers and starts a plugin; rejects with the start's error and forgets the plugin if it does not become ready. */
  load<E, I>(contract: Contract<E, I>, options: PluginOptions<I>): Promise<Plugin<E>>;
  get(id: string): Plugin | undefined;
  readonly plugins: readonly Plugin[];
  /**
   * Opens a new version of a plugin, or the same behind another boundary, beside the present one; asks its health probe;
   * gives it all new calls at once; lets the calls of the version before end and closes that. The plugin object stays the
   * same. Rejects with `upgrade-failed` if the new version does not become healthy, and then nothing has changed; a crash
   * on probation brings the version before back. Resources of the version before end with it.
   */
  upgrade(plugin: string | { readonly id: string }, next: UpgradeOptions): Promise<UpgradeReport>;
  /** Ends a plugin at once and refuses its calls with `quarantined` until `release`. `why` is for whoever reads the refusal. */
  quarantine(id: string, why: string): void;
  /** Lets a plugin out of quarantine, with nothing held against it; it starts at its next call. */
  release(id: string): void;
  /** Closes every plugin. Idempotent. Later loads and calls reject with `host-shutdown` or `session-closed`. */
  close(options?: CloseOptions): Promise<void>;
  /**
   * Ends the program on signals: at the first, `close` with `graceMs` and then exit; at the second, at once. The exit code is
   * 128 and the signal's number, as shells have it: 130 for SIGINT, 143 for SIGTERM. Ends with the host or the result.
   */
  shutdownOn(options?: ShutdownOptions): Disposable;
}

/** Makes a host. It holds no resources of its own until a plugin starts. */
export function createHost(options: HostOptions): Host {
  return new HostObject(options);
}

interface Entry {
  readonly plugin: Plugin;
  readonly slot: Slot;
  readonly contract: Contract;
}

class HostObject implements Host {
  readonly #options: HostOptions;
  readonly #drivers = new Map<string, AnyDriver>();
  readonly #entries = new Map<string, Entry>();
  readonly #deadlines = new Deadlines();
  readonly #tally: Tally = { count: 0 };
  readonly #handlers = new Set<Disposable>();
  readonly #onLog: (entry: LogEntry) => void;
  readonly #onEvent: (event: PluginEvent) => void;
  #closing: Promise<void> | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#onLog = guarded(options.onLog, "onLog");
    this.#onEvent = guarded(options.onEvent, "onEvent");
    for (const driver of options.drivers) this.#drivers.set(driver.boundary, driver);
  }

  get plugins(): readonly Plugin[] {
    return [...this.#entries.values()].map((entry) => entry.plugin);
  }

  get(id: string): Plugin | undefined {
    return this.#entries.get(id)?.plugin;
  }

  register<E, I>(contract: Contract<E, I>, options: PluginOptions<I>): Plugin<E> {
    const { id } = options;
    if (this.#closing !== undefined)
      throw new TenonError("host-shutdown", `plugin ${id} was registered after the host closed`, {
        plugin: id,
        sideEffects: "none",
      });
    if (typeof id !== "string" || id === "")
      throw new TenonError("config-invalid", "a plugin was registered without an id");
    if (this.#entries.has(id))
      throw new TenonError("config-invalid", `plugin id ${id} is taken`, {
        hint: "close the other one first, or choose another id",
        plugin: id,
      });
    if (this.#options.contracts === "frozen" && contract.frozen === undefined) {
      throw new TenonError(
        "config-invalid",
        `the contract ${contract.id} is not frozen, and this host takes no other`,
        {
          hint: "run `tenon contract freeze`, then `tenon codegen` again",
          plugin: id,
          sideEffects: "none",
        },
      );
    }
    const slot = new Slot({
      ...this.#version(contract, options),
      id,
      contract,
      plan: planOf(contract),
      interceptors: this.#interceptors(options),
      validate: options.validate ?? this.#options.validate ?? false,
      restart: { ...DEFAULT_RESTART, ...this.#options.restart, ...options.restart },
      health: options.health,
      deadlines: this.#deadlines,
      tally: this.#tally,
      maxHostCalls: this.#options.maxPendingCalls ?? Infinity,
      onLog: this.#onLog,
      onEvent: (event) => {
        if (event.type === "closed") this.#entries.delete(id);
        this.#onEvent(event);
      },
    });
    const plugin = createPlugin<E>(slot);
    this.#entries.set(id, { plugin, slot, contract });
    return plugin;
  }

  #interceptors(options: PluginOptions): readonly Interceptor[] {
    return [...(this.#options.interceptors ?? []), ...(options.interceptors ?? [])];
  }

  /** What a driver needs to open the plugin, or why it cannot. */
  #version<I>(contract: Contract, options: PluginOptions<I>): Version {
    const { id, boundary, artifact, folder } = options;
    const found = this.#drivers.get(boundary);
    if (found === undefined) {
      const hint = `it has ${[...this.#drivers.keys()].join(", ") || "none"}; pass the driver to createHost({ drivers })`;
      throw new TenonError(
        "driver-missing",
        `plugin ${id} wants boundary ${JSON.stringify(boundary)}, which this host does not have`,
        { hint, plugin: id },
      );
    }
    const chosen = driverFor(found, options.artifact);
    const driver = adapted(chosen, contract, options);
    const refused = firstRefused(options.adapter?.plugin ?? contract, driver.traits);
    if (refused !== undefined) {
      throw new TenonError(
        "boundary-unsupported",
        `${refused.func.path} of ${contract.id} does not fit the ${boundary} boundary: ${refused.why}`,
        {
          hint: "choose a boundary that does: `tenon contract fit` shows which",
          plugin: id,
          boundary,
          sideEffects: "none",
        },
      );
    }
    const granted = grantedTo(options, this.#options.onAudit);
    const plan = planOf(contract);
    const validate = options.validate ?? this.#options.validate ?? false;
    const hostFunctions = gated(
      plan,
      options,
      granted,
      bindImports(plan, driver, options, this.#interceptors(options), validate),
    );
    const limits = capped({ ...DEFAULT_LIMITS, ...this.#options.limits, ...options.limits }, options.decision);
    return { driver, artifact, folder, granted, hostFunctions, limits, asked: options };
  }

  async load<E, I>(contract: Contract<E, I>, options: PluginOptions<I>): Promise<Plugin<E>> {
    const plugin = this.register(contract, options);
    try {
      await plugin.start();
    } catch (error) {
      await plugin.close();
      throw error;
    }
    return plugin;
  }

  async upgrade(plugin: string | { readonly id: string }, next: UpgradeOptions): Promise<UpgradeReport> {
    const { slot, contract } = this.#entry(typeof plugin === "string" ? plugin : plugin.id);
    const { asked } = slot.options;
    const { probationMs = 10_000, drainMs = slot.options.limits.callMs, limits, ...changed } = next;
    const options: PluginOptions = {
      ...asked,
      ...(changed as Partial<PluginOptions>),
      limits: { ...asked.limits, ...limits },
    };
    const from = slot.options.driver.boundary;
    checkDecided(asked, options, next);
    const givenUp = await slot.upgrade(this.#version(contract, options), { probationMs, drainMs });
    return { from, to: options.boundary, givenUp };
  }

  quarantine(id: string, why: string): void {
    this.#entry(id).slot.quarantine(why);
  }

  release(id: string): void {
    this.#entry(id).slot.release();
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new TenonError("config-invalid", `this host has no plugin ${JSON.stringify(id)}`, {
      hint: `it has ${[...this.#entries.keys()].join(", ") || "none"}`,
      sideEffects: "none",
    });
  }

  close({ graceMs = 0 }: CloseOptions = {}): Promise<void> {
    // Whoever has no time any more cuts the grace of an earlier call short.
    if (this.#closing !== undefined && graceMs === 0) for (const { slot } of this.#entries.values()) void slot.close();
    return (this.#closing ??= this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<void> {
    const slots = [...this.#entries.values()].map(({ slot }) => slot);
    await Promise.all(slots.map((slot) => (graceMs > 0 ? slot.drain(graceMs, "host-shutdown") : slot.close())));
    for (const handler of this.#handlers) handler[Symbol.dispose]();
  }

  shutdownOn(options: ShutdownOptions = {}): Disposable {
    const handler = onSignals(options, {
      close: (graceMs) => this.close({ graceMs }),
      terminate: (why) => {
        for (const { slot } of this.#entries.values()) slot.terminate(why);
      },
    });
    this.#handlers.add(handler);
    return handler;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A decision is of one place: what one boundary enforces another may not. */
function checkDecided(before: PluginOptions, after: PluginOptions, next: UpgradeOptions): void {
  if (before.decision === undefined || next.decision !== undefined) return;
  if (before.boundary === after.boundary && next.artifact === undefined) return;
  throw new TenonError(
    "config-invalid",
    `the upgrade of plugin ${before.id} has no decision of policy for its next place`,
    {
      hint: "pass what decide() makes of the next artifact and boundary as decision",
      plugin: before.id,
      sideEffects: "none",
    },
  );
}

/** A pair of one digest needs nothing between. */
function adapted(driver: AnyDriver, contract: Contract, { id, adapter }: PluginOptions): AnyDriver {
  if (adapter === undefined) return driver;
  if (adapter.host.digest !== contract.digest) {
    throw new TenonError(
      "config-invalid",
      `the adapter of plugin ${id} is for ${adapter.host.id}, not for ${contract.id}`,
      {
        hint: "make it from the snapshot of the contract that the host passes here",
        plugin: id,
        sideEffects: "none",
      },
    );
  }
  return adapter.verdict === "exact" ? driver : adaptedDriver(driver, adapter);
}

/** The host functions in canonical order, each inside the interceptors and checks that apply. */
function bindImports<I>(
  plan: ContractPlan,
  driver: AnyDriver,
  options: PluginOptions<I>,
  interceptors: readonly Interceptor[],
  validate: boolean,
): readonly HostFunction[] {
  const { id, boundary } = options;
  if (plan.imports.length > 0 && !driver.traits.hostCallbacks) return [];
  const given = typeof options.imports === "function" ? options.imports({ plugin: id, boundary }) : options.imports;
  const found = plan.imports.map((func) => ({ func, ...findImport(given, func) }));
  const missing = found.filter(({ own }) => own === undefined).map(({ func }) => func.path);
  if (missing.length > 0) {
    throw new TenonError(
      "function-missing",
      `plugin ${id} needs host functions that were not given: ${missing.join(", ")}`,
      {
        hint: "pass them in imports: { <interface>: { <function> } }",
        plugin: id,
        boundary,
        sideEffects: "none",
      },
    );
  }
  const isNative = driver.traits.encoding === "native";
  return found.map(({ func, own, owner }) => {
    const checks = isNative && validate;
    // Bound, so that a host may pass an object of its own whose functions use `this`.
    const bound: HostFunction = own!.bind(owner);
    const direct = checks ? checkedImport(plan, func, bound, id) : bound;
    // The plugin's own functions stay themselves where nothing has to happen around them.
    if (isNative && interceptors.length === 0) return direct;
    const observed = (args: readonly unknown[]): unknown => {
      const info: CallInfo = { plugin: id, boundary, path: func.path, direction: "callback", args };
      const run = (): unknown => intercepted(interceptors, info, (changed) => direct(...changed));
      return isTraced() ? traced(info, run) : run();
    };
    if (interceptors.length > 0) return (...args) => observed(args);
    // Surplus arguments come as far as the checks, which refuse them.
    return checks
      ? (...args) => (isTraced() ? observed(args) : direct(...args))
      : unlessTraced(func, own!, owner, observed);
  });
}

/**
 * Without gathering the arguments for the arities that most functions have, and without a bound function between: either
 * takes longer than many functions do.
 */
function unlessTraced(
  { function: { params } }: FunctionRef,
  own: HostFunction,
  owner: unknown,
  observed: (args: readonly unknown[]) => unknown,
): HostFunction {
  switch (params.length) {
    case 0:
      return () => (isTraced() ? observed([]) : own.call(owner));
    case 1:
      return (a) => (isTraced() ? observed([a]) : own.call(owner, a));
    case 2:
      return (a, b) => (isTraced() ? observed([a, b]) : own.call(owner, a, b));
    case 3:
      return (a, b, c) => (isTraced() ? observed([a, b, c]) : own.call(owner, a, b, c));
    default:
      return (...args) => (isTraced() ? observed(args) : own.call(owner, ...args));
  }
}

function findImport(
  given: unknown,
  func: FunctionRef,
): { readonly own: HostFunction | undefined; readonly owner: unknown } {
  const read = (owner: unknown, key: string): unknown => (owner as Record<string, unknown> | null | undefined)?.[key];
  const owner = func.interface.key === "" ? given : read(given, func.interface.key);
  const own = read(owner, camelCase(functionLabel(func.function.name)));
  return { own: typeof own === "function" ? (own as HostFunction) : undefined, owner };
}

function checkedImport(plan: ContractPlan, func: FunctionRef, own: HostFunction, plugin: string): HostFunction {
  const check = (value: unknown): unknown => {
    plan.checkResult(func, value, plugin);
    return value;
  };
  return (...args) => {
    plan.checkArguments(func, args);
    const out = own(...args);
    return isThenable(out) ? out.then(check) : check(out);
  };
}
