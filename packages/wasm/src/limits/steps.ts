// The instructions that most code consists of -> how to step over them, in small tables. All others are `other`.
import { FEATURE_BITS, FORM, FORMS, OP } from "./opcodes.ts";

/** How an instruction of one byte is read. */
export const STEP = {
  other: 0,
  /** By the three tables below: it goes on with nothing, a float, or one LEB128 integer that needs no bound here. */
  simple: 1,
  /** The same, of `sign-extension`. */
  extend: 2,
  call: 3,
  callIndirect: 4,
  global: 5,
  /** The type of a block. */
  block: 6,
  else: 7,
  /** A label. */
  branch: 8,
} as const;

/** By the instruction's byte. */
export const STEPS: Uint8Array = new Uint8Array(256);
/** Bytes of a simple instruction, where its integer has one. */
export const SIZES: Uint8Array = new Uint8Array(256);
/** Bits of its second byte that are not set. An alignment with them needs another look (core spec, binary/instructions). */
export const UNSET: Uint8Array = new Uint8Array(256);
/** The bit of its last byte that says that its integer goes on. */
export const GOES_ON: Uint8Array = new Uint8Array(256);

const INTEGERS: readonly number[] = [FORM.local, FORM.i32, FORM.i64];
const STEP_BY_FORM: Readonly<Record<number, number>> = {
  [FORM.func]: STEP.call,
  [FORM.callIndirect]: STEP.callIndirect,
  [FORM.global]: STEP.global,
  [FORM.block]: STEP.block,
  [FORM.label]: STEP.branch,
};

for (let op = 0; op < STEPS.length; op++) if (FEATURE_BITS[op] === 0) fill(op, FORMS[op] as number);
STEPS.fill(STEP.extend, OP.i32Extend8S, OP.i64Extend32S + 1);
STEPS[OP.else] = STEP.else;

function fill(op: number, form: number): void {
  const simple = (size: number, goesOn: number = 0, unset: number = 0): void => {
    STEPS[op] = STEP.simple;
    SIZES[op] = size;
    GOES_ON[op] = goesOn;
    UNSET[op] = unset;
  };
  if (form === FORM.none) simple(1);
  else if (form === FORM.f32) simple(5);
  else if (form === FORM.f64) simple(9);
  else if (form === FORM.memarg) simple(3, 0x80, 0xc0);
  else if (INTEGERS.includes(form)) simple(2, 0x80);
  else STEPS[op] = STEP_BY_FORM[form] ?? STEP.other;
}
