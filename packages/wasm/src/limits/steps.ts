// The instructions that most code consists of -> how to step over each, in one number. All others have the step `other`.
import { FEATURE_BITS, FORM, FORMS, OP } from "./opcodes.ts";

/** How an instruction of one byte is read, where it is not simple. */
export const STEP = {
  call: 1,
  callIndirect: 2,
  global: 3,
  block: 4,
  loop: 5,
  else: 6,
  end: 7,
  branch: 8,
  branchIf: 9,
  /** Code behind it is not reached from before it. */
  leave: 10,
  other: 11,
} as const;

/** Bits of an entry: the bytes of the instruction where each of its integers has one. */
export const SIZE = 0x0f;
/** From this number on its last byte is that of an integer, which may go on. */
export const INTEGER = 0x10;
/** From this number on there is an alignment before it (core spec, binary/instructions). */
export const MEMARG = 0x20;
/** From this number on it is not simple, and what is above is its step. */
export const SPECIAL = 0x40;
export const STEP_SHIFT = 6;

/** Of the code that has `sign-extension`, and of the code that has not. */
export const STEPS: Uint16Array = new Uint16Array(256);
export const STEPS_UNEXTENDED: Uint16Array = new Uint16Array(256);

const SIMPLE: Readonly<Record<number, number>> = {
  [FORM.none]: 1,
  [FORM.f32]: 5,
  [FORM.f64]: 9,
  [FORM.local]: 2 | INTEGER,
  [FORM.i32]: 2 | INTEGER,
  [FORM.i64]: 2 | INTEGER,
  [FORM.memarg]: 3 | INTEGER | MEMARG,
};
const BY_FORM: Readonly<Record<number, number>> = {
  [FORM.func]: STEP.call,
  [FORM.callIndirect]: STEP.callIndirect,
  [FORM.global]: STEP.global,
};
const BY_OP: Readonly<Record<number, number>> = {
  [OP.block]: STEP.block,
  [OP.if]: STEP.block,
  [OP.loop]: STEP.loop,
  [OP.else]: STEP.else,
  [OP.end]: STEP.end,
  [OP.br]: STEP.branch,
  [OP.brIf]: STEP.branchIf,
  [OP.return]: STEP.leave,
  [OP.unreachable]: STEP.leave,
};

function entryOf(op: number): number {
  const form = FORMS[op] as number;
  if (FEATURE_BITS[op] !== 0) return STEP.other << STEP_SHIFT;
  const step = BY_OP[op] ?? BY_FORM[form];
  if (step !== undefined) return step << STEP_SHIFT;
  return SIMPLE[form] ?? STEP.other << STEP_SHIFT;
}

for (let op = 0; op < STEPS.length; op++) STEPS[op] = STEPS_UNEXTENDED[op] = entryOf(op);
STEPS.fill(1, OP.i32Extend8S, OP.i64Extend32S + 1);
