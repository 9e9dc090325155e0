// What the plugin module of another driver's thread is made of (`guest.ts`): a component behind the same functions as any plugin in JavaScript.
import { workerData } from "node:worker_threads";
import type { Contract } from "@tenon/contract/core";
import type { LinkPlan, WasmModule } from "@tenon/wasm";
import { poolAsPlugin, printOnThread } from "../_wasm/plugin.ts";
import type { Members } from "../_wasm/plugin.ts";
import type { GuestSettings } from "../_wasm/settings.ts";
import { preview2For } from "../_wasm/wasi.ts";
import { ComponentGuest } from "./guest-instance.ts";

/** What the driver puts into `workerData`. */
export interface ComponentStart {
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
  readonly contract: Contract;
  readonly settings: GuestSettings;
  readonly usesWasi: boolean;
}

/** A plugin in the form that `bindPlugin` takes: a function of the host's functions. */
export async function plugin(host: Members): Promise<Members> {
  const { plan, modules, contract, settings, usesWasi } = workerData as ComponentStart;
  const setting = { grants: settings.wasi, print: printOnThread, isInline: false };
  const openWasi = usesWasi ? await preview2For(setting) : undefined;
  const source = { plan, modules, settings, openWasi, extraImports: {} };
  return poolAsPlugin(host, contract, settings, (sides, onExit) => new ComponentGuest({ ...source, onExit, ...sides }));
}
