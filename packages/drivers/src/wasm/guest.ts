// The plugin module that another driver's thread loads: a core module behind the same functions as any plugin in JavaScript.
import process from "node:process";
import { workerData } from "node:worker_threads";
import { camelCase, functionLabel } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";
import { indexFunctions } from "@tenon/host/driver";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import type { WasmModule } from "@tenon/wasm";
import { GuestPool } from "./guest-pool.ts";
import type { GuestSettings } from "./options.ts";
import { wasiFor } from "./wasi.ts";

/** What the driver puts into `workerData`. */
export interface GuestStart {
  readonly module: WasmModule;
  readonly contract: Contract;
  readonly settings: GuestSettings;
  readonly usesWasi: boolean;
}

type Members = Record<string, unknown>;

/** A plugin in the form that `bindPlugin` takes: a function of the host's functions. */
export default async function plugin(host: Members): Promise<Members> {
  const { module, contract, settings, usesWasi } = workerData as GuestStart;
  const exports = indexFunctions(contract.exports);
  const imports = indexFunctions(contract.imports);
  const print = (stream: "stdout" | "stderr", bytes: Uint8Array): void => void process[stream].write(bytes);
  const openWasi = usesWasi ? await wasiFor({ grants: settings.wasi, print, isInline: false }) : undefined;
  const hostFunctions = imports.map((func) => ownerOf(host, func)[memberOf(func)] as HostFunction);
  const onExit = (code: number): void => process.exit(code);
  const pool = new GuestPool({ module, exports, imports, hostFunctions, settings, openWasi, onExit });
  const bound = Object.create(null) as Members;
  for (const func of exports) {
    const count = func.function.params.length;
    // What comes after the parameters is for plugins in JavaScript.
    ownerOf(bound, func)[memberOf(func)] = (...args: unknown[]) =>
      pool.take().functions[func.index]!(...args.slice(0, count));
  }
  return bound;
}

function ownerOf(members: Members, { interface: { key } }: FunctionRef): Members {
  return key === "" ? members : ((members[key] ??= Object.create(null)) as Members);
}

function memberOf(func: FunctionRef): string {
  return camelCase(functionLabel(func.function.name));
}
