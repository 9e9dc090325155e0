// The metered instances of one run -> what they used together, and whether one ran dry.
import { TenonError } from "@tenon/contract/core";
import { FuelGauge, type RewriteOptions } from "@tenon/wasm/limits";
import type { RunRequest } from "./request.ts";

const PAGES_PER_MIB = 16;

/** What the rewriter is asked for a run; every instance starts with all of the fuel, for its start function as well. */
export function rewriteOptions({ fuel, memoryMiB }: RunRequest): RewriteOptions & { readonly maxMemoryPages: number } {
  return { ...(fuel !== undefined && { fuel: "loop", startFuel: fuel }), maxMemoryPages: memoryMiB * PAGES_PER_MIB };
}

/** Counts only where the request has fuel. */
export class FuelCount {
  readonly #fuel: number | undefined;
  readonly #gauges: FuelGauge[] = [];

  constructor({ fuel }: RunRequest) {
    this.#fuel = fuel;
  }

  add(exports: Readonly<Record<string, unknown>>): void {
    if (this.#fuel !== undefined) this.#gauges.push(new FuelGauge(exports));
  }

  /** For an outcome. */
  get used(): { readonly fuelUsed?: number } {
    const fuel = this.#fuel;
    if (fuel === undefined) return {};
    return { fuelUsed: this.#gauges.reduce((sum, gauge) => sum + fuel - Math.max(0, gauge.left), 0) };
  }

  /** Why the guest trapped, if it was for want of fuel. */
  get error(): TenonError | undefined {
    if (!this.#gauges.some(({ isDry }) => isDry)) return undefined;
    return new TenonError("resource-exhausted", `the program used up its fuel of ${this.#fuel} ticks`, {
      hint: "raise --fuel if the work is legitimate",
      details: { limit: "fuel", allowed: this.#fuel ?? 0 },
    });
  }
}
