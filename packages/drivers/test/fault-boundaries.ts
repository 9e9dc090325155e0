// The plugin of the fault catalogue behind one boundary after the other, for tests of what the supervisor does.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { componentDriver } from "tenon/component";
import { execDriver, type FunctionMapping } from "@tenon/drivers/exec";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { wasmDriver } from "tenon/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import type { AnyDriver } from "@tenon/host";
import { indexFunctions } from "@tenon/host/driver";
import { faultContract, type ChaosBoundary } from "@tenon/verify/faults";
import { faultsComponent, faultsWasm } from "./faults-guest.ts";

export interface FaultBoundary {
  readonly title: string;
  readonly boundary: string;
  /** Of the plugin that does all that the contract says. */
  readonly artifact: object;
  /** Of one that never becomes ready; undefined where there is no start. */
  readonly stuck?: object;
}

const plugin = (name: string): string => import.meta.resolve(`@tenon/verify/plugins/${name}`);
const command = (name: string): object => ({ command: [process.execPath, fileURLToPath(plugin(name))] });

const EXEC: Readonly<Record<string, FunctionMapping>> = {
  "faults.ping": { args: ["ping", "{n}"], exit: { "0": "{stdout:trim}" } },
  "faults.count": { args: ["count", "1"], exit: { "0": "{stdout:trim}" } },
  "faults.trap": { args: ["trap", "{kind}"], exit: { "0": null } },
  "faults.spin": { args: ["spin"], exit: { "0": null } },
  "faults.text": { args: ["text", "{length}"], exit: { "0": "{stdout}" } },
  "faults.flood-output": { args: ["flood-output", "{lines}"], stdout: "log", exit: { "0": null } },
};
/** What a program cannot do, or what no fault of this boundary asks for. */
const other = (hasResult: boolean): FunctionMapping => ({ args: ["none"], exit: { "0": hasResult ? 0 : null } });

export const execArtifact: object = {
  program: fileURLToPath(new URL("exec-faults.sh", import.meta.url)),
  functions: Object.fromEntries(
    indexFunctions(faultContract.exports).map(({ path, function: { result } }) => [
      path,
      EXEC[path] ?? other(result !== undefined),
    ]),
  ),
};

/** Some hundredths of a second on the host's thread. */
const FUEL = { fuel: 5_000_000, startFuel: 5_000_000 };

export const FAULT_DRIVERS: readonly AnyDriver[] = [
  importDriver,
  workerDriver,
  wasmDriver,
  componentDriver,
  execDriver,
  stdioDriver,
];

/** Eight of them, the places of a sandboxed guest included. */
export const FAULT_BOUNDARIES: readonly FaultBoundary[] = [
  { title: "import", boundary: "import", artifact: { module: plugin("faults") } },
  { title: "worker", boundary: "worker", artifact: { module: plugin("faults") }, stuck: { module: plugin("stuck") } },
  {
    title: "wasm",
    boundary: "wasm",
    artifact: { module: faultsWasm("faults"), ...FUEL },
    stuck: { module: faultsWasm("start-spins"), ...FUEL },
  },
  {
    title: "wasm, worker",
    boundary: "wasm",
    artifact: { module: faultsWasm("faults"), isolation: "worker" },
    stuck: { module: faultsWasm("start-spins"), isolation: "worker" },
  },
  {
    title: "wasm, process",
    boundary: "wasm",
    artifact: { module: faultsWasm("faults"), isolation: "process" },
    stuck: { module: faultsWasm("start-spins"), isolation: "process" },
  },
  {
    title: "component",
    boundary: "component",
    artifact: { module: faultsComponent("faults"), ...FUEL },
    stuck: { module: faultsComponent("start-spins"), ...FUEL },
  },
  { title: "stdio", boundary: "stdio", artifact: command("serve-faults"), stuck: command("stuck") },
  { title: "exec", boundary: "exec", artifact: execArtifact },
];

/** `import` contains nothing: what is there is only well. */
export const CHAOS_BOUNDARIES: readonly ChaosBoundary[] = FAULT_BOUNDARIES.map((one) => ({
  ...one,
  isTrusted: one.boundary === "import",
}));
