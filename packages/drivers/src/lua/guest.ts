// The plugin module that another driver's thread loads: a script behind the same functions as any plugin in JavaScript.
import process from "node:process";
import { workerData } from "node:worker_threads";
import { camelCase, functionLabel } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";
import { indexFunctions } from "@tenon/host/driver";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import { codecOf } from "./codec/functions.ts";
import type { LuaSettings, Script } from "./options.ts";
import { ScriptHost } from "./script-host.ts";
import type { LuaEngine } from "./vm/engine.ts";

/** What the driver puts into `workerData`. */
export interface GuestStart {
  readonly engine: LuaEngine;
  readonly script: Script;
  readonly settings: LuaSettings;
  readonly contract: Contract;
}

type Members = Record<string, unknown>;

/** A plugin in the form that `bindPlugin` takes: a function of the host's functions. */
export default async function plugin(host: Members): Promise<Members> {
  const { engine, script, settings, contract } = workerData as GuestStart;
  const exports = indexFunctions(contract.exports);
  const imports = indexFunctions(contract.imports);
  const codec = codecOf(contract, exports, imports);
  const hostFunctions = imports.map((func) => ownerOf(host, func)[memberOf(func)] as HostFunction);
  const print = (bytes: Uint8Array): void => void process.stdout.write(bytes);
  const scripts = new ScriptHost({ engine, codec, script, settings, hostFunctions, print });
  await scripts.take(false);
  const bound = Object.create(null) as Members;
  for (const func of exports) {
    const own = codec.exports[func.index]!;
    const settings = { deadline: undefined, isSync: false };
    // Not async: a host function of this very call may call back, while the thread is blocked for its answer.
    ownerOf(bound, func)[memberOf(func)] = (...args: unknown[]) => {
      const state = scripts.take(false);
      return state instanceof Promise
        ? state.then((ready) => ready.call(own, args, settings))
        : state.call(own, args, settings);
    };
  }
  return bound;
}

function ownerOf(members: Members, { interface: { key } }: FunctionRef): Members {
  return key === "" ? members : ((members[key] ??= Object.create(null)) as Members);
}

function memberOf(func: FunctionRef): string {
  return camelCase(functionLabel(func.function.name));
}
