// The memory that values of one plugin cross through: the host's own, laid out for C, with a stack of calls on it.
import { changeMemory } from "@tenon/abi/canonical";
import type { CallGate, CanonicalEnv, MemoryLike } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import type { Koffi } from "./koffi.ts";

/** `tenon_memory_v1` of the generated header, as indexes of 32-bit words. The two words of `base` come first. */
const [TOP, END, STATUS, MESSAGE_LENGTH] = [2, 3, 4, 5];
const MESSAGE = 24;
const STATE_BYTES = 1024;
const MAX_MESSAGE = STATE_BYTES - MESSAGE;

/** What a plugin says of a call that it gives up; `tenon_fail` and friends of the header. */
const FAILED = 1;
const NO_MEMORY = 2;
const HOST_FAILED = 3;

const FIRST_BYTES = 256 * 1024;
/** A plugin that once had a large call gets this much at most to begin the next one with. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
const ALIGN = 16;
/** Calls of host and plugin within each other. */
const MAX_DEPTH = 64;

interface Segment {
  readonly bytes: Uint8Array;
  readonly base: bigint;
  /** Where its bytes end that are in use; of the current segment the state's own count is newer. */
  top: number;
}

interface Mark {
  readonly segments: number;
  readonly top: number;
}

/** Thrown where what the host lowers does not fit into what is left: it is lowered again, into more. */
class Overflow extends Error {}
const OVERFLOW = new Overflow("more memory is needed");

/** Methods of a class keep calls fast; closures of each arena would not. */
class LiftGate implements CallGate {
  readonly #arena: Arena;
  constructor(arena: Arena) {
    this.#arena = arena;
  }
  enter(): void {
    this.#arena.enter();
  }
  exit(): void {
    this.#arena.exit();
  }
  fail(error: TenonError, thrown: unknown): unknown {
    this.#arena.exit();
    return thrown === OVERFLOW ? thrown : error;
  }
}

/** What a host function does to memory is undone when the call returns that it was called from. */
const LOWER_GATE: CallGate = {
  enter: () => {},
  exit: () => {},
  fail: (error, thrown) => (thrown === OVERFLOW ? thrown : error),
};

/**
 * One segment of memory as a rule. When a call needs more, another is added, and what the plugin gave back is read from a
 * copy of all of them in one piece. The calls on the stack take and free memory in turn, as stacks do.
 */
export class Arena {
  /** For calls of the plugin. */
  readonly lift: CanonicalEnv;
  /** For its calls of the host. */
  readonly lower: CanonicalEnv;
  /** The address of `tenon_memory_v1`. */
  readonly address: bigint;
  readonly #koffi: Koffi;
  readonly #state: Buffer;
  readonly #words: Uint32Array;
  readonly #base: BigUint64Array;
  readonly #maxBytes: number;
  #segments: Segment[] = [];
  #marks: Mark[] = [];
  #depth = 0;
  #view: MemoryLike;
  readonly #flags = { mayLeave: true };
  #isWhole = true;
  #hostError: unknown;
  #closed: TenonError | undefined;

  constructor(koffi: Koffi, maxBytes: number) {
    this.#koffi = koffi;
    // The plugin has the address of this memory, which therefore must not move: a Buffer of its own never does.
    this.#state = Buffer.allocUnsafeSlow(STATE_BYTES).fill(0);
    this.#words = new Uint32Array(this.#state.buffer, this.#state.byteOffset, STATE_BYTES / 4);
    this.#base = new BigUint64Array(this.#state.buffer, this.#state.byteOffset, 1);
    this.#maxBytes = maxBytes;
    this.address = koffi.address(this.#state);
    this.#view = this.#add(FIRST_BYTES);
    const common = {
      memory: () => this.#view,
      realloc: (_old: number, _oldSize: number, align: number, size: number) => this.#take(align, size),
      limits: { maxBytes },
      flags: this.#flags,
    };
    this.lift = { ...common, gate: new LiftGate(this) };
    this.lower = { ...common, gate: LOWER_GATE };
  }

  /** The end of the plugin: calls are refused with this error from now on. */
  close(error: TenonError): void {
    this.#closed ??= error;
  }

  /** Throws what went wrong in the native call that has just returned; nothing, if nothing did. */
  check(): void {
    if (this.#words[STATUS] !== 0) throw this.#failure();
  }

  /** Where to read what native code wrote at an offset: the same place, unless the call needed more memory than one segment. */
  readable(segment: number, at: number): number {
    if (this.#segments.length === 1) return at;
    return this.#joined(segment) + at;
  }

  /** The number of the segment that memory is taken from now. */
  get segment(): number {
    return this.#segments.length - 1;
  }

  /** Whether what was thrown asks for more memory. */
  isOverflow(thrown: unknown): boolean {
    return thrown === OVERFLOW;
  }

  /** Runs a function that lowers values, again with more memory where they did not fit. */
  fitting<T>(run: () => T): T {
    for (;;) {
      try {
        return run();
      } catch (thrown) {
        if (thrown !== OVERFLOW) throw thrown;
        this.growNow();
      }
    }
  }

  /** Starts to lower into the segment that memory is taken from, after something was read from all of them. */
  toCurrent(): void {
    if (this.#isWhole) return;
    this.#look(this.#current);
  }

  /** Memory for a block that the host function's result goes to, and what was lowered into it afterwards. */
  block(bytes: number): number {
    return this.#take(ALIGN, bytes);
  }

  bytesAt(segment: number, at: number, length: number): Uint8Array {
    return this.#segments[segment]!.bytes.subarray(at, at + length);
  }

  /** A host function has failed: the plugin is told, and the call that it is in throws `thrown` when it returns. */
  failHost(thrown: unknown): void {
    this.#hostError ??= thrown;
    if (this.#words[STATUS] === 0) this.#words[STATUS] = HOST_FAILED;
  }

  /** For the plugin, which needs `size` bytes more than there are. 1 where it has them now. */
  onGrow(size: number): number {
    try {
      this.#grow(size + ALIGN);
      return 1;
    } catch {
      // The plugin is told by the answer, and its call fails with the reason.
      return 0;
    }
  }

  get #current(): Segment {
    return this.#segments[this.#segments.length - 1]!;
  }

  /** @internal */
  enter(): void {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#depth >= MAX_DEPTH) throw tooDeep();
    if (this.#depth++ === 0) return;
    this.#marks.push({ segments: this.#segments.length, top: this.#words[TOP]! });
    this.toCurrent();
  }

  /** @internal */
  exit(): void {
    this.#flags.mayLeave = true;
    if (--this.#depth > 0) {
      const mark = this.#marks.pop()!;
      this.#shrinkTo(mark.segments);
      this.#words[TOP] = mark.top;
      return;
    }
    this.#words[TOP] = 0;
    if (this.#segments.length > 1) this.#startLarger();
  }

  #shrinkTo(count: number): void {
    if (this.#segments.length === count && this.#isWhole) return;
    this.#segments.length = count;
    this.#use(this.#current);
  }

  /** The next call will probably need as much as the last one. */
  #startLarger(): void {
    const all = this.#segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (all > MAX_KEPT_BYTES) {
      this.#shrinkTo(1);
      return;
    }
    this.#segments = [];
    this.#add(all);
  }

  #take(align: number, size: number): number {
    const words = this.#words;
    const at = (words[TOP]! + align - 1) & -align;
    if (at + size > words[END]!) throw OVERFLOW;
    words[TOP] = at + size;
    return at;
  }

  /** Between calls a larger segment takes the place of the first; within one, what stands in it is still needed. */
  growNow(): void {
    this.#flags.mayLeave = true;
    const least = this.#current.bytes.length * 4;
    this.#grow(least);
    if (this.#depth === 0) this.#segments = [this.#current];
  }

  #grow(least: number): void {
    const all = this.#segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (all + least > this.#maxBytes * 2 + FIRST_BYTES) {
      throw new TenonError("resource-exhausted", `a call needs more than ${all} bytes for its values`, {
        hint: "send less at once, or raise limits.maxMessageBytes",
      });
    }
    this.#current.top = this.#words[TOP]!;
    this.#add(Math.max(least, all));
  }

  #add(bytes: number): MemoryLike {
    const size = Math.ceil(bytes / ALIGN) * ALIGN;
    // Not zeroed: the plugin could read the host's memory anyway, and a call writes before it reads.
    const memory = Buffer.allocUnsafeSlow(size);
    const segment = { bytes: memory, base: this.#koffi.address(memory), top: 0 };
    this.#segments.push(segment);
    this.#use(segment);
    return this.#view;
  }

  #use(segment: Segment): void {
    this.#base[0] = segment.base;
    this.#words[TOP] = segment.top;
    this.#words[END] = segment.bytes.length;
    this.#look(segment);
  }

  #look({ bytes, base }: Segment): void {
    this.#isWhole = true;
    this.#show({ buffer: bytes.buffer, base, span: bytes.length });
  }

  #show(view: MemoryLike): void {
    this.#view = view;
    // The first view is there before anything was compiled for it.
    for (const env of [this.lift, this.lower]) if (env !== undefined) changeMemory(env);
  }

  /** Looks at a copy of all segments, one behind the other, and gives the place of one of them. */
  #joined(wanted: number): number {
    this.#current.top = this.#words[TOP]!;
    const starts: number[] = [];
    let size = 0;
    for (const { top } of this.#segments) {
      starts.push(size);
      size = Math.ceil((size + top) / ALIGN) * ALIGN;
    }
    const all = Buffer.allocUnsafeSlow(size + ALIGN);
    const parts = this.#segments.map(({ bytes, base, top }, index) => {
      all.set(bytes.subarray(0, top), starts[index]);
      return { from: base, to: base + BigInt(top), start: starts[index]! };
    });
    this.#isWhole = false;
    const locate = (address: bigint): number | undefined => {
      const part = parts.find(({ from, to }) => address >= from && address < to);
      return part && part.start + Number(address - part.from);
    };
    this.#show({ buffer: all.buffer, base: 0n, span: 0, locate });
    return starts[wanted]!;
  }

  #failure(): unknown {
    const words = this.#words;
    const status = words[STATUS];
    words[STATUS] = 0;
    const hostError = this.#hostError;
    this.#hostError = undefined;
    if (status === HOST_FAILED) return hostError;
    if (status === NO_MEMORY)
      return new TenonError("resource-exhausted", "the plugin needed more memory for values than a call may have", {
        hint: "ask for less at once, or raise limits.maxMessageBytes",
      });
    const length = Math.min(words[MESSAGE_LENGTH]!, MAX_MESSAGE);
    const text = this.#state.toString("utf8", MESSAGE, MESSAGE + length);
    const what = status === FAILED && text !== "" ? text : "the plugin gave the call up without a reason";
    return new TenonError("plugin-trap", what);
  }
}

function tooDeep(): TenonError {
  return new TenonError("resource-exhausted", `host and plugin called each other ${MAX_DEPTH} times deep`, {
    hint: "call less deeply",
    details: { limit: "depth", allowed: MAX_DEPTH },
  });
}
