// What the functions of preview1 work on, and how they become imports: faults turn into error numbers, everything else ends the guest.
import type { WasiContext } from "../core/context.ts";
import { ExitSignal } from "../core/exit.ts";
import { Fault } from "../core/fault.ts";
import type { Descriptors } from "./descriptors.ts";
import { ERRNO, SUCCESS } from "./errno.table.ts";
import type { Memory } from "./memory.ts";

export interface Guest {
  readonly context: WasiContext;
  readonly memory: Memory;
  readonly descriptors: Descriptors;
  /** Set once the guest has ended, by `proc_exit` or by an error: no call does anything from then on. */
  ended?: Error;
}

/** One function of preview1: numbers for i32, bigint for i64. It throws a fault where it cannot. */
export type Operation = (...args: never) => void;
export type Operations = Readonly<Record<string, Operation>>;

/** A function of preview1 as an import: every one but `proc_exit` returns an error number. */
export type Preview1Function = (...args: readonly unknown[]) => number;

export function toImport(guest: Guest, operation: Operation): Preview1Function {
  return (...args) => {
    // A guest can catch what ends it (wasm's catch_all takes foreign exceptions); it gets it again with its next call.
    if (guest.ended !== undefined) throw guest.ended;
    try {
      operation(...(args as never));
      return SUCCESS;
    } catch (thrown) {
      if (thrown instanceof Fault) return ERRNO[thrown.code];
      guest.ended = thrown instanceof ExitSignal || thrown instanceof Error ? thrown : new Error(String(thrown));
      throw thrown;
    }
  };
}

/** A file offset or size: at most what a JavaScript number holds exactly, far above what any file system does. */
export function toOffset(value: bigint, refuse: () => Error): number {
  const offset = BigInt.asUintN(64, value);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw refuse();
  return Number(offset);
}
