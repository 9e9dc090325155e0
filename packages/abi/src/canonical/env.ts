// What one canonical definition of a component needs besides its types: memory, allocator, handles, guards.
// component-model CanonicalABI.md, sections "Canonical ABI Options" and "Component Instances".
import type { StreamType, TenonError } from "@tenon/contract/core";
import type { Budget, BudgetLimits } from "../budget.ts";
import type { HandleCodec } from "../handles.ts";

/** A value that core wasm takes or gives: i32, f32 and f64 are numbers, i64 is a bigint. */
export type CoreValue = number | bigint;

/** A core function, as instances export it. */
export type CoreFunction = (...values: CoreValue[]) => unknown;

/** `WebAssembly.Memory`, as far as it is needed. */
export interface MemoryLike {
  readonly buffer: ArrayBufferLike;
  /** Of memory of the machine, which 64-bit pointers point into: the address of its first byte. */
  readonly base?: bigint;
  /** Bytes from `base` on that stand in `buffer` as they do in the machine; default all. */
  readonly span?: number;
  /** Where an address that is not among them stands in `buffer`; undefined for one that is nowhere. */
  readonly locate?: (address: bigint) => number | undefined;
}

export type StringEncoding = "utf8" | "utf16" | "latin1+utf16";

/** `realloc(old pointer, old size, alignment, new size)` of the guest. */
export type Realloc = (old: number, oldSize: number, align: number, newSize: number) => number;

/** Handles that can say beforehand whether a value could be lowered, so that a bad argument never reaches the guest. */
export interface CanonicalHandles extends HandleCodec {
  /** Throws `handle-invalid` for what `lower` would refuse. Called for all arguments before the guest is entered. */
  check?(value: unknown, type: Parameters<HandleCodec["lower"]>[1]): void;
}

/** The same for streams and futures; without it such values throw `boundary-unsupported`. */
export interface StreamCodec {
  /** Throws `value-invalid` for what `lower` would refuse. Called for all arguments before the guest is entered. */
  check?(value: unknown, type: StreamType): void;
  lower(value: unknown, type: StreamType): number;
  lift(handle: number, type: StreamType): unknown;
}

/** Error contexts are their debug message in JavaScript. */
export interface ErrorContextCodec {
  lower(message: string): number;
  lift(handle: number): string;
}

/** Shared by all definitions of one component instance: while it is false, calls out of the instance trap. */
export interface InstanceFlags {
  mayLeave: boolean;
}

/**
 * Brackets every call of one definition; methods of one class keep calls fast, closures per definition do not.
 * Of an export: `enter` runs after the arguments were checked and before anything is lowered, `exit` after post-return.
 * Of an import: `enter` runs before the parameters are lifted, `exit` after the result was lowered.
 */
export interface CallGate {
  /** Throws to refuse the call: the instance is poisoned, or running already. `fail` is not called then. */
  enter(): void;
  /**
   * As `enter`, but where it gives true the caller calls `CanonicalEnv.fill` next. Of an export, and only used with `fill`.
   * Default: `enter` does it all.
   */
  enterUnfilled?(): boolean;
  /** Throws where the call must not end well: borrows that were not dropped, a trap that the guest has caught. */
  exit(): void;
  /**
   * Told of everything thrown after `enter`; gives what is thrown on. `thrown` is the original where `error` is a
   * `plugin-trap` made from it. Here the instance is poisoned: of an import too, because wasm's `catch_all` can swallow
   * what an import throws.
   */
  fail(error: TenonError, thrown: unknown): unknown;
}

/**
 * What gives a guest the fuel for a call. Called by code that is made for one function: the engine puts it into that code, which it
 * cannot where one place calls what belongs to many guests.
 */
export interface FuelFill {
  readonly call: (ticks: number) => void;
  readonly ticks: number;
}

/**
 * One per canonical definition, or shared by definitions with the same options. It is read at the first call, so its
 * properties may be getters over an instance that does not exist yet.
 */
export interface CanonicalEnv {
  /** The memory that values cross through; asked for whenever the last buffer is gone. */
  readonly memory?: () => MemoryLike;
  /** Needed wherever something of variable size goes into the memory. */
  readonly realloc?: Realloc;
  /** Called with the core results after an export's result was lifted, to free what it points to. */
  readonly postReturn?: CoreFunction;
  /** Default `utf8`. */
  readonly stringEncoding?: StringEncoding;
  /** Without it, resources throw `boundary-unsupported`. */
  readonly handles?: CanonicalHandles;
  readonly streams?: StreamCodec;
  readonly errorContexts?: ErrorContextCodec;
  /** Bounds on what one call may lift. Default 128 MiB and the other `DEFAULT_LIMITS`. Ignored where `budget` is given. */
  readonly limits?: Partial<BudgetLimits>;
  /** A budget that several definitions share, filled by its owner. By default each lift has `limits` of its own. */
  readonly budget?: Budget;
  readonly flags?: InstanceFlags;
  readonly gate?: CallGate;
  /** For a gate with `enterUnfilled`. Without it, `enter` is called. */
  readonly fill?: FuelFill;
  /** What errors call the function: `interface.function`. Default the function's own name. */
  readonly name?: string;
}
