// The plugin module that a thread of the child process loads: a native library behind the same functions as any plugin.
import { workerData } from "node:worker_threads";
import type { Contract } from "@tenon/contract/core";
import { DEFAULT_LIMITS } from "@tenon/host/driver";
import type { Limits, OpenContext } from "@tenon/host/driver";
import { membersOf, sidesOf } from "../_wasm/plugin.ts";
import type { Members } from "../_wasm/plugin.ts";
import { openInstance } from "./driver.ts";
import { loadKoffi } from "./koffi.ts";

/** What the driver puts into `workerData`. */
export interface GuestStart {
  readonly bytes: Uint8Array;
  readonly pluginId: string;
  readonly contract: Contract;
  readonly limits: Limits;
}

/** A plugin in the form that `bindPlugin` takes: a function of the host's functions. */
export default async function plugin(host: Members): Promise<Members> {
  const { bytes, pluginId, contract, limits } = workerData as GuestStart;
  const sides = sidesOf(host, contract);
  const instance = await openInstance(bytes, {
    ...sides,
    pluginId,
    contract,
    limits: { ...DEFAULT_LIMITS, ...limits },
    signal: new AbortController().signal,
  } as unknown as OpenContext);
  const flush = await flusher();
  return membersOf(sides.exports, (index) => {
    const call = instance.functions[index]!;
    return (...args) => {
      try {
        return call(...args);
      } finally {
        flush();
      }
    };
  });
}

/** What the plugin printed during a call is there when the call is over, although C keeps it back for a pipe. */
async function flusher(): Promise<() => void> {
  if (process.platform === "win32") return () => {};
  const koffi = await loadKoffi();
  const fflush = koffi.load(null).func("fflush", "int", ["void *"]);
  return () => void fflush(null);
}
