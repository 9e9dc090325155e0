// The exports of a metered instance -> what gives it the fuel of a call, for code that is made for one of its functions.
import type { FuelFill } from "@tenon/abi/canonical";
import { fuelFillOf } from "@tenon/wasm/limits";

/** Undefined without metering. */
export function fillOf(exports: Readonly<Record<string, unknown>>, ticks: number): FuelFill | undefined {
  const call = fuelFillOf(exports);
  return call === undefined ? undefined : { call, ticks };
}
