// The grants of one guest to the imports of wasi_snapshot_preview1, and a module instance to an exit code.
import { TenonError } from "@tenon/contract/core";
import { openContext, type WasiOptions } from "../core/context.ts";
import type { WasiBudget } from "../core/budget.ts";
import { ExitSignal, outcomeOf } from "../core/exit.ts";
import { Descriptors } from "./descriptors.ts";
import { fdIo } from "./fd-io.ts";
import { fdState } from "./fd-state.ts";
import { type Guest, type Operations, type Preview1Function, toImport } from "./guest.ts";
import { type GuestMemory, Memory } from "./memory.ts";
import { paths } from "./path.ts";
import { poll } from "./poll.ts";
import { processOperations } from "./process.ts";

/** As much of WebAssembly.Instance as is used here. */
export interface GuestInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** One guest's preview1: one instance, one set of descriptors. */
export interface Preview1 {
  readonly imports: { readonly wasi_snapshot_preview1: Readonly<Record<string, Preview1Function>> };
  /** What the guest has used up so far. */
  readonly budget: WasiBudget;
  /** Settled once the guest has called `proc_exit`. */
  readonly exitCode: number | undefined;
  /** Names the memory: `start` and `initialize` do it themselves; needed before for a module whose start function uses WASI. */
  bind(instance: GuestInstance): void;
  /**
   * Runs a command (`_start`) to its end and closes everything. Returns the exit code, 0 when it just returns. Throws
   * `plugin-trap` when it traps, `resource-exhausted` or `deadline-exceeded` when a limit ends it, `artifact-invalid` when the
   * instance is no command.
   */
  start(instance: GuestInstance): number;
  /** Prepares a reactor: runs `_initialize` where there is one. Its other exports are called through `run` from then on. */
  initialize(instance: GuestInstance): void;
  /** Runs `call`, which calls an export, with the errors of `start`. An exit inside it throws `plugin-crashed`. */
  run<T>(call: () => T): T;
  /** Closes all descriptors and ends half lines of log output. May be called again. */
  close(): void;
}

/** Opens what `options` grant. Nothing is granted by default; the caller closes, unless `start` runs to its end. */
export function createPreview1(options: WasiOptions = {}): Preview1 {
  const context = openContext(options);
  const guest: Guest = { context, memory: new Memory(), descriptors: new Descriptors(context) };
  const close = (): void => {
    guest.ended ??= new TenonError("session-closed", "the WASI context of this guest is closed");
    guest.descriptors.closeAll();
    context.stdout.end?.();
    context.stderr.end?.();
  };
  const bind = (instance: GuestInstance): void => guest.memory.bind(memoryOf(instance));
  const exitCode = (): number | undefined => (guest.ended instanceof ExitSignal ? guest.ended.exitCode : undefined);
  const run = <T>(call: () => T): T => {
    try {
      return call();
    } catch (thrown) {
      throw outcomeOf(guest.ended, thrown);
    }
  };
  return {
    imports: { wasi_snapshot_preview1: importsOf(guest) },
    budget: context.budget,
    get exitCode() {
      return exitCode();
    },
    bind,
    start(instance) {
      const start = functionOf(instance, "_start");
      if (start === undefined)
        throw new TenonError("artifact-invalid", "the module is no WASI command: it exports no _start");
      bind(instance);
      try {
        start();
        return exitCode() ?? 0;
      } catch (thrown) {
        const code = exitCode();
        if (code !== undefined) return code;
        throw outcomeOf(guest.ended, thrown);
      } finally {
        close();
      }
    },
    initialize(instance) {
      bind(instance);
      const initialize = functionOf(instance, "_initialize");
      if (initialize !== undefined) run(initialize);
    },
    run,
    close,
  };
}

function importsOf(guest: Guest): Readonly<Record<string, Preview1Function>> {
  const operations: Operations = {
    ...processOperations(guest),
    ...fdIo(guest),
    ...fdState(guest),
    ...paths(guest),
    ...poll(guest),
  };
  const imports: Record<string, Preview1Function> = Object.create(null);
  for (const [name, operation] of Object.entries(operations)) imports[name] = toImport(guest, operation);
  return Object.freeze(imports);
}

function memoryOf({ exports }: GuestInstance): GuestMemory {
  const memory = exports["memory"];
  if (typeof memory === "object" && memory !== null && "buffer" in memory && memory.buffer instanceof ArrayBuffer) {
    return memory as GuestMemory;
  }
  throw new TenonError("artifact-invalid", "the module exports no memory of its own, as WASI needs", {
    hint: "export the memory as `memory`; shared memories are not supported",
  });
}

function functionOf({ exports }: GuestInstance, name: string): (() => unknown) | undefined {
  const found = exports[name];
  return typeof found === "function" ? (found as () => unknown) : undefined;
}
