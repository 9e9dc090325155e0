// An environment -> the state that lifting and lowering work on: views of the memory, the allocator, the budget.
import { TenonError } from "@tenon/contract/core";
import type { HandleType, StreamType } from "@tenon/contract/core";
import { Budget } from "../budget.ts";
import { NO_HANDLES, refuseStream } from "../handles.ts";
import { isShared } from "../platform.ts";
import type { CanonicalEnv, CanonicalHandles, ErrorContextCodec, InstanceFlags, Realloc, StreamCodec } from "./env.ts";
import { KnownTexts } from "./known-texts.ts";
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

/** One view for each kind of number. */
interface Views {
  readonly u8: Uint8Array;
  readonly s8: Int8Array;
  readonly u16: Uint16Array;
  readonly s16: Int16Array;
  readonly u32: Uint32Array;
  readonly s32: Int32Array;
  readonly u64: BigUint64Array;
  readonly s64: BigInt64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly view: DataView;
}

/** Memories of odd sizes exist (custom page sizes): their last bytes are in no wide view, and no aligned value either. */
function viewsOf(buffer: ArrayBufferLike): Views {
  const size = buffer.byteLength;
  const [halves, words, longs] = [Math.floor(size / 2), Math.floor(size / 4), Math.floor(size / 8)];
  return {
    u8: new Uint8Array(buffer),
    s8: new Int8Array(buffer),
    u16: new Uint16Array(buffer, 0, halves),
    s16: new Int16Array(buffer, 0, halves),
    u32: new Uint32Array(buffer, 0, words),
    s32: new Int32Array(buffer, 0, words),
    u64: new BigUint64Array(buffer, 0, longs),
    s64: new BigInt64Array(buffer, 0, longs),
    f32: new Float32Array(buffer, 0, words),
    f64: new Float64Array(buffer, 0, longs),
    view: new DataView(buffer),
  };
}

/** What a context has before its memory was first needed. */
const NO_VIEWS = viewsOf(new ArrayBuffer(0));

/**
 * The views are made again when the memory has grown: growing detaches the old buffer, so a view of length 0 is the sign,
 * and asking it costs nothing beside the bounds check that every access needs anyway (`memory.buffer` is a slow getter).
 * Every access to the memory stands behind `range` or an allocation since guest code last ran; both leave fresh views.
 */
export class Context {
  u8: Uint8Array = NO_VIEWS.u8;
  s8: Int8Array = NO_VIEWS.s8;
  u16: Uint16Array = NO_VIEWS.u16;
  s16: Int16Array = NO_VIEWS.s16;
  u32: Uint32Array = NO_VIEWS.u32;
  s32: Int32Array = NO_VIEWS.s32;
  u64: BigUint64Array = NO_VIEWS.u64;
  s64: BigInt64Array = NO_VIEWS.s64;
  f32: Float32Array = NO_VIEWS.f32;
  f64: Float64Array = NO_VIEWS.f64;
  view: DataView = NO_VIEWS.view;
  /** Whether other threads may change the memory while it is read: what is checked must be copied first. */
  isShared = false;
  /** Code units of the string, or elements of the list, that was stored last: the second half of its pointer. */
  units = 0;
  /** Those of the values that the host gave last. */
  readonly texts: KnownTexts = new KnownTexts();
  readonly budget: Budget;
  readonly handles: CanonicalHandles;
  readonly streams: StreamCodec;
  readonly errorContexts: ErrorContextCodec;
  readonly flags: InstanceFlags;
  /** The address of the first byte, in halves, where pointers are addresses of the machine. */
  private baseLow = 0;
  private baseHigh = 0;
  private span = 0;
  private readonly hasOwnBudget: boolean;
  private readonly env: CanonicalEnv;
  /** Generated code calls it from a place of its own: the engine calls wasm without a detour where a place knows one callee. */
  realloc: Realloc | undefined;
  private parts = 0;

  constructor(env: CanonicalEnv) {
    this.env = env;
    this.hasOwnBudget = env.budget === undefined;
    this.budget = env.budget ?? new Budget(env.limits);
    this.handles = env.handles ?? NO_HANDLES;
    this.streams = env.streams ?? NO_STREAMS;
    this.errorContexts = env.errorContexts ?? NO_ERROR_CONTEXTS;
    this.flags = env.flags ?? { mayLeave: true };
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

  /** Where the address with these halves stands in the memory; an empty list or string may point anywhere. */
  offsetOf(low: number, high: number, count: number): number {
    const offset = (high - this.baseHigh) * 2 ** 32 + (low - this.baseLow);
    if (offset >= 0 && offset < this.span) return offset;
    if (count === 0) return 0;
    const address = (BigInt(high) << 32n) + BigInt(low);
    return (
      this.env.memory?.().locate?.(address) ??
      trap(`the pointer 0x${address.toString(16)} leads out of the memory of the call`)
    );
  }

  /** Writes the address of the offset `pointer`, and `units`, as 64 bits each. */
  putWide(pointer: number, at: number): void {
    const { u32 } = this;
    const index = at >>> 2;
    const low = this.baseLow + pointer;
    u32[index] = low;
    u32[index + 1] = low < 2 ** 32 ? this.baseHigh : this.baseHigh + 1;
    u32[index + 2] = this.units;
    u32[index + 3] = 0;
  }

  /** The memory is another one from now on, although the last one is still there. */
  changeMemory(): void {
    this.setViews(NO_VIEWS);
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
    this.units = count;
    return this.reallocate(0, 0, align, this.listBytes(count, size));
  }

  /** The bytes of a list of the host's, held against what a guest could take. */
  listBytes(count: number, size: number): number {
    const bytes = count * size;
    if (bytes > MAX_BYTE_LENGTH) tooLong(`a list of ${count} elements`, bytes);
    return bytes;
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

  /** The same for a stream or a future. */
  checkStream(value: unknown, type: StreamType): boolean {
    if (value === undefined || value === null) return false;
    this.streams.check?.(value, type);
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

  /** The words for a range that `range` refused, or none where the memory has grown. */
  slowRange(pointer: number, align: number, size: number, isRealloc = false): void {
    const whose = isRealloc ? "realloc gave the pointer" : "the pointer";
    if ((pointer & (align - 1)) !== 0) trap(`${whose} ${pointer}, which is not aligned to ${align} bytes`);
    this.refresh();
    if (pointer + size > this.u8.length)
      trap(`${whose} ${pointer} for ${size} bytes, which end outside the memory of ${this.u8.length} bytes`);
  }

  private refresh(): void {
    const { memory } = this.env;
    if (memory === undefined) throw incomplete("memory");
    const { buffer, base = 0n, span = buffer.byteLength } = memory();
    // Growing a shared memory detaches nothing; its new buffer is a new object.
    if (this.u8.buffer !== buffer || this.u8.length === 0) this.setViews(viewsOf(buffer));
    this.baseLow = Number(base & 0xffff_ffffn);
    this.baseHigh = Number(base >> 32n);
    this.span = span;
  }

  private setViews(views: Views): void {
    this.u8 = views.u8;
    this.s8 = views.s8;
    this.u16 = views.u16;
    this.s16 = views.s16;
    this.u32 = views.u32;
    this.s32 = views.s32;
    this.u64 = views.u64;
    this.s64 = views.s64;
    this.f32 = views.f32;
    this.f64 = views.f64;
    this.view = views.view;
    this.isShared = isShared(views.u8);
  }

  findRealloc(): Realloc {
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
