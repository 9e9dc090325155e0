// One instance of a sandboxed guest, core module or component: the three clocks of its calls, its budget, and its end.
import { CallBudget } from "@tenon/abi";
import { trapError } from "@tenon/abi/canonical";
import { TenonError, terminalSafe } from "@tenon/contract/core";
import type { FuelGauge } from "@tenon/wasm/limits";
import type { GuestSettings } from "./settings.ts";
import type { OpenWasi, WasiFace } from "./wasi.ts";

/** Calls of host and guest within each other; V8's stack would hold some thousand, the host's own frames fewer. */
const MAX_DEPTH = 64;
/** Calls out between two looks at the clock. */
const CALLS_PER_CLOCK = 16;
/** Bytes of what a guest printed before it trapped that go into the error. */
const MAX_LAST_WORDS = 1024;

export type Call = (...args: unknown[]) => unknown;

/** What a guest is told by, and tells, who calls it. */
export interface GuestOwner {
  /** Told when a guest ends itself in a call; the call itself throws `plugin-crashed`. */
  readonly onExit: (code: number) => void;
  /** Told, maybe more than once, that the instance must not be called again. */
  readonly onSpent?: () => void;
  /** For calls that bring no deadline of their own. Default no limit. */
  readonly callMs?: number;
}

/** What every guest is made of. */
export interface MeteredSource<Wasi extends WasiFace = WasiFace> extends GuestOwner {
  readonly settings: GuestSettings;
  /** Makes the WASI context of one instance; undefined where the guest imports none. */
  readonly openWasi: OpenWasi<Wasi> | undefined;
}

/**
 * Once anything was thrown out of it, it is spent: nobody knows what state its memory is in. Its three clocks are fuel (the
 * guest's own work), the deadline (looked at when it calls out), and the milliseconds that host functions take.
 */
export abstract class MeteredGuest<Wasi extends WasiFace = WasiFace> {
  calls = 0;
  readonly budget: CallBudget;
  protected readonly settings: GuestSettings;
  protected readonly wasi: Wasi | undefined;
  /** Undefined without metering, and until there is an instance. */
  protected gauge: FuelGauge | undefined;
  /** On the clock of `performance.now()`. Undefined until the first call out, from which `callMs` are counted then. */
  protected deadline: number | undefined;
  /** The deadline of the next call. */
  #next: number | undefined;
  readonly #callMs: number;
  readonly #onExit: (code: number) => void;
  readonly #onSpent: (() => void) | undefined;
  readonly #isTimed: boolean;
  #depth = 0;
  #hostDepth = 0;
  #hostBegan = 0;
  #hostCalls = 0;
  #spent: TenonError | undefined;
  /** What the guest printed last to stderr; languages say there why they are about to trap. */
  #lastWords: Uint8Array | undefined;

  constructor({ settings, openWasi, onExit, onSpent, callMs = Infinity }: MeteredSource<Wasi>) {
    this.settings = settings;
    this.#callMs = callMs;
    this.#onExit = onExit;
    this.#onSpent = onSpent;
    this.budget = new CallBudget(settings.budget);
    this.#isTimed = this.budget.limits.maxHostMs < Infinity;
    this.wasi = openWasi?.({ budget: this.budget, onStderr: (bytes) => (this.#lastWords = bytes) });
  }

  /** Why this instance must not be called again; undefined while it may. */
  get spent(): TenonError | undefined {
    return this.#spent;
  }

  /** A call is on the stack; another one now comes from within it. */
  get isBusy(): boolean {
    return this.#depth > 0;
  }

  /** Ticks that the last call used; 0 without metering. */
  get fuelUsed(): number {
    return this.gauge?.used ?? 0;
  }

  /** The function of an index, compiled when it is first asked for: most functions of a contract never are. */
  abstract function(index: number): Call;

  /** Another instance takes its place. */
  retire(): void {
    this.close();
  }

  close(): void {
    this.#end(new TenonError("session-closed", "the instance was closed"));
    this.wasi?.close();
  }

  /**
   * The deadline of the next call. Without one it has `callMs` from its first call out: reading the clock at every call
   * would take longer than many calls do.
   */
  setDeadline(deadline: number | undefined): void {
    this.#next = deadline;
  }

  /**
   * @internal For gates: a call of an export begins. This and what it calls is kept short: the engine puts it into the
   * caller's code only while all of it together stays below a bound, and a real call costs as much as all that it does.
   */
  enter(): void {
    if (this.#depth > 0 || this.#spent !== undefined) return this.#enterAgain();
    this.#depth = 1;
    this.calls++;
    this.#lastWords = undefined;
    this.deadline = this.#next;
    this.refill();
  }

  /** @internal For gates: as `enter`; true where the caller has to fill the tank with `settings.fuel`. */
  enterUnfilled(): boolean {
    if (this.#depth > 0 || this.#spent !== undefined || !this.isPlain) {
      this.enter();
      return false;
    }
    this.#depth = 1;
    this.calls++;
    this.#lastWords = undefined;
    this.deadline = this.#next;
    this.budget.reset();
    return true;
  }

  /** Whether the next outermost call has what every call has. */
  protected get isPlain(): boolean {
    return true;
  }

  #enterAgain(): void {
    if (this.#spent !== undefined) throw this.#spent;
    if (this.#depth >= MAX_DEPTH) throw tooDeep();
    this.#depth++;
  }

  /** @internal For gates: a call of an export ends well. */
  exit(): void {
    // The guest may have swallowed what was thrown into it.
    if (this.#spent !== undefined) throw this.#spent;
    this.#depth--;
  }

  /** @internal For gates: a call of an export ends with `error`; gives what is thrown on. */
  fail(error: TenonError): TenonError {
    this.#depth--;
    // The reason first: who is told of an exit closes the instance, and its own words come after.
    this.#spent ??= this.reason(error);
    return this.#end(this.#spent);
  }

  /** @internal For gates: a host function is called. Throws when the call's time is over. */
  enterHost(): void {
    if (this.#spent !== undefined) throw this.#spent;
    if (this.#isTimed) {
      if (this.#hostDepth++ > 0) return;
      this.#hostBegan = performance.now();
      this.#checkTime(this.#hostBegan);
    } else if (this.#hostCalls++ % CALLS_PER_CLOCK === 0) this.#checkTime(performance.now());
  }

  /** @internal For gates: it has returned or thrown. */
  exitHost(): void {
    if (this.#isTimed && --this.#hostDepth === 0) this.budget.chargeHostMs(performance.now() - this.#hostBegan);
  }

  /** @internal For gates: a host function has failed, which ends the guest even if it catches it. */
  failHost(error: TenonError): TenonError {
    return this.#end(error);
  }

  /** What an outermost call has to spend. */
  protected refill(): void {
    this.budget.reset();
    this.gauge?.refill();
  }

  /** Ends a call without an end of the instance. */
  protected forgive(): void {
    this.#depth--;
  }

  /** A host function of WASI or of the operator's, under the clocks. */
  protected timed(call: Call): Call {
    return (...args) => {
      try {
        this.enterHost();
        try {
          return call(...args);
        } finally {
          this.exitHost();
        }
      } catch (thrown) {
        // What ends a guest by itself, such as its exit, is known to the context that threw it.
        if (thrown instanceof TenonError) this.failHost(thrown);
        throw thrown;
      }
    };
  }

  /** What `error`, thrown out of a call, means. */
  protected reason(error: TenonError): TenonError {
    if (this.gauge?.isDry === true) return this.gauge.error().with({ call: error.call });
    const code = this.wasi?.exitCode;
    if (code === undefined) return error.code === "plugin-trap" ? this.#withLastWords(error) : error;
    this.#onExit(code);
    return new TenonError("plugin-crashed", `the plugin ended itself with exit code ${code}`, {
      call: error.call,
      details: { exitCode: code },
    });
  }

  protected startFailure(thrown: unknown): TenonError {
    if (this.gauge?.isDry === true) return this.gauge.error();
    const error = trapError(thrown);
    // Limits and denials of the host's say more than that the start has failed.
    if (error.code !== "plugin-trap" && error.code !== "plugin-crashed") return error;
    const { what, details } = this.#withLastWords(error);
    return new TenonError("start-failed", what, { sideEffects: "none", details, cause: thrown });
  }

  #withLastWords(error: TenonError): TenonError {
    if (this.#lastWords === undefined) return error;
    const words = terminalSafe(new TextDecoder().decode(this.#lastWords.subarray(0, MAX_LAST_WORDS)).trim());
    const { call, details, cause } = error;
    return new TenonError("plugin-trap", `${error.what}: ${words}`, { call, details, cause });
  }

  #end(error: TenonError): TenonError {
    this.#spent ??= error;
    this.#onSpent?.();
    return this.#spent;
  }

  /** From now on if the call has none yet. */
  protected deadlineFrom(now: number): number {
    return (this.deadline ??= now + this.#callMs);
  }

  #checkTime(now: number): void {
    if (now <= this.deadlineFrom(now)) return;
    throw this.failHost(
      new TenonError("deadline-exceeded", "the plugin was still calling the host when its time was over"),
    );
  }
}

function tooDeep(): TenonError {
  return new TenonError("resource-exhausted", `host and plugin called each other ${MAX_DEPTH} times deep`, {
    hint: "call less deeply",
    details: { limit: "depth", allowed: MAX_DEPTH },
  });
}
