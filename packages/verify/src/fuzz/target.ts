// What is fuzzed: one decoder of foreign bytes, what it may say, and what it may cost.
import type { Random } from "@tenon/abi/testing";
import type { ErrorCode } from "@tenon/contract";

/** One decoder under attack. Tables of targets are data; `fuzz` runs any of them. */
export interface FuzzTarget {
  readonly name: string;
  /** Codes with which this decoder may refuse its input. Any other throw is a finding. */
  readonly codes: readonly ErrorCode[];
  /** Inputs that are good, or nearly so; at least one. Made once. */
  readonly inputs: () => readonly Uint8Array[];
  /** Words of the decoder's language. Default none. */
  readonly words?: readonly string[];
  /** The inputs hold JSON: whole values change places then, and not only bytes. Default false. */
  readonly isJson?: boolean;
  /** The inputs are binaries whose parts have lengths before them: most changes leave those alone then. Default false. */
  readonly isSized?: boolean;
  /**
   * Decodes and gives what it made of it. Throws a TenonError for what it refuses, and anything else (an AssertionError,
   * say) where a property of the decoder does not hold. `random` is for choices that are no part of the input, such as
   * where it is cut into chunks. May be called again with the same input and an equal `random`.
   */
  readonly run: (input: Uint8Array, random: Random) => unknown;
  /** Largest input that is tried. Default 4,096 bytes. */
  readonly maxBytes?: number;
  /** Longest that one input may take. Default 1,000 ms: some thousand times what an ordinary one takes. */
  readonly maxMs?: number;
  /** Bytes of memory that each byte of input may cost. Default 100. */
  readonly maxAmplification?: number;
  /** Bytes that any input may cost: caches, generated code, fixed buffers. Default 4 MiB. */
  readonly baseBytes?: number;
}

/** Something that must not happen, with all that is needed to see it again. */
export interface FuzzFinding {
  readonly target: string;
  /** `threw`: not a TenonError, or one with a code that is not the decoder's. */
  readonly kind: "threw" | "slow" | "memory";
  readonly what: string;
  readonly seed: number;
  /** The number of the input in its run, from 0. */
  readonly run: number;
  /** The input itself, made as small as a second of trying could. */
  readonly input: Uint8Array;
  readonly thrown: unknown;
}

export interface FuzzReport {
  readonly target: string;
  readonly seed: number;
  readonly runs: number;
  /** Inputs that decoded, and those that were refused. */
  readonly accepted: number;
  readonly refused: number;
  readonly codes: ReadonlyMap<ErrorCode, number>;
  /** Inputs that made the decoder say something new, oldest first: what a corpus is grown from. */
  readonly discovered: readonly Uint8Array[];
  readonly elapsedMs: number;
  readonly slowestMs: number;
  readonly finding: FuzzFinding | undefined;
}
