// The layout of the memory that host and worker share: control words, ring of frames each way.
import { TenonError } from "@tenon/contract/base";

// Memory: one control line for each side, written by that side only, then the data of both rings. A side's line holds
// its counters as producer of one ring and as consumer of the other, so that one cache line carries all its news.
// Counters are modular 32-bit; `capacity` divides 2^32, so an offset is always `counter & (capacity - 1)`.

/** Words of a control line. */
export const WORD = {
  /** Frames published, through the ring or beside it. The other side sleeps on this word. */
  sent: 0,
  /** Bytes placed in the ring; the end of the last record. */
  head: 1,
  /** Where the producer went on after it had found the ring empty. Always at an offset of 0. */
  jump: 2,
  /** Bytes taken from the other side's ring. */
  tail: 3,
  /** Frames taken from the other side, through the ring or beside it. */
  taken: 4,
  /** How this side sleeps, if it does (`Signal`). The other side clears it when it wakes this one. */
  asleep: 5,
  /** 1 once this side's thread has ended. */
  ended: 6,
  /** Bytes of printed output taken from the other side. */
  printed: 7,
  /** The host's: 1 while its waits spin, so that the guest's should. */
  spins: 8,
} as const;

/** 128 bytes: two cache lines, because processors fetch them in pairs. */
const LINE_WORDS = 32;
const CONTROL_BYTES = 2 * LINE_WORDS * 4;
/** A record whose length is this fills the ring up to its end: the next one is at offset 0. */
export const PADDING: number = 0xffff_ffff;
export const LENGTH_BYTES: number = 4;
export const ALIGN: number = 8;

export type Side = "host" | "guest";

/** Default size of each of the two rings. */
export const RING_BYTES: number = 128 * 1024;

/**
 * Records up to this size go through the ring. Larger frames are moved to the other thread as a buffer: its values may
 * then be parts of that buffer, while out of the ring everything has to be copied once more, into memory just as new.
 */
export const MAX_RECORD_BYTES: number = 64 * 1024;

export function createMemory(ringBytes: number = RING_BYTES): SharedArrayBuffer {
  if (ringBytes < ALIGN || (ringBytes & (ringBytes - 1)) !== 0)
    throw new TenonError("config-invalid", `a ring of ${ringBytes} bytes; the size must be a power of two`);
  return new SharedArrayBuffer(CONTROL_BYTES + 2 * ringBytes);
}

/** What one side of a memory reads and writes. */
export interface Ends {
  readonly own: Int32Array;
  readonly other: Int32Array;
  readonly outgoing: Uint8Array;
  readonly incoming: Uint8Array;
}

export function endsOf(memory: SharedArrayBuffer, side: Side): Ends {
  const ringBytes = (memory.byteLength - CONTROL_BYTES) / 2;
  const line = (index: number): Int32Array => new Int32Array(memory, index * LINE_WORDS * 4, LINE_WORDS);
  const ring = (index: number): Uint8Array => new Uint8Array(memory, CONTROL_BYTES + index * ringBytes, ringBytes);
  const [mine, theirs] = side === "host" ? [0, 1] : [1, 0];
  return { own: line(mine), other: line(theirs), outgoing: ring(mine), incoming: ring(theirs) };
}

/** What a record of `size` bytes takes in the ring. */
export function align(size: number): number {
  return (size + ALIGN - 1) & ~(ALIGN - 1);
}

export function damaged(what: string): TenonError {
  return new TenonError("protocol-error", `shared memory is damaged: ${what}`);
}

/** Up to this length a loop over the bytes beats the call of the engine's copy and the object that names the part. */
const SHORT_COPY = 64;

/** Copies `length` bytes. */
export function copyBytes(from: Uint8Array, start: number, length: number, into: Uint8Array, at: number): void {
  if (length > SHORT_COPY) return into.set(from.subarray(start, start + length), at);
  for (let index = 0; index < length; index++) into[at + index] = from[start + index]!;
}
