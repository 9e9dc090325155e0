// A loaded library -> its functions in JavaScript, and the host's functions for it. On one thread, from open to close.
import { compileNativeLift, compileNativeLower, nativeSignature } from "@tenon/abi/canonical";
import type { CoreFunction, NativeLower, NativeScalar } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import type { ContractFunction } from "@tenon/contract/core";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import { Arena } from "./arena.ts";
import { callbackTypes } from "./koffi.ts";
import type { Koffi, NativeFunction, NativeLibrary } from "./koffi.ts";
import { symbolOf } from "./library.ts";

export type Call = (...args: unknown[]) => unknown;

export interface InstanceSource {
  readonly koffi: Koffi;
  readonly library: NativeLibrary;
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  readonly hostFunctions: readonly HostFunction[];
  /** What one call may lift, and half of what its memory may hold. */
  readonly maxBytes: number;
}

/** `tenon_host_v1`: version, size, memory, call, grow. */
const HOST_VERSION = 1;
const HOST_BYTES = 32;

export class NativeInstance {
  /** By the index of the exported function. */
  readonly functions: readonly Call[];
  readonly #arena: Arena;
  readonly #source: InstanceSource;
  readonly #lowers: readonly (() => NativeLower)[];
  readonly #callbacks: readonly bigint[];
  /** The plugin keeps its address. */
  readonly #table: Buffer;
  /** What the host function gave that is being lowered, for when that has to be done twice. */
  #answer: { readonly value: unknown } | undefined;
  #isClosed = false;

  /** Opens the plugin. Throws start-failed with the reason that it gives. */
  constructor(source: InstanceSource) {
    const { koffi, library, exports, imports } = source;
    this.#source = source;
    this.#arena = new Arena(koffi, source.maxBytes);
    this.#lowers = imports.map((func) => once(() => this.#lowerOf(func)));
    const { call, grow } = callbackTypes(koffi);
    this.#callbacks = [
      koffi.register((index: number, at: number) => this.#serve(index, at), call),
      koffi.register((size: number) => this.#arena.onGrow(size), grow),
    ];
    this.#table = this.#makeTable();
    this.functions = exports.map((func) => this.#liftOf(func));
    try {
      library.func("tenon_open_v1", "void", ["void *"])(koffi.address(this.#table));
      this.#arena.check();
    } catch (thrown) {
      this.#unregister();
      const { what } = TenonError.from(thrown, "plugin-trap");
      throw new TenonError("start-failed", what, { sideEffects: "none", cause: thrown });
    }
  }

  /** Tells the plugin, which must have ended its threads when it returns. Must not be called from within a call. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#arena.close(new TenonError("session-closed", "the plugin was closed", { sideEffects: "none" }));
    this.#source.library.func("tenon_close_v1", "void", [])();
    this.#unregister();
  }

  #unregister(): void {
    for (const callback of this.#callbacks) this.#source.koffi.unregister(callback);
  }

  #makeTable(): Buffer {
    const table = Buffer.allocUnsafeSlow(HOST_BYTES).fill(0);
    table.writeUInt32LE(HOST_VERSION, 0);
    table.writeUInt32LE(HOST_BYTES, 4);
    for (const [index, address] of [this.#arena.address, ...this.#callbacks].entries())
      table.writeBigUInt64LE(address, 8 + index * 8);
    return table;
  }

  #liftOf(func: FunctionRef): Call {
    const arena = this.#arena;
    const { scalars } = nativeSignature(func.function);
    const own = named(func);
    if (scalars !== undefined) {
      const native = this.#bind(func, scalars.result ?? "void", scalars.params);
      return compileNativeLift(
        own,
        arena.lift,
        checked(arena, withLong(native, scalars.result), scalars.params.length),
      );
    }
    const native = this.#bind(func, "void", ["u32"]);
    const lift = compileNativeLift(own, arena.lift, (at) => {
      const { segment } = arena;
      native(at);
      arena.check();
      return arena.readable(segment, at as number);
    });
    return fitting(arena, lift);
  }

  #bind(func: FunctionRef, result: NativeScalar | "void", params: readonly NativeScalar[]): NativeFunction {
    return this.#source.library.func(
      symbolOf(func),
      C_TYPES[result],
      params.map((kind) => C_TYPES[kind]),
    );
  }

  #lowerOf(func: FunctionRef): NativeLower {
    const host = this.#source.hostFunctions[func.index]!;
    return compileNativeLower(named(func), this.#arena.lower, (...args) => {
      this.#answer ??= { value: host(...args) };
      this.#arena.toCurrent();
      return this.#answer.value;
    });
  }

  /** A host function, called by the plugin. Nothing may be thrown through its frames. */
  #serve(index: number, at: number): void {
    const outer = this.#answer;
    this.#answer = undefined;
    try {
      const lower = this.#lowers[index]!();
      const { segment } = this.#arena;
      try {
        lower.call(this.#arena.readable(segment, at), at);
      } catch (thrown) {
        if (!this.#arena.isOverflow(thrown)) throw thrown;
        this.#serveAgain(lower, segment, at);
      }
    } catch (thrown) {
      this.#arena.failHost(thrown);
    } finally {
      this.#answer = outer;
      this.#arena.toCurrent();
    }
  }

  /** The result did not fit beside the parameters: it goes where there is room, and its block to where it is expected. */
  #serveAgain({ bytes, call }: NativeLower, segment: number, at: number): void {
    const arena = this.#arena;
    arena.growNow();
    arena.fitting(() => {
      const params = arena.readable(segment, at);
      const target = arena.block(bytes);
      call(params, target);
      arena.bytesAt(segment, at, bytes).set(arena.bytesAt(arena.segment, target, bytes));
    });
  }
}

const C_TYPES: Readonly<Record<NativeScalar | "void", string>> = {
  void: "void",
  u8: "uint8_t",
  s8: "int8_t",
  u16: "uint16_t",
  s16: "int16_t",
  u32: "uint32_t",
  s32: "int32_t",
  u64: "uint64_t",
  s64: "int64_t",
  f32: "float",
  f64: "double",
};

/** koffi gives small 64-bit integers as bigint or as number, whichever fits. */
function withLong(native: NativeFunction, result: NativeScalar | undefined): NativeFunction {
  return result === "u64" || result === "s64" ? (...args) => BigInt(native(...args) as number | bigint) : native;
}

/** Without gathering the arguments for the arities that most functions have: that would take longer than a small call. */
function checked(arena: Arena, native: NativeFunction, arity: number): CoreFunction {
  const after = (value: unknown): unknown => {
    arena.check();
    return value;
  };
  if (arity === 0) return () => after(native());
  if (arity === 1) return (a) => after(native(a));
  if (arity === 2) return (a, b) => after(native(a, b));
  return (...args) => after(native(...args));
}

/** Surplus arguments are not refused in what is compiled for fewer of them, so all are passed on. */
function fitting(arena: Arena, lift: Call): Call {
  return (...args) => {
    try {
      return lift(...args);
    } catch (thrown) {
      if (!arena.isOverflow(thrown)) throw thrown;
      arena.growNow();
      return arena.fitting(() => lift(...args));
    }
  };
}

const names = new WeakMap<FunctionRef, ContractFunction>();

/** The function under the name that errors have; one object for each, because code is kept by it. */
function named(func: FunctionRef): ContractFunction {
  const found = names.get(func);
  if (found !== undefined) return found;
  const made = { ...func.function, name: func.path };
  names.set(func, made);
  return made;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
