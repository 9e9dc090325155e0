// The body of a function -> the same body with charges in it: at its entry, at loops, along straight code, before bulk work.
import type { ByteSink } from "./byte-sink.ts";
import { FEATURE_BITS, OP, PREFIX_SIZE } from "./opcodes.ts";
import type { BulkKind, FuelCode } from "./fuel-code.ts";
import { ChargeWriter } from "./charge-writer.ts";
import type { InstructionReader } from "./instructions.ts";
import { OpenBlocks } from "./open-blocks.ts";
import { quickSteps, STRETCH } from "./quick-steps.ts";
import type { QuickState } from "./quick-steps.ts";

/**
 * `loop` charges one tick at the entry of a function, at each turn of a loop, and after every 256 instructions of the
 * longest way without one of these, so that a tick never stands for more than 256 instructions. `block` charges every
 * basic block with the number of its instructions.
 */
export type FuelMode = "loop" | "block";

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

/** Meters bodies one after the other; without fuel it steps over them, which is the check of their features. */
export class BodyMeter {
  readonly #isExact: boolean;
  readonly #blocks = new OpenBlocks();
  readonly #writer: ChargeWriter;
  readonly #quick: QuickState;
  /** Instructions since the last charge, on the longest way here; of `block`, those of the current basic block. */
  #uncharged = 0;

  /** `movedFrom`: the first global that a counter was put before; Infinity where none was. */
  constructor(sink: ByteSink, fuel: FuelCode | undefined, mode: FuelMode, movedFrom: number = Infinity) {
    this.#isExact = mode === "block";
    this.#writer = new ChargeWriter(sink, fuel);
    this.#quick = { blocks: this.#blocks, writer: this.#writer, movedFrom };
  }

  /** Charges written so far, in all bodies. */
  get sites(): number {
    return this.#writer.sites;
  }

  /** Reads the instructions up to the reader's end, which must be that of the body. Nothing is written without fuel. */
  body(reader: InstructionReader): void {
    this.#blocks.depth = 0;
    this.#uncharged = 0;
    this.#writer.begin(reader.at);
    this.#blocks.open(OP.block, 0);
    if (!this.#isExact) this.#writer.charge(1);
    while (this.#blocks.depth > 0) {
      if (!this.#isExact) {
        this.#uncharged = quickSteps(reader, this.#quick, this.#uncharged);
        if (this.#blocks.depth === 0) break;
      }
      const start = reader.at;
      const op = reader.next();
      this.#before(op, start, reader);
      if ((op === OP.globalGet || op === OP.globalSet) && reader.index >= this.#quick.movedFrom)
        this.#writer.writeMoved(op, start, reader);
      if (op <= OP.returnCallRef || FEATURE_BITS[op] !== 0) this.#control(op, reader);
    }
    if (!reader.isAtEnd) reader.fail("the body goes on after its end");
    this.#flush(reader);
  }

  #before(op: number, start: number, reader: InstructionReader): void {
    const bulk = op >= PREFIX_SIZE || op === OP.memoryGrow ? BULK[op] : undefined;
    if (bulk !== undefined) {
      if (this.#isExact) this.#settle();
      this.#writer.chargeBulkAt(reader, start, bulk);
    }
    if (this.#isExact) {
      // Structure is free: it leaves no machine code behind.
      if (op !== OP.block && op !== OP.loop && op !== OP.else && op !== OP.end) this.#uncharged++;
    } else if (++this.#uncharged >= STRETCH) {
      this.#writer.chargeAt(reader, start, 1);
      this.#uncharged = 1;
    }
  }

  // eslint-disable-next-line complexity
  #control(op: number, reader: InstructionReader): void {
    switch (op) {
      case OP.block:
        return this.#blocks.open(op, this.#uncharged);
      case OP.if:
        this.#blocks.open(op, this.#uncharged);
        return this.#cut(reader);
      case OP.loop:
        this.#cut(reader);
        this.#blocks.open(op, this.#uncharged);
        if (this.#isExact) return;
        this.#writer.chargeAt(reader, reader.at, 1);
        this.#uncharged = 0;
        return;
      case OP.else:
        return this.#else(reader);
      case OP.end:
      case OP.delegate:
        return this.#end(reader);
      case OP.try:
        return this.#blocks.open(op, this.#uncharged);
      case OP.tryTable:
        // A catch may come from any instruction of the block, so the way to it counts as just too long.
        this.#uncharged = this.#isExact ? this.#uncharged : STRETCH - 1;
        this.#jump(reader, false);
        return this.#blocks.open(op, this.#uncharged);
      case OP.catch:
      case OP.catchAll:
        this.#blocks.jump(0, this.#uncharged);
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

  #else(reader: InstructionReader): void {
    if (!this.#blocks.isIf) reader.fail("else without if");
    const uncharged = this.#blocks.else(this.#uncharged);
    this.#cut(reader);
    this.#uncharged = this.#isExact ? 0 : uncharged;
  }

  #end(reader: InstructionReader): void {
    const { isJoint } = this.#blocks;
    const uncharged = this.#blocks.end(this.#uncharged);
    // Nothing jumps to the end, so the code behind it belongs to the block before it.
    if (!isJoint && this.#blocks.depth > 0) return;
    this.#cut(reader);
    this.#uncharged = this.#isExact ? 0 : uncharged;
  }

  /** Notes the jumps of the instruction that was read. */
  #jump(reader: InstructionReader, isBranch: boolean): void {
    for (let index = 0; index < reader.labelCount; index++) {
      const label = reader.labels[index] as number;
      if (label >= this.#blocks.depth)
        reader.fail(`${isBranch ? "a jump" : "a catch"} to label ${label}, which is not there`);
      this.#blocks.jump(label, this.#uncharged);
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
    this.#writer.copyTo(reader, reader.at);
  }

  /** Charges the instructions that wait to be copied. */
  #settle(): void {
    if (this.#uncharged > 0) this.#writer.charge(this.#uncharged);
    this.#uncharged = 0;
  }
}
