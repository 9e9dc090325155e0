// `createHost`: registers plugins, gives each a supervised life, and closes them all.
import process from "node:process";
import { TenonError, type Contract } from "@tenon/contract/core";
import { KnownContracts } from "./contracts/known-contracts.ts";
import { UsageMeter, type UsageReport } from "./contracts/usage.ts";
import type { HostContracts } from "./contracts/versioned-driver.ts";
import { Deadlines } from "./deadlines.ts";
import { guarded, type PluginEvent } from "./events.ts";
import type { Tally } from "./in-flight.ts";
import type { CloseOptions, HostOptions, PluginOptions, UpgradeOptions, UpgradeReport } from "./options.ts";
import type { LogEntry } from "./output.ts";
import { planOf } from "./plan.ts";
import { createPlugin, type Plugin } from "./plugin.ts";
import { onSignals, type ShutdownOptions } from "./signals.ts";
import { Slot } from "./slot.ts";
import { DEFAULT_RESTART } from "./supervisor.ts";
import { checkDecided, interceptorsOf, versionOf } from "./version.ts";

export interface Host extends AsyncDisposable {
  /** Registers a plugin that starts at its first call. Throws config-invalid, driver-missing, function-missing, capability-unenforceable. */
  register<E, I>(contract: Contract<E, I>, options: PluginOptions<I>): Plugin<E>;
  /** Registers and starts a plugin; rejects with the start's error and forgets the plugin if it does not become ready. */
  load<E, I>(contract: Contract<E, I>, options: PluginOptions<I>): Promise<Plugin<E>>;
  /** Which contracts plugins were built for, and what of them they use that is deprecated; counted since the host was made. */
  usage(): UsageReport;
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
  readonly #entries = new Map<string, Entry>();
  readonly #deadlines = new Deadlines();
  readonly #tally: Tally = { count: 0 };
  readonly #handlers = new Set<Disposable>();
  readonly #onLog: (entry: LogEntry) => void;
  readonly #onEvent: (event: PluginEvent) => void;
  readonly #contracts: HostContracts;
  #closing: Promise<void> | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#onLog = guarded(options.onLog, "onLog");
    this.#onEvent = guarded(options.onEvent, "onEvent");
    this.#contracts = { known: new KnownContracts(options.history ?? []), meter: new UsageMeter(this.#onLog) };
  }

  get plugins(): readonly Plugin[] {
    return [...this.#entries.values()].map((entry) => entry.plugin);
  }

  usage(): UsageReport {
    return this.#contracts.meter.report();
  }

  get(id: string): Plugin | undefined {
    return this.#entries.get(id)?.plugin;
  }

  register<E, I>(contract: Contract<E, I>, options: PluginOptions<I>): Plugin<E> {
    const { id } = options;
    this.#checkFree(id);
    checkArtifact(options);
    this.#checkFrozen(contract, id);
    const slot = new Slot({
      ...versionOf(contract, options, this.#options, this.#contracts),
      id,
      contract,
      plan: planOf(contract),
      interceptors: interceptorsOf(this.#options, options),
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

  #checkFree(id: string): void {
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
  }

  #checkFrozen({ id, frozen }: Contract, plugin: string): void {
    const { contracts = isRelease() ? "frozen" : "any" } = this.#options;
    if (contracts === "any" || frozen !== undefined) return;
    throw new TenonError("config-invalid", `the contract ${id} is not frozen, and this host takes no other`, {
      hint: 'run `tenon contract freeze`, then `tenon codegen` again; or say createHost({ contracts: "any" })',
      plugin,
      sideEffects: "none",
    });
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
    const givenUp = await slot.upgrade(versionOf(contract, options, this.#options, this.#contracts), {
      probationMs,
      drainMs,
    });
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

function isRelease(): boolean {
  return process.env["NODE_ENV"] === "production";
}

/** Every driver reads members of it. */
function checkArtifact({ id, boundary, artifact }: Pick<PluginOptions, "id" | "boundary" | "artifact">): void {
  if (artifact !== undefined && artifact !== null) return;
  throw new TenonError("config-invalid", `plugin ${id} was registered without an artifact`, {
    hint: `say what the ${boundary} boundary is to run`,
    plugin: id,
    sideEffects: "none",
  });
}
