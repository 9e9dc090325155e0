// The instructions that most code consists of -> charges of the mode `loop`, many times as fast as by the general way.
import type { ChargeWriter } from "./charge-writer.ts";
import { featureBit } from "./features.ts";
import type { InstructionReader } from "./instructions.ts";
import type { OpenBlocks } from "./open-blocks.ts";
import { OP } from "./opcodes.ts";
import { INTEGER, MEMARG, SIZE, SPECIAL, STEP, STEP_SHIFT, STEPS, STEPS_UNEXTENDED } from "./steps.ts";

/** Instructions that one tick of the mode `loop` may stand for. */
export const STRETCH = 256;

/** Block types of one byte: none, or one of the number types, f64 to i32. */
const EMPTY = 0x40;
const F64 = 0x7c;
const I32 = 0x7f;
const SIGN_EXTENSION = featureBit("sign-extension");
/** More than any instruction that is read here has, so that nothing is read behind the bytes. */
const LONGEST = 16;

/** What the loop works on beside the reader. */
export interface QuickState {
  readonly blocks: OpenBlocks;
  readonly writer: ChargeWriter;
  /** Globals from this one on have moved up by one. */
  readonly movedFrom: number;
}

/**
 * Steps over the instructions of steps.ts as `BodyMeter` does, up to one that is none of them or is not as it should be, or
 * to the end of the body. Takes and gives the instructions since the last charge. All of it is one loop over local numbers.
 */
// eslint-disable-next-line complexity, max-lines-per-function
export function quickSteps(
  reader: InstructionReader,
  { blocks, writer, movedFrom }: QuickState,
  before: number,
): number {
  const { bytes, shape } = reader;
  // Without a memory of 32 bits, every access to one is another step's.
  if (shape.memories[0] !== false) return before;
  const { functions } = shape;
  const end = Math.min(reader.end, bytes.length - LONGEST);
  const globals = Math.min(shape.globals, 0x7f);
  const types = shape.takesReference.length;
  const steps = shape.features.has(SIGN_EXTENSION) ? STEPS : STEPS_UNEXTENDED;
  let uncharged = before;
  let { at } = reader;
  while (at < end) {
    const op = bytes[at] as number;
    const how = steps[op] as number;
    let next = at + (how & SIZE);
    if (++uncharged >= STRETCH) {
      writer.chargeAt(reader, at, 1);
      uncharged = 1;
    }
    odd: {
      if (how < SPECIAL) {
        if (how >= INTEGER) {
          if (how >= MEMARG && (bytes[at + 1] as number) >= 0x40) break odd;
          if (
            (bytes[next - 1] as number) >= 0x80 &&
            (bytes[next++] as number) >= 0x80 &&
            (bytes[next++] as number) >= 0x80 &&
            (bytes[next++] as number) >= 0x80
          )
            break odd;
        }
        if (next > end) break odd;
        at = next;
        continue;
      }
      next = at + 1;
      let value = 0;
      switch (how >> STEP_SHIFT) {
        case STEP.call:
        case STEP.callIndirect: {
          let byte = bytes[next++] as number;
          value = byte & 0x7f;
          for (let shift = 7; byte >= 0x80 && shift < 28; shift += 7) {
            byte = bytes[next++] as number;
            value |= (byte & 0x7f) << shift;
          }
          if (byte >= 0x80 || value >= (op === OP.call ? functions : types)) break odd;
          if (op !== OP.call && bytes[next++] !== 0) break odd;
          if (next > end) break odd;
          break;
        }
        case STEP.global:
          value = bytes[next++] as number;
          if (value >= globals || next > end) break odd;
          if (value >= movedFrom) writer.moveAt(at + 1);
          break;
        case STEP.block:
        case STEP.loop:
          value = bytes[next++] as number;
          if ((value !== EMPTY && (value < F64 || value > I32)) || next > end) break odd;
          blocks.open(op, uncharged);
          if (op !== OP.loop) break;
          writer.chargeAt(reader, next, 1);
          uncharged = 0;
          break;
        case STEP.else:
          if (!blocks.isIf) break odd;
          uncharged = blocks.else(uncharged);
          break;
        case STEP.end:
          uncharged = blocks.end(uncharged);
          if (blocks.depth > 0) break;
          reader.at = next;
          return uncharged;
        case STEP.branch:
        case STEP.branchIf:
          value = bytes[next++] as number;
          if (value >= 0x80 || value >= blocks.depth || next > end) break odd;
          blocks.jump(value, uncharged);
          if (op === OP.br) uncharged = 0;
          break;
        case STEP.leave:
          uncharged = 0;
          break;
        default:
          break odd;
      }
      at = next;
      continue;
    }
    // It is counted by who reads it.
    uncharged--;
    break;
  }
  reader.at = at;
  return uncharged;
}
