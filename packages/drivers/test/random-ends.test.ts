import { componentDriver } from "@tenon/drivers/component";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createWasmProcessDriver, createWasmWorkerDriver, wasmDriver } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { runRandomEnds } from "@tenon/verify/faults";
import { faultsComponent, faultsWasm } from "./faults-guest.ts";

const module = faultsWasm("faults");
const component = faultsComponent("faults");

runRandomEnds({
  driver: wasmDriver,
  artifact: (fuel) => ({ module, fuel, startFuel: 1_000_000 }),
  plugins: 30,
  calls: 200,
  maxRounds: 5000,
});
runRandomEnds({
  driver: componentDriver,
  artifact: () => ({ module: component }),
  plugins: 3,
  calls: 1000,
  maxRounds: 5000,
});
runRandomEnds({
  driver: createWasmWorkerDriver({ worker: workerDriver }),
  title: "wasm in a worker",
  artifact: (fuel) => ({ module, fuel: fuel * 50, startFuel: 1_000_000 }),
  plugins: 4,
  calls: 40,
  maxRounds: 500_000,
});
runRandomEnds({
  driver: createWasmProcessDriver({
    stdio: stdioDriver,
    program: new URL("../../tenon/dist/child-wasm.js", import.meta.url),
  }),
  title: "wasm in a process",
  artifact: (fuel) => ({ module, fuel: fuel * 50, startFuel: 1_000_000 }),
  plugins: 2,
  calls: 25,
  maxRounds: 300_000,
});
