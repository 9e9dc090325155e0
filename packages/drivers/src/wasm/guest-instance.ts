// A compiled module -> one instance with the contract's functions on it, its fuel, and the end of it when it traps.
import { Budget } from "@tenon/abi";
import { compileLift, compileLower } from "@tenon/abi/canonical";
import type { CallGate, CanonicalEnv, CoreFunction, InstanceFlags, MemoryLike, Realloc } from "@tenon/abi/canonical";
import { TenonError, terminalSafe } from "@tenon/contract/core";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import { engine } from "@tenon/wasm";
import type { WasmModule } from "@tenon/wasm";
import { ADDED_EXPORTS, FuelGauge } from "@tenon/wasm/limits";
import { exportName, importName } from "./check-module.ts";
import type { GuestSettings } from "./options.ts";

/** As much of a preview1 context as an instance needs. */
export interface WasiGuest {
  readonly imports: { readonly wasi_snapshot_preview1: object };
  readonly exitCode: number | undefined;
  initialize(instance: { readonly exports: Readonly<Record<string, unknown>> }): void;
  bind(instance: { readonly exports: Readonly<Record<string, unknown>> }): void;
  close(): void;
}

/** What instances are made of. */
export interface GuestSource {
  readonly module: WasmModule;
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  readonly hostFunctions: readonly HostFunction[];
  readonly settings: GuestSettings;
  /** Makes the WASI context of one instance, which tells what it prints to stderr; undefined where the module has none. */
  readonly openWasi: ((onStderr: (bytes: Uint8Array) => void) => WasiGuest) | undefined;
  /** Told when a guest ends itself in a call; the call itself throws `plugin-crashed`. */
  readonly onExit: (code: number) => void;
}

/** Calls of host and guest within each other; V8's stack would hold some thousand, the host's own frames fewer. */
const MAX_DEPTH = 64;
/** Bytes of what a guest printed before it trapped that go into the error. */
const MAX_LAST_WORDS = 1024;
type Call = (...args: unknown[]) => unknown;

/** One instance. Once anything was thrown out of it, it is spent: nobody knows what state its memory is in. */
export class GuestInstance {
  readonly functions: Call[];
  calls = 0;
  /**
   * On the clock of `performance.now()`, looked at when the guest calls out. Undefined until its first call out, from
   * which `callMs` are counted then: reading the clock at every call would take longer than many calls do.
   */
  deadline: number | undefined;
  callMs: number = Infinity;
  /** Milliseconds that host functions took since the last call began; counted where `maxHostMs` bounds them. */
  hostMs = 0;
  readonly #settings: GuestSettings;
  readonly #budget: Budget;
  readonly #gauge: FuelGauge | undefined;
  readonly #wasi: WasiGuest | undefined;
  readonly #onExit: (code: number) => void;
  #depth = 0;
  #spent: TenonError | undefined;
  /** What the guest printed last to stderr; languages say there why they are about to trap. */
  #lastWords: Uint8Array | undefined;

  /** Instantiates and runs the start functions. Throws `start-failed`, or `resource-exhausted` when they take too long. */
  constructor(source: GuestSource) {
    const { settings } = source;
    this.#settings = settings;
    this.#onExit = source.onExit;
    this.#budget = new Budget({ maxBytes: settings.maxLiftBytes });
    this.#wasi = source.openWasi?.((bytes) => (this.#lastWords = bytes));
    const late: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
    const env = environment(late, this.#budget);
    try {
      const instance = new engine.Instance(source.module, this.#importsOf(source, env));
      late.exports = instance.exports;
      this.#gauge = settings.fuel > 0 ? new FuelGauge(instance.exports) : undefined;
      this.#start(instance);
      this.#gauge?.fill(settings.fuel);
    } catch (thrown) {
      this.close();
      throw this.#startFailure(thrown);
    }
    this.functions = source.exports.map((func) => (...args: unknown[]) => {
      // Compiled at its first call: most functions of a contract are never called.
      const lifted = (this.functions[func.index] = this.#lift(func, late.exports, env));
      return lifted(...args);
    });
  }

  /** Why this instance must not be called again; undefined while it may. */
  get spent(): TenonError | undefined {
    return this.#spent;
  }

  get isBusy(): boolean {
    return this.#depth > 0;
  }

  /** Ticks that the last call used; 0 without metering. */
  get fuelUsed(): number {
    return this.#gauge?.used ?? 0;
  }

  close(): void {
    this.#spent ??= new TenonError("session-closed", "the instance was closed");
    this.#wasi?.close();
  }

  #importsOf({ imports, hostFunctions }: GuestSource, env: CanonicalEnv): Record<string, Record<string, unknown>> {
    const given = Object.create(null) as Record<string, Record<string, unknown>>;
    const isTimed = this.#settings.maxHostMs < Infinity;
    for (const func of imports) {
      const { module, name } = importName(func);
      const gate = isTimed ? new TimedGate(this, this.#settings.maxHostMs) : new ImportGate(this);
      const owner = (given[module] ??= Object.create(null) as Record<string, unknown>);
      owner[name] = compileLower(func.function, { ...env, gate, name: func.path }, hostFunctions[func.index]!);
    }
    if (this.#wasi !== undefined) Object.assign(given, this.#wasi.imports);
    return given;
  }

  #start(instance: { readonly exports: Readonly<Record<string, unknown>> }): void {
    this.#gauge?.fill(this.#settings.startFuel);
    this.#wasi?.bind(instance);
    const start = instance.exports[ADDED_EXPORTS.start];
    if (typeof start === "function") (start as () => void)();
    if (this.#wasi !== undefined) return this.#wasi.initialize(instance);
    const initialize = instance.exports["_initialize"];
    if (typeof initialize === "function") (initialize as () => void)();
  }

  #lift(func: FunctionRef, exports: Readonly<Record<string, unknown>>, env: CanonicalEnv): Call {
    const name = exportName(func);
    const postReturn = exports[`cabi_post_${name}`];
    const own: CanonicalEnv = {
      ...env,
      gate: new ExportGate(this),
      name: func.path,
      ...(typeof postReturn === "function" && { postReturn: postReturn as CoreFunction }),
    };
    return compileLift(func.function, own, exports[name] as CoreFunction);
  }

  /** @internal For the gate of exports. */
  enter(): void {
    if (this.#spent !== undefined) throw this.#spent;
    if (this.#depth >= MAX_DEPTH) throw tooDeep();
    if (this.#depth++ > 0) return;
    this.calls++;
    this.#lastWords = undefined;
    this.hostMs = 0;
    this.#budget.reset();
    this.#gauge?.refill();
  }

  /** @internal For the gate of exports. */
  leave(): void {
    // The guest may have swallowed what was thrown into it.
    if (this.#spent !== undefined) throw this.#spent;
    this.#depth--;
  }

  /** @internal For the gate of exports. */
  fail(error: TenonError): TenonError {
    this.#depth--;
    return (this.#spent ??= this.#reason(error));
  }

  /** @internal For the gate of imports. */
  failHost(error: TenonError): TenonError {
    return (this.#spent ??= error);
  }

  #reason(error: TenonError): TenonError {
    if (this.#gauge?.isDry === true) return this.#gauge.error().with({ call: error.call });
    const code = this.#wasi?.exitCode;
    if (code === undefined) return error.code === "plugin-trap" ? this.#withLastWords(error) : error;
    this.#onExit(code);
    return new TenonError("plugin-crashed", `the plugin ended itself with exit code ${code}`, {
      call: error.call,
      details: { exitCode: code },
    });
  }

  #startFailure(thrown: unknown): TenonError {
    if (this.#gauge?.isDry === true) return this.#gauge.error();
    const error = TenonError.from(thrown, "plugin-trap");
    // Limits and denials of the host's say more than that the start has failed.
    if (error.code !== "plugin-trap" && error.code !== "plugin-crashed") return error;
    const { what } = this.#withLastWords(error);
    return new TenonError("start-failed", what, { sideEffects: "none", cause: thrown });
  }

  #withLastWords(error: TenonError): TenonError {
    if (this.#lastWords === undefined) return error;
    const words = terminalSafe(new TextDecoder().decode(this.#lastWords.subarray(0, MAX_LAST_WORDS)).trim());
    return new TenonError("plugin-trap", `${error.what}: ${words}`, { call: error.call, cause: error.cause });
  }
}

class ExportGate implements CallGate {
  readonly #guest: GuestInstance;
  constructor(guest: GuestInstance) {
    this.#guest = guest;
  }
  enter(): void {
    this.#guest.enter();
  }
  exit(): void {
    this.#guest.leave();
  }
  fail(error: TenonError): unknown {
    return this.#guest.fail(error);
  }
}

/** Calls out between two looks at the clock. */
const CALLS_PER_CLOCK = 16;

/** Ends a guest that goes on calling the host when its time is over; fuel does not see the host's part of it. */
class ImportGate implements CallGate {
  readonly #guest: GuestInstance;
  #calls = 0;
  constructor(guest: GuestInstance) {
    this.#guest = guest;
  }
  enter(): void {
    if (this.#calls++ % CALLS_PER_CLOCK === 0) checkTime(this.#guest, performance.now());
  }
  exit(): void {}
  fail(error: TenonError): unknown {
    return this.#guest.failHost(error);
  }
}

/** The same with the third clock: the time that all host functions of one call take together. */
class TimedGate implements CallGate {
  readonly #guest: GuestInstance;
  readonly #maxHostMs: number;
  #began = 0;
  constructor(guest: GuestInstance, maxHostMs: number) {
    this.#guest = guest;
    this.#maxHostMs = maxHostMs;
  }
  enter(): void {
    this.#began = performance.now();
    checkTime(this.#guest, this.#began);
  }
  exit(): void {
    this.#guest.hostMs += performance.now() - this.#began;
    if (this.#guest.hostMs > this.#maxHostMs) {
      throw new TenonError("resource-exhausted", `host functions took more than ${this.#maxHostMs} ms of one call`, {
        hint: "raise artifact.maxHostMs if the use is legitimate",
        details: { limit: "maxHostMs", allowed: this.#maxHostMs },
      });
    }
  }
  fail(error: TenonError): unknown {
    return this.#guest.failHost(error);
  }
}

function checkTime(guest: GuestInstance, now: number): void {
  guest.deadline ??= now + guest.callMs;
  if (now <= guest.deadline) return;
  throw new TenonError("deadline-exceeded", "the plugin was still calling the host when its time was over");
}

/** `late` is filled once there is an instance; imports are called only then. */
function environment(late: { readonly exports: Readonly<Record<string, unknown>> }, budget: Budget): CanonicalEnv {
  const flags: InstanceFlags = { mayLeave: true };
  const realloc: Realloc = (...args) => {
    const own = late.exports["cabi_realloc"];
    if (typeof own !== "function") throw needs("cabi_realloc");
    return (own as Realloc)(...args);
  };
  return {
    memory: () => (late.exports["memory"] as MemoryLike | undefined) ?? fail(needs("memory")),
    realloc,
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

function tooDeep(): TenonError {
  return new TenonError("resource-exhausted", `host and plugin called each other ${MAX_DEPTH} times deep`, {
    hint: "call less deeply",
    details: { limit: "depth", allowed: MAX_DEPTH },
  });
}
