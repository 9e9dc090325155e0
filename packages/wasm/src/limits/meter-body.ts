// The body of a function -> the same body with charges in it: at its entry, at loops, along straight code, before bulk work.
import type { ByteSink } from "./byte-sink.ts";
import { FEATURE_BITS, OP, PREFIX_SIZE } from "./opcodes.ts";
import type { BulkKind, FuelCode } from "./fuel-code.ts";
import type { InstructionReader } from "./instructions.ts";
import { featureBit } from "./features.ts";
import { OpenBlocks } from "./open-blocks.ts";
import { GOES_ON, SIZES, STEP, STEPS, UNSET } from "./steps.ts";

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

/** Block types of one byte: none, or one of the number types, f64 to i32. */
const EMPTY = 0x40;
const F64 = 0x7c;
const I32 = 0x7f;
const SIGN_EXTENSION = featureBit("sign-extension");
/** LEB128 integers of up to so many bytes are read in the quick loop. */
const QUICK_BYTES = 4;

/** Meters bodies one after the other; without fuel it steps over them, which is the check of their features. */
export class BodyMeter {
  readonly #fuel: FuelCode | undefined;
  readonly #isExact: boolean;
  /** Globals from this one on have moved up by one. */
  readonly #movedFrom: number;
  readonly #sink: ByteSink;
  /** Charges written so far, in all bodies. */
  sites = 0;
  readonly #blocks = new OpenBlocks();
  /** Instructions since the last charge, on the longest way here; of `block`, those of the current basic block. */
  #uncharged = 0;
  #copyFrom = 0;
  /** Places in what is to be copied where the index of a global, of one byte, has moved up by one. */
  readonly #moves: number[] = [];

  /** `movedFrom`: the first global that a counter was put before; Infinity where none was. */
  constructor(sink: ByteSink, fuel: FuelCode | undefined, mode: FuelMode, movedFrom: number = Infinity) {
    this.#movedFrom = movedFrom;
    this.#sink = sink;
    this.#fuel = fuel;
    this.#isExact = mode === "block";
  }

  /** Reads the instructions up to the reader's end, which must be that of the body. Nothing is written without fuel. */
  body(reader: InstructionReader): void {
    this.#blocks.depth = 0;
    this.#uncharged = 0;
    this.#copyFrom = reader.at;
    this.#blocks.open(OP.block, 0);
    if (!this.#isExact) this.#charge(1);
    while (this.#blocks.depth > 0) {
      if (!this.#isExact) {
        this.#quick(reader);
        if (this.#blocks.depth === 0) break;
      }
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

  /**
   * Steps over the instructions of steps.ts as the loop of `body` does, up to one that is none of them or is not as it
   * should be, or to the end of the body. All of it is one loop over local numbers, which makes it several times faster.
   */
  // eslint-disable-next-line complexity, max-lines-per-function
  #quick(reader: InstructionReader): void {
    const { bytes, end, shape } = reader;
    // Without a memory of 32 bits, every access to one is another step's.
    if (shape.memories[0] !== false) return;
    const { functions } = shape;
    const globals = Math.min(shape.globals, 0x7f);
    const types = shape.takesReference.length;
    const extendsSign = shape.features.has(SIGN_EXTENSION);
    const blocks = this.#blocks;
    let uncharged = this.#uncharged;
    let { at } = reader;
    steps: while (blocks.depth > 0) {
      const op = bytes[at] as number;
      const step = STEPS[op];
      let next = at + 1;
      let value = 0;
      if (step === STEP.simple) {
        next = at + (SIZES[op] as number);
        if (((bytes[at + 1] as number) & (UNSET[op] as number)) !== 0) break;
        const goesOn = GOES_ON[op] as number;
        const longest = next + QUICK_BYTES;
        while (((bytes[next - 1] as number) & goesOn) !== 0) next++;
        if (next >= longest) break;
      } else {
        let byte = 0;
        switch (step) {
          case STEP.extend:
            if (!extendsSign) break steps;
            break;
          case STEP.callIndirect:
          case STEP.call:
            for (let shift = 0; shift < 7 * QUICK_BYTES; shift += 7) {
              byte = bytes[next++] as number;
              value |= (byte & 0x7f) << shift;
              if (byte < 0x80) break;
            }
            if (byte >= 0x80 || value >= (op === OP.call ? functions : types)) break steps;
            if (op !== OP.call && bytes[next++] !== 0) break steps;
            break;
          case STEP.global:
            value = bytes[next++] as number;
            if (value >= globals) break steps;
            break;
          case STEP.block:
            value = bytes[next++] as number;
            if (value !== EMPTY && (value < F64 || value > I32)) break steps;
            break;
          case STEP.else:
            if (!blocks.isIf) break steps;
            break;
          case STEP.branch:
            value = bytes[next++] as number;
            if (value >= Math.min(blocks.depth, 0x80)) break steps;
            break;
          default:
            break steps;
        }
      }
      if (next > end) break;
      if (++uncharged >= STRETCH) {
        this.#copyTo(reader, at);
        this.#charge(1);
        uncharged = 1;
      }
      if (op <= OP.return) {
        switch (op) {
          case OP.block:
          case OP.if:
          case OP.loop:
            blocks.open(op, uncharged);
            if (op !== OP.loop) break;
            this.#copyTo(reader, next);
            this.#charge(1);
            uncharged = 0;
            break;
          case OP.else:
            uncharged = blocks.else(uncharged);
            break;
          case OP.end:
            uncharged = blocks.end(uncharged);
            break;
          case OP.br:
          case OP.brIf:
            blocks.jump(value, uncharged);
            if (op === OP.br) uncharged = 0;
            break;
          case OP.return:
          case OP.unreachable:
            uncharged = 0;
            break;
          default:
        }
      } else if ((op === OP.globalGet || op === OP.globalSet) && value >= this.#movedFrom) this.#moves.push(at + 1);
      at = next;
    }
    reader.at = at;
    this.#uncharged = uncharged;
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
        return this.#blocks.open(op, this.#uncharged);
      case OP.if:
        this.#blocks.open(op, this.#uncharged);
        return this.#cut(reader);
      case OP.loop:
        this.#cut(reader);
        this.#blocks.open(op, this.#uncharged);
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
    if (this.#fuel !== undefined) {
      const offset = this.#sink.length - this.#copyFrom;
      this.#sink.copy(reader.bytes, this.#copyFrom, end);
      for (const at of this.#moves) this.#sink.increment(at + offset);
      this.#moves.length = 0;
    }
    this.#copyFrom = end;
  }
}
