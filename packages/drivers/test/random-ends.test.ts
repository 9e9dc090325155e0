import { runRandomEnds } from "@tenon/verify/faults";
import { componentDriver } from "tenon/component";
import { wasmDriver } from "tenon/wasm";
import { faultsComponent, faultsWasm } from "./faults-guest.ts";

for (const [driver, module] of [
  [wasmDriver, faultsWasm("faults")],
  [componentDriver, faultsComponent("faults")],
] as const) {
  const artifact = (fuel: number) => ({ module, fuel, startFuel: 1_000_000 });
  runRandomEnds({ driver, artifact, plugins: 30, calls: 200, maxRounds: 5000 });
  // Long calls, so that threads and processes are ended in the midst of them; far fewer, since each needs a new one then.
  const long = (fuel: number) => artifact(fuel * 50);
  const title = driver.boundary;
  runRandomEnds({
    driver,
    isolation: "worker",
    title: `${title}, worker`,
    artifact: long,
    plugins: 3,
    calls: 30,
    maxRounds: 500_000,
  });
  runRandomEnds({
    driver,
    isolation: "process",
    title: `${title}, process`,
    artifact: long,
    plugins: 2,
    calls: 12,
    maxRounds: 300_000,
  });
}
