// The index of the fuel counter -> the code that charges it, inline and as functions that the module gets in addition.
import { ByteSink } from "./byte-sink.ts";
import { OP } from "./opcodes.ts";

/** How an operation is charged whose work depends on a length: `base + (length & mask) >> shift`. */
interface BulkPrice {
  readonly base: bigint;
  readonly shift: bigint;
  readonly mask: bigint;
}
export type BulkKind = keyof typeof PRICES;

/**
 * One tick stands for about as much time as one turn of a short loop. Bytes are cheap, 64 to a tick; elements of tables
 * and arrays go one to a tick. Growing costs a call into the engine each time; a request beyond what any limit allows
 * is answered with -1 at once, so only the lower bits of it count.
 */
const PRICES: {
  readonly bytes: BulkPrice;
  readonly elements: BulkPrice;
  readonly growth: BulkPrice;
} = {
  bytes: { base: 1n, shift: 6n, mask: 2n ** 46n - 1n },
  elements: { base: 1n, shift: 0n, mask: 2n ** 40n - 1n },
  growth: { base: 256n, shift: 0n, mask: 2n ** 24n - 1n },
};

const I32 = 0x7f;
const I64 = 0x7e;
const F64 = 0x7c;
const EMPTY_BLOCK = 0x40;
const FUNC = 0x60;

interface AddedFunction {
  /** Encoded, as the module's types are. */
  readonly type: readonly number[];
  readonly body: Uint8Array;
}

/** Code and functions for one module; functions come into being at their first use. */
export class FuelCode {
  readonly #counter: number;
  readonly #firstFunction: number;
  readonly #added: AddedFunction[] = [];
  readonly #indices = new Map<string, number>();
  readonly #before: Uint8Array;
  readonly #after: Uint8Array;
  readonly #one: Uint8Array;

  /** `counter` is the index of its global. */
  constructor(counter: number, firstFunction: number) {
    this.#counter = counter;
    this.#firstFunction = firstFunction;
    this.#before = written((sink) => {
      this.#global(sink, OP.globalGet, this.#counter);
      sink.u8(OP.i64Const);
    });
    this.#after = written((sink) => {
      sink.u8(OP.i64Sub);
      this.#store(sink);
    });
    this.#one = written((sink) => this.#charge(sink, 1n));
  }

  /** Writes the charge of a fixed number of ticks; the stack is as before. */
  charge(sink: ByteSink, ticks: number): void {
    if (ticks === 1) sink.copy(this.#one);
    else this.#charge(sink, BigInt(ticks));
  }

  /** Writes the charge of an operation whose length is on top of the stack, where it stays. */
  chargeBulk(sink: ByteSink, kind: BulkKind, is64: boolean): void {
    sink.u8(OP.call);
    sink.u32(this.#bulkFunction(kind, is64));
  }

  /** The index of `(f64) -> ()`: sets the counter. Floats cross from JavaScript faster than i64. */
  fillFunction(): number {
    return this.#add("fill", [FUNC, 1, F64, 0], (sink) => {
      sink.u8(OP.localGet);
      sink.u32(0);
      // i64.trunc_sat_f64_s
      sink.u8(0xfc);
      sink.u32(6);
      this.#global(sink, OP.globalSet, this.#counter);
    });
  }

  get added(): readonly AddedFunction[] {
    return this.#added;
  }

  /** The encoded types of the added functions, in their order. */
  typesOfAdded(): Uint8Array {
    return written((sink) => {
      for (const { type } of this.#added) for (const byte of type) sink.u8(byte);
    });
  }

  #bulkFunction(kind: BulkKind, is64: boolean): number {
    const { base, shift, mask } = PRICES[kind];
    const length = is64 ? I64 : I32;
    return this.#add(`${kind} ${String(is64)}`, [FUNC, 1, length, 1, length], (sink) => {
      this.#global(sink, OP.globalGet, this.#counter);
      sink.u8(OP.localGet);
      sink.u32(0);
      if (!is64) sink.u8(OP.i64ExtendI32U);
      constant(sink, mask);
      sink.u8(OP.i64And);
      constant(sink, shift);
      sink.u8(OP.i64ShrU);
      constant(sink, base);
      sink.u8(OP.i64Add);
      sink.u8(OP.i64Sub);
      this.#store(sink);
      sink.u8(OP.localGet);
      sink.u32(0);
    });
  }

  #add(key: string, type: readonly number[], write: (sink: ByteSink) => void): number {
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.#firstFunction + this.#added.length;
      this.#indices.set(key, index);
      const body = written((sink) => {
        sink.u32(0);
        write(sink);
        sink.u8(OP.end);
      });
      this.#added.push({ type, body });
    }
    return index;
  }

  #global(sink: ByteSink, op: number, index: number): void {
    sink.u8(op);
    sink.u32(index);
  }

  #charge(sink: ByteSink, ticks: bigint): void {
    sink.copy(this.#before);
    sink.signed(ticks);
    sink.copy(this.#after);
  }

  /** Stores the counter from the stack, and traps once it is below zero. */
  #store(sink: ByteSink): void {
    this.#global(sink, OP.globalSet, this.#counter);
    this.#global(sink, OP.globalGet, this.#counter);
    constant(sink, 0n);
    for (const byte of [OP.i64LtS, OP.if, EMPTY_BLOCK, OP.unreachable, OP.end]) sink.u8(byte);
  }
}

function constant(sink: ByteSink, value: bigint): void {
  sink.u8(OP.i64Const);
  sink.signed(value);
}

function written(write: (sink: ByteSink) => void): Uint8Array {
  const sink = new ByteSink(32);
  write(sink);
  return sink.bytes.slice();
}
