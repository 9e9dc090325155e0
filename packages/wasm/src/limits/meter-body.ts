// The body of a function -> the same body with charges in it: at its entry, at loops, along straight code, before bulk work.
import type { ByteSink } from "./byte-sink.ts";
import { FEATURE_BITS, OP, PREFIX_SIZE } from "./opcodes.ts";
import type { BulkKind, FuelCode } from "./fuel-code.ts";
import type { InstructionReader } from "./instructions.ts";

/**
 * `loop` charges one tick at the entry of a function, at each turn of a loop, and after every 256 instructions of the
 * longest way without one of these, so that a tick never stands for more than 256 instructions. `block` charges every
 * basic block with the number of its instructions.
 */
export type FuelMode = "loop" | "block";

/** Instructions that one tick of the mode `loop` may stand for. */
const STRETCH = 256;

const BULK: Readonly<Record<number, BulkKind>> = {
  [OP.memoryInit]: "bytes",
  [OP.memoryCopy]: "bytes",
  [OP.memoryFill]: "bytes",
  [OP.memoryGrow]: "growth",
  [OP.tableInit]: "elements",
  [OP.tableCopy]: "elements",
  [OP.tableFill]: "elements",
  [OP.tableGrow]: "growth",
  [OP.arrayNew]: "elements",
  [OP.arrayNewDefault]: "elements",
  [OP.arrayNewData]: "elements",
  [OP.arrayNewElem]: "elements",
  [OP.arrayFill]: "elements",
  [OP.arrayCopy]: "elements",
  [OP.arrayInitData]: "elements",
  [OP.arrayInitElem]: "elements",
};

/** No jump to this label was seen. */
const UNSEEN = -1;

/** Meters bodies one after the other; without fuel it steps over them, which is the check of their features. */
export class BodyMeter {
  readonly #fuel: FuelCode | undefined;
  readonly #isExact: boolean;
  /** Globals from this one on have moved up by one. */
  readonly #movedFrom: number;
  readonly #sink: ByteSink;
  /** Charges written so far, in all bodies. */
  sites = 0;
  // One entry for each open block: its opcode; what was uncharged on the longest way to its end, and at its start.
  readonly #kinds: number[] = [];
  readonly #atEnd: number[] = [];
  readonly #atStart: number[] = [];
  #depth = 0;
  /** Instructions since the last charge, on the longest way here; of `block`, those of the current basic block. */
  #uncharged = 0;
  #copyFrom = 0;

  /** `movedFrom`: the first global that a counter was put before; Infinity where none was. */
  constructor(sink: ByteSink, fuel: FuelCode | undefined, mode: FuelMode, movedFrom: number = Infinity) {
    this.#movedFrom = movedFrom;
    this.#sink = sink;
    this.#fuel = fuel;
    this.#isExact = mode === "block";
  }

  /** Reads the instructions up to the reader's end, which must be that of the body. Nothing is written without fuel. */
  body(reader: InstructionReader): void {
    this.#depth = 0;
    this.#uncharged = 0;
    this.#copyFrom = reader.at;
    this.#open(OP.block);
    if (!this.#isExact) this.#charge(1);
    while (this.#depth > 0) {
      const start = reader.at;
      const op = reader.next();
      this.#before(op, start, reader);
      if ((op === OP.globalGet || op === OP.globalSet) && reader.index >= this.#movedFrom)
        this.#move(op, start, reader);
      if (op <= OP.returnCallRef || FEATURE_BITS[op] !== 0) this.#control(op, reader);
    }
    if (!reader.isAtEnd) reader.fail("the body goes on after its end");
    this.#flush(reader);
  }

  #before(op: number, start: number, reader: InstructionReader): void {
    const bulk = op >= PREFIX_SIZE || op === OP.memoryGrow ? BULK[op] : undefined;
    if (bulk !== undefined && this.#fuel !== undefined) {
      if (this.#isExact) this.#settle();
      this.#copyTo(reader, start);
      this.#fuel.chargeBulk(this.#sink, bulk, reader.is64);
      this.sites++;
    }
    if (this.#isExact) {
      // Structure is free: it leaves no machine code behind.
      if (op !== OP.block && op !== OP.loop && op !== OP.else && op !== OP.end) this.#uncharged++;
    } else if (++this.#uncharged >= STRETCH) {
      this.#copyTo(reader, start);
      this.#charge(1);
      this.#uncharged = 1;
    }
  }

  /** Writes the instruction with the new index of its global. */
  #move(op: number, start: number, reader: InstructionReader): void {
    this.#copyTo(reader, start);
    this.#sink.u8(op);
    this.#sink.u32(reader.index + 1);
    this.#copyFrom = reader.at;
  }

  // eslint-disable-next-line complexity
  #control(op: number, reader: InstructionReader): void {
    switch (op) {
      case OP.block:
        return this.#open(op);
      case OP.if:
        this.#open(op);
        return this.#cut(reader);
      case OP.loop:
        this.#cut(reader);
        this.#open(op);
        if (this.#isExact) return;
        this.#copyTo(reader, reader.at);
        this.#charge(1);
        this.#uncharged = 0;
        return;
      case OP.else:
        return this.#else(reader);
      case OP.end:
      case OP.delegate:
        return this.#end(reader);
      case OP.try:
        return this.#open(op);
      case OP.tryTable:
        // A catch may come from any instruction of the block, so the way to it counts as just too long.
        this.#uncharged = this.#isExact ? this.#uncharged : STRETCH - 1;
        this.#jump(reader, false);
        return this.#open(op);
      case OP.catch:
      case OP.catchAll:
        this.#join(this.#depth - 1);
        this.#cut(reader);
        this.#uncharged = this.#isExact ? 0 : STRETCH - 1;
        return;
      case OP.brIf:
      case OP.brOnNull:
      case OP.brOnNonNull:
      case OP.brOnCast:
      case OP.brOnCastFail:
        this.#jump(reader, true);
        return this.#cut(reader);
      case OP.br:
      case OP.brTable:
        this.#jump(reader, true);
        return this.#stop(reader);
      case OP.unreachable:
      case OP.return:
      case OP.returnCall:
      case OP.returnCallIndirect:
      case OP.returnCallRef:
      case OP.throw:
      case OP.throwRef:
      case OP.rethrow:
        return this.#stop(reader);
      default:
    }
  }

  #open(kind: number): void {
    const depth = this.#depth++;
    this.#kinds[depth] = kind;
    this.#atEnd[depth] = UNSEEN;
    this.#atStart[depth] = this.#uncharged;
  }

  #else(reader: InstructionReader): void {
    const top = this.#depth - 1;
    if (this.#kinds[top] !== OP.if) reader.fail("else without if");
    this.#join(top);
    this.#cut(reader);
    this.#uncharged = this.#isExact ? 0 : (this.#atStart[top] as number);
    this.#kinds[top] = OP.else;
  }

  #end(reader: InstructionReader): void {
    const top = --this.#depth;
    const kind = this.#kinds[top];
    // Nothing jumps to the end of these, so the code behind it belongs to the block before it.
    const isPlain = (kind === OP.block || kind === OP.loop || kind === OP.tryTable) && this.#atEnd[top] === UNSEEN;
    if (isPlain && top > 0) return;
    this.#join(top);
    if (kind === OP.if) this.#raise(top, this.#atStart[top] as number);
    this.#cut(reader);
    this.#uncharged = this.#isExact ? 0 : (this.#atEnd[top] as number);
  }

  /** What is uncharged here arrives at the end of the block `top` as well. */
  #join(top: number): void {
    this.#raise(top, this.#uncharged);
  }

  #raise(top: number, uncharged: number): void {
    if ((this.#atEnd[top] as number) < uncharged) this.#atEnd[top] = uncharged;
  }

  /** Notes the jumps of the instruction that was read; jumps to a loop need no note, its head charges. */
  #jump(reader: InstructionReader, isBranch: boolean): void {
    for (let index = 0; index < reader.labelCount; index++) {
      const label = reader.labels[index] as number;
      if (label >= this.#depth) reader.fail(`${isBranch ? "a jump" : "a catch"} to label ${label}, which is not there`);
      this.#raise(this.#depth - 1 - label, this.#uncharged);
    }
  }

  /** The code from here on is only reached by jumps. */
  #stop(reader: InstructionReader): void {
    this.#cut(reader);
    this.#uncharged = 0;
  }

  /** Ends a basic block of the mode `block` behind the instruction that was read. */
  #cut(reader: InstructionReader): void {
    if (this.#isExact) this.#flush(reader);
  }

  #flush(reader: InstructionReader): void {
    if (this.#isExact) this.#settle();
    this.#copyTo(reader, reader.at);
  }

  /** Charges the instructions that wait to be copied. */
  #settle(): void {
    if (this.#uncharged > 0) this.#charge(this.#uncharged);
    this.#uncharged = 0;
  }

  #charge(ticks: number): void {
    if (this.#fuel === undefined) return;
    this.#fuel.charge(this.#sink, ticks);
    this.sites++;
  }

  #copyTo(reader: InstructionReader, end: number): void {
    if (this.#fuel !== undefined) this.#sink.copy(reader.bytes, this.#copyFrom, end);
    this.#copyFrom = end;
  }
}
