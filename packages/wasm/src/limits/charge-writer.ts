// Stretches of a body and the charges between them -> the bytes of the body with charges in it.
import type { ByteSink } from "./byte-sink.ts";
import type { BulkKind, FuelCode } from "./fuel-code.ts";
import type { InstructionReader } from "./instructions.ts";

/** Writes nothing without fuel. What was not copied yet begins at `from`. */
export class ChargeWriter {
  /** Charges written so far, in all bodies. */
  sites = 0;
  readonly #sink: ByteSink;
  readonly #fuel: FuelCode | undefined;
  #from = 0;
  /** Places in what is to be copied where the index of a global, of one byte, has moved up by one. */
  readonly #moves: number[] = [];

  constructor(sink: ByteSink, fuel: FuelCode | undefined) {
    this.#sink = sink;
    this.#fuel = fuel;
  }

  /** What comes next is copied from `at` on. */
  begin(at: number): void {
    this.#from = at;
  }

  /** Charges before the instruction at `at`. */
  chargeAt(reader: InstructionReader, at: number, ticks: number): void {
    if (this.#fuel === undefined) return;
    this.copyTo(reader, at);
    this.charge(ticks);
  }

  /** Charges behind what was copied. */
  charge(ticks: number): void {
    if (this.#fuel === undefined) return;
    this.#fuel.charge(this.#sink, ticks);
    this.sites++;
  }

  /** Charges before the instruction at `at` by the length on top of the stack. */
  chargeBulkAt(reader: InstructionReader, at: number, kind: BulkKind): void {
    if (this.#fuel === undefined) return;
    this.copyTo(reader, at);
    this.#fuel.chargeBulk(this.#sink, kind, reader.is64);
    this.sites++;
  }

  /** The byte at `at`, the index of a global, goes up by one when it is copied. */
  moveAt(at: number): void {
    this.#moves.push(at);
  }

  /** Writes the instruction that was read from `start` with the new index of its global, which has several bytes. */
  writeMoved(op: number, start: number, reader: InstructionReader): void {
    this.copyTo(reader, start);
    this.#sink.u8(op);
    this.#sink.u32(reader.index + 1);
    this.#from = reader.at;
  }

  copyTo(reader: InstructionReader, end: number): void {
    if (this.#fuel !== undefined) {
      const offset = this.#sink.length - this.#from;
      this.#sink.copy(reader.bytes, this.#from, end);
      for (const at of this.#moves) this.#sink.increment(at + offset);
      this.#moves.length = 0;
    }
    this.#from = end;
  }
}
