// What the plugin module of another driver's thread is made of (`guest.ts`): a core module behind the same functions as any plugin in JavaScript.
import { workerData } from "node:worker_threads";
import type { Contract } from "@tenon/contract/core";
import type { WasmModule } from "@tenon/wasm";
import { poolAsPlugin, printOnThread } from "../_wasm/plugin.ts";
import type { Members } from "../_wasm/plugin.ts";
import type { GuestSettings } from "../_wasm/settings.ts";
import { preview1For } from "../_wasm/wasi.ts";
import { GuestInstance } from "./guest-instance.ts";

/** What the driver puts into `workerData`. */
export interface GuestStart {
  readonly module: WasmModule;
  readonly contract: Contract;
  readonly settings: GuestSettings;
  readonly usesWasi: boolean;
}

/** A plugin in the form that `bindPlugin` takes: a function of the host's functions. */
export async function plugin(host: Members): Promise<Members> {
  const { module, contract, settings, usesWasi } = workerData as GuestStart;
  const setting = { grants: settings.wasi, print: printOnThread, isInline: false };
  const openWasi = usesWasi ? await preview1For(setting) : undefined;
  return poolAsPlugin(
    host,
    contract,
    settings,
    (sides, onExit) => new GuestInstance({ module, settings, openWasi, onExit, ...sides }),
  );
}
