// A pool of guests -> a plugin in the form that another driver's thread loads: functions by interface, given the host's.
import process from "node:process";
import { camelCase, functionLabel } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";
import { indexFunctions } from "@tenon/host/driver";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import { GuestPool } from "./guest-pool.ts";
import type { Call, MeteredGuest } from "./metered-guest.ts";
import type { GuestSettings } from "./settings.ts";
import type { Print } from "./wasi.ts";

/** An object of functions, or of interfaces with functions. */
export type Members = Record<string, unknown>;

/** The two sides of a contract on the thread. */
export interface ThreadSides {
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  readonly hostFunctions: readonly HostFunction[];
}

/** Prints as the thread does: its driver takes it from there. */
export const printOnThread: Print = (stream, bytes) => void process[stream].write(bytes);

/** `make` is told of the contract's sides and of what to do when the guest ends itself: the thread ends with it. */
export function poolAsPlugin(
  host: Members,
  contract: Contract,
  settings: GuestSettings,
  make: (sides: ThreadSides, onExit: (code: number) => void) => MeteredGuest,
): Members {
  const sides = sidesOf(host, contract);
  const pool = new GuestPool(settings, () => make(sides, (code) => process.exit(code)));
  return membersOf(
    sides.exports,
    (index) =>
      (...args) =>
        pool.take().function(index)(...args),
  );
}

/** The sides of a contract, with the host's functions as the thread has them. */
export function sidesOf(host: Members, contract: Contract): ThreadSides {
  const exports = indexFunctions(contract.exports);
  const imports = indexFunctions(contract.imports);
  const hostFunctions = imports.map((func) => ownerOf(host, func)[memberOf(func)] as HostFunction);
  return { exports, imports, hostFunctions };
}

/** Functions by index -> functions by interface and name. */
export function membersOf(exports: readonly FunctionRef[], call: (index: number) => Call): Members {
  const bound = Object.create(null) as Members;
  for (const func of exports) {
    const count = func.function.params.length;
    const own = call(func.index);
    // What comes after the parameters is for plugins in JavaScript.
    ownerOf(bound, func)[memberOf(func)] = (...args: unknown[]) => own(...args.slice(0, count));
  }
  return bound;
}

function ownerOf(members: Members, { interface: { key } }: FunctionRef): Members {
  return key === "" ? members : ((members[key] ??= Object.create(null)) as Members);
}

function memberOf(func: FunctionRef): string {
  return camelCase(functionLabel(func.function.name));
}
