// An instance of a metered module -> its fuel gauge: how much is left, how much a call used, whether it ran dry.
import { TenonError } from "@tenon/contract/core";
import { ADDED_EXPORTS } from "./options.ts";

interface CounterGlobal {
  value: bigint;
}

/** Largest number of ticks that the gauge takes: beyond it a float is no longer exact. */
export const MAX_FUEL: number = Number.MAX_SAFE_INTEGER;

/**
 * What sets the counter that a metered module charges, its own or a tank's, by the exports of an instance of it; undefined for
 * modules that are not metered. A caller that calls one function of the module best fills with this one: the engine puts the
 * code of only one module into a caller's. The gauge must have been filled with as much before.
 */
export function fuelFillOf(exports: Readonly<Record<string, unknown>>): ((ticks: number) => void) | undefined {
  const fill = exports[ADDED_EXPORTS.fuelFill];
  return typeof fill === "function" ? (fill as (ticks: number) => void) : undefined;
}

/** The counter of one instance. One tick below zero ends the guest with the trap `unreachable`. */
export class FuelGauge {
  readonly #fill: (ticks: number) => void;
  readonly #counter: CounterGlobal;
  #given = 0;

  /** `exports` are those of an instance of a module that was rewritten with `fuel`. Throws `internal` for others. */
  constructor(exports: Readonly<Record<string, unknown>>) {
    const fill = exports[ADDED_EXPORTS.fuelFill];
    const counter = exports[ADDED_EXPORTS.fuel];
    if (typeof fill !== "function" || counter === undefined)
      throw new TenonError("internal", "the module has no fuel counter");
    this.#fill = fill as (ticks: number) => void;
    this.#counter = counter as CounterGlobal;
  }

  /** Gives the guest `ticks` from here on, whatever it had. */
  fill(ticks: number): void {
    this.#given = ticks;
    this.#fill(ticks);
  }

  /** Gives the guest as much as the last `fill` did. */
  refill(): void {
    this.#fill(this.#given);
  }

  /** Ticks that are left; below zero once the guest has run dry. */
  get left(): number {
    return Number(this.#counter.value);
  }

  /** Ticks used since the last `fill` or `refill`; at most all of them. */
  get used(): number {
    return this.#given - Math.max(0, this.left);
  }

  /** Whether the last trap was for want of fuel. An instance that ran dry is in no known state, as after any trap. */
  get isDry(): boolean {
    return this.left < 0;
  }

  /** The error that a dry gauge means. */
  error(): TenonError {
    return new TenonError("resource-exhausted", `the plugin used up its fuel of ${this.#given} ticks`, {
      hint: "give it more fuel if the work is legitimate",
      details: { limit: "fuel", allowed: this.#given },
    });
  }
}
