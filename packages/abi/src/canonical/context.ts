// An environment -> the state that lifting and lowering work on: views of the memory, the allocator, the budget.
import { TenonError } from "@tenon/contract";
import type { HandleType, StreamType } from "@tenon/contract";
import { Budget } from "../budget.ts";
import { NO_HANDLES, refuseStream } from "../handles.ts";
import { isShared } from "../platform.ts";
import type { CanonicalEnv, CanonicalHandles, ErrorContextCodec, InstanceFlags, Realloc, StreamCodec } from "./env.ts";
import { MAX_BYTE_LENGTH } from "./layout.ts";
import { trap } from "./traps.ts";

const NO_STREAMS: StreamCodec = {
  lower: (_value, type) => refuseStream(type.kind),
  lift: (_handle, type) => refuseStream(type.kind),
};

const NO_ERROR_CONTEXTS: ErrorContextCodec = {
  lower: () => refuseStream("error-context"),
  lift: () => refuseStream("error-context"),
};

/** Parts of a value that one check looks at; shared parts could otherwise keep it busy for ever (misfit.ts). */
const MAX_PARTS = 2 ** 24;

/**
 * The views are made again when the memory has grown: growing detaches the old buffer, so a view of length 0 is the sign,
 * and asking it costs nothing beside the bounds check that every access needs anyway (`memory.buffer` is a slow getter).
 * Every access to the memory stands behind `range` or an allocation since guest code last ran; both leave fresh views.
 */
export class Context {
  u8!: Uint8Array;
  s8!: Int8Array;
  u16!: Uint16Array;
  s16!: Int16Array;
  u32!: Uint32Array;
  s32!: Int32Array;
  u64!: BigUint64Array;
  s64!: BigInt64Array;
  f32!: Float32Array;
  f64!: Float64Array;
  view!: DataView;
  /** Whether other threads may change the memory while it is read: what is checked must be copied first. */
  isShared = false;
  /** Code units of the string, or elements of the list, that was stored last: the second half of its pointer. */
  units = 0;
  readonly budget: Budget;
  readonly handles: CanonicalHandles;
  readonly streams: StreamCodec;
  readonly errorContexts: ErrorContextCodec;
  readonly flags: InstanceFlags;
  private readonly hasOwnBudget: boolean;
  private readonly env: CanonicalEnv;
  private realloc: Realloc | undefined;
  private parts = 0;

  constructor(env: CanonicalEnv) {
    this.env = env;
    this.hasOwnBudget = env.budget === undefined;
    this.budget = env.budget ?? new Budget(env.limits);
    this.handles = env.handles ?? NO_HANDLES;
    this.streams = env.streams ?? NO_STREAMS;
    this.errorContexts = env.errorContexts ?? NO_ERROR_CONTEXTS;
    this.flags = env.flags ?? { mayLeave: true };
    this.setViews(new ArrayBuffer(0));
  }

  /** Starts the lift of one row of values. */
  begin(): void {
    if (this.hasOwnBudget) this.budget.reset();
  }

  /** Starts the check of one row of values. */
  beginCheck(): void {
    this.parts = MAX_PARTS;
  }

  /** Counts the parts that a check is about to look at. */
  visit(parts: number): void {
    this.parts -= parts;
    if (this.parts < 0) {
      throw new TenonError("resource-exhausted", `the arguments have more than ${MAX_PARTS} parts`, {
        hint: "send less at once",
        sideEffects: "none",
      });
    }
  }

  /** Holds `size` bytes at a pointer of the guest's against alignment and memory ("trap_if" of "Loading" and "Storing"). */
  range(pointer: number, align: number, size: number): number {
    if ((pointer & (align - 1)) !== 0 || pointer + size >= this.u8.length) this.slowRange(pointer, align, size);
    return pointer;
  }

  /** Holds a list of the guest's against memory and budget before anything is allocated for it. */
  list(pointer: number, count: number, align: number, size: number, bytesEach: number): void {
    const bytes = count * size;
    if (bytes > MAX_BYTE_LENGTH) trap(`a list of ${count} elements takes more than ${MAX_BYTE_LENGTH} bytes`);
    this.range(pointer, align, bytes);
    this.budget.chargeList(count, bytesEach);
  }

  /** Memory for `count` elements of `size` bytes, from the guest's allocator. */
  allocList(count: number, align: number, size: number): number {
    const bytes = count * size;
    if (bytes > MAX_BYTE_LENGTH) tooLong(`a list of ${count} elements`, bytes);
    this.units = count;
    return this.reallocate(0, 0, align, bytes);
  }

  /** "LiftLowerContext.reallocate": the guest may not call out while it allocates. */
  reallocate(old: number, oldSize: number, align: number, size: number): number {
    const { flags } = this;
    flags.mayLeave = false;
    const pointer = (this.realloc ?? this.findRealloc())(old, oldSize, align, size) >>> 0;
    flags.mayLeave = true;
    if ((pointer & (align - 1)) !== 0 || pointer + size >= this.u8.length) this.slowRange(pointer, align, size, true);
    return pointer;
  }

  /** Refuses an own or borrow before anything is lowered. */
  checkHandle(value: unknown, type: HandleType): boolean {
    if (value === undefined || value === null) return false;
    this.handles.check?.(value, type);
    return true;
  }

  lowerHandle(value: unknown, type: HandleType): number {
    return this.handles.lower(value, type);
  }

  liftHandle(handle: number, type: HandleType): unknown {
    return this.handles.lift(handle >>> 0, type);
  }

  lowerStream(value: unknown, type: StreamType): number {
    return this.streams.lower(value, type);
  }

  liftStream(handle: number, type: StreamType): unknown {
    return this.streams.lift(handle >>> 0, type);
  }

  lowerErrorContext(value: string): number {
    return this.errorContexts.lower(value);
  }

  liftErrorContext(handle: number): string {
    return this.errorContexts.lift(handle >>> 0);
  }

  private slowRange(pointer: number, align: number, size: number, isRealloc = false): void {
    const whose = isRealloc ? "realloc gave the pointer" : "the pointer";
    if ((pointer & (align - 1)) !== 0) trap(`${whose} ${pointer}, which is not aligned to ${align} bytes`);
    this.refresh();
    if (pointer + size > this.u8.length)
      trap(`${whose} ${pointer} for ${size} bytes, which end outside the memory of ${this.u8.length} bytes`);
  }

  private refresh(): void {
    const { memory } = this.env;
    if (memory === undefined) throw incomplete("memory");
    const { buffer } = memory();
    // Growing a shared memory detaches nothing; its new buffer is a new object.
    if (this.u8.buffer !== buffer || this.u8.length === 0) this.setViews(buffer);
  }

  private setViews(buffer: ArrayBufferLike): void {
    const size = buffer.byteLength;
    const [halves, words, longs] = [Math.floor(size / 2), Math.floor(size / 4), Math.floor(size / 8)];
    this.u8 = new Uint8Array(buffer);
    this.s8 = new Int8Array(buffer);
    this.u16 = new Uint16Array(buffer, 0, halves);
    this.s16 = new Int16Array(buffer, 0, halves);
    this.u32 = new Uint32Array(buffer, 0, words);
    this.s32 = new Int32Array(buffer, 0, words);
    this.f32 = new Float32Array(buffer, 0, words);
    this.u64 = new BigUint64Array(buffer, 0, longs);
    this.s64 = new BigInt64Array(buffer, 0, longs);
    this.f64 = new Float64Array(buffer, 0, longs);
    this.view = new DataView(buffer);
    this.isShared = isShared(this.u8);
  }

  private findRealloc(): Realloc {
    const { realloc } = this.env;
    if (realloc === undefined) throw incomplete("realloc");
    return (this.realloc = realloc);
  }
}

function incomplete(option: string): TenonError {
  return new TenonError("artifact-invalid", `a function needs the canonical option ${option} and has none`);
}

/** Host values that no 32-bit guest could take ("MAX_LIST_BYTE_LENGTH"). */
export function tooLong(what: string, bytes: number): never {
  throw new TenonError("resource-exhausted", `${what} takes ${bytes} bytes in the plugin's memory`, {
    hint: `send at most ${MAX_BYTE_LENGTH} bytes in one list or string`,
  });
}

const contexts = new WeakMap<CanonicalEnv, Context>();

/** The state of an environment, made at its first use. */
export function contextOf(env: CanonicalEnv): Context {
  const found = contexts.get(env);
  if (found !== undefined) return found;
  const made = new Context(env);
  contexts.set(env, made);
  return made;
}
