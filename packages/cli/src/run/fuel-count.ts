// The metered guest of one run -> what it used, and whether it ran dry.
import { TenonError } from "@tenon/contract/core";
import { FuelGauge, FuelTank, type RewriteOptions } from "@tenon/wasm/limits";
import type { RunRequest } from "./request.ts";

const PAGES_PER_MIB = 16;

/** What bounds a guest's work and memory. */
export type RunLimits = Pick<RunRequest, "fuel" | "memoryMiB">;

/** What the rewriter is asked for a run; the start function has all of the fuel as well. */
export function rewriteOptions({ fuel, memoryMiB }: RunLimits): RewriteOptions & { readonly maxMemoryPages: number } {
  return { ...(fuel !== undefined && { fuel: "loop", startFuel: fuel }), maxMemoryPages: memoryMiB * PAGES_PER_MIB };
}

/** Counts only where the request has fuel. */
export class FuelCount {
  readonly #fuel: number | undefined;
  #gauge: FuelGauge | undefined;

  constructor({ fuel }: RunLimits) {
    this.#fuel = fuel;
  }

  /** Of an instance with a counter of its own, which its module's first value has filled. */
  watch(exports: Readonly<Record<string, unknown>>): void {
    if (this.#fuel !== undefined) this.#gauge = new FuelGauge(exports);
  }

  /** What the modules of a component import: one full tank. */
  tank(): FuelTank["imports"] {
    if (this.#fuel === undefined) return {};
    const tank = new FuelTank();
    tank.fill(this.#fuel);
    this.#gauge = tank;
    return tank.imports;
  }

  /** For an outcome. */
  get used(): { readonly fuelUsed?: number } {
    if (this.#fuel === undefined) return {};
    return { fuelUsed: this.#gauge === undefined ? 0 : this.#fuel - Math.max(0, this.#gauge.left) };
  }

  /** Why the guest trapped, if it was for want of fuel. */
  get error(): TenonError | undefined {
    if (this.#gauge?.isDry !== true) return undefined;
    return new TenonError("resource-exhausted", `the program used up its fuel of ${this.#fuel} ticks`, {
      hint: "raise --fuel if the work is legitimate",
      details: { limit: "fuel", allowed: this.#fuel ?? 0 },
    });
  }
}
