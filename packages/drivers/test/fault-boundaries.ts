// The plugin of the fault catalogue behind one boundary after the other, for tests of what the supervisor does.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { componentDriver } from "tenon/component";
import { execDriver, type FunctionMapping } from "@tenon/drivers/exec";
import { grpcDriver } from "@tenon/drivers/grpc";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { dylibDriver } from "tenon/dylib";
import { luaDriver } from "tenon/lua";
import { wasmDriver } from "tenon/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import type { AnyDriver } from "@tenon/host";
import { indexFunctions } from "@tenon/host/driver";
import { faultContract, type ChaosBoundary, type FaultArtifact } from "@tenon/verify/faults";
import { faultsComponent, faultsWasm } from "./faults-guest.ts";
import { faultsScript } from "./faults-script.ts";
import { faultsLibrary, lacksFaultsLibrary, trustOf } from "./native-plugins.ts";

export interface FaultBoundary extends ChaosBoundary {
  /** Of one that never becomes ready; undefined where there is no start, or where nothing could end it. */
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

/** On the host's thread fuel ends what no deadline can: some hundredths of a second of it. */
const INLINE = { isolation: "inline", fuel: 5_000_000, startFuel: 5_000_000 };

/** Where a sandboxed guest may run, with the plugin and one whose start never ends. */
function guestOf(boundary: string, artifact: (kind: FaultArtifact) => object): readonly FaultBoundary[] {
  const place = (title: string, how: object): FaultBoundary => ({
    title,
    boundary,
    artifact: { ...artifact("faults"), ...how },
    stuck: { ...artifact("start-spins"), ...how },
  });
  const elsewhere = ["worker", "process"].map((isolation) => place(`${boundary}, ${isolation}`, { isolation }));
  return [place(boundary, INLINE), ...elsewhere];
}

/** In a process of its own, and in the host's. */
function libraries(): readonly FaultBoundary[] {
  const reason = lacksFaultsLibrary();
  if (reason !== false) {
    console.log(`no plugin on the dylib boundary: ${reason}`);
    return [];
  }
  const library = faultsLibrary("faults");
  return [
    { title: "dylib", boundary: "dylib", artifact: { library }, stuck: { library: faultsLibrary("start-spins") } },
    {
      title: "dylib, inline",
      boundary: "dylib",
      artifact: { library, isolation: "inline", trusted: trustOf(library) },
      isTrusted: true,
    },
  ];
}

export const FAULT_DRIVERS: readonly AnyDriver[] = [
  importDriver,
  workerDriver,
  wasmDriver,
  componentDriver,
  luaDriver,
  dylibDriver,
  execDriver,
  stdioDriver,
  grpcDriver,
];

/** Every boundary, and every place of those that leave a choice. */
export const FAULT_BOUNDARIES: readonly FaultBoundary[] = [
  { title: "import", boundary: "import", artifact: { module: plugin("faults") }, isTrusted: true },
  { title: "worker", boundary: "worker", artifact: { module: plugin("faults") }, stuck: { module: plugin("stuck") } },
  ...guestOf("wasm", (kind) => ({ module: faultsWasm(kind) })),
  ...guestOf("component", (kind) => ({ module: faultsComponent(kind) })),
  ...guestOf("lua", (kind) => ({ source: faultsScript(kind) })),
  ...libraries(),
  { title: "stdio", boundary: "stdio", artifact: command("serve-faults"), stuck: command("stuck") },
  { title: "grpc", boundary: "grpc", artifact: command("serve-grpc-faults"), stuck: command("stuck") },
  { title: "exec", boundary: "exec", artifact: execArtifact },
];
