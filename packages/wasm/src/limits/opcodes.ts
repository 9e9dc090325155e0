// Every instruction of core wasm -> the form of its immediates and the feature it belongs to, as two small tables.
// core spec, appendix "Index of Instructions"; proposals by their own binary sections.
import { featureBit, type WasmFeature } from "./features.ts";

/** The form of what follows an opcode. `unknown` is 0, so that holes of the tables refuse. */
export const FORM = {
  unknown: 0,
  none: 1,
  block: 2,
  label: 3,
  labels: 4,
  func: 5,
  callIndirect: 6,
  local: 7,
  global: 8,
  table: 9,
  memarg: 10,
  memory: 11,
  i32: 12,
  i64: 13,
  f32: 14,
  f64: 15,
  heap: 16,
  types: 17,
  tag: 18,
  tryTable: 19,
  type: 20,
  data: 21,
  elem: 22,
  dataMemory: 23,
  memoryMemory: 24,
  elemTable: 25,
  tableTable: 26,
  bytes16: 27,
  lane: 28,
  memargLane: 29,
  typeNumber: 30,
  typeData: 31,
  typeElem: 32,
  typeType: 33,
  brOnCast: 34,
  zero: 35,
} as const;
export type Form = keyof typeof FORM;

/** Instructions with a prefix of 0xfb to 0xfe are numbered `(prefix - 0xfa) * 4096 + number`, so that one table serves all. */
export const PREFIX_SIZE = 4096;
/** The byte that stands before the first of the prefixes. */
export const PREFIX_BASE = 0xfa;
const OPS = 5 * PREFIX_SIZE;

interface Row {
  readonly form: Form;
  readonly feature: WasmFeature | undefined;
  readonly from: number;
  readonly to: number;
}
const row = (form: Form, feature: WasmFeature | undefined, from: number, to: number = from): Row => ({
  form,
  feature,
  from,
  to,
});

const PLAIN: readonly Row[] = [
  row("none", undefined, 0x00, 0x01),
  row("block", undefined, 0x02, 0x04),
  row("none", undefined, 0x05),
  row("block", "legacy-exceptions", 0x06),
  row("tag", "legacy-exceptions", 0x07),
  row("tag", "exceptions", 0x08),
  row("label", "legacy-exceptions", 0x09),
  row("none", "exceptions", 0x0a),
  row("none", undefined, 0x0b),
  row("label", undefined, 0x0c, 0x0d),
  row("labels", undefined, 0x0e),
  row("none", undefined, 0x0f),
  row("func", undefined, 0x10),
  row("callIndirect", undefined, 0x11),
  row("func", "tail-call", 0x12),
  row("callIndirect", "tail-call", 0x13),
  row("type", "function-references", 0x14),
  row("type", "function-references", 0x15),
  row("label", "legacy-exceptions", 0x18),
  row("none", "legacy-exceptions", 0x19),
  row("none", undefined, 0x1a, 0x1b),
  row("types", "reference-types", 0x1c),
  row("tryTable", "exceptions", 0x1f),
  row("local", undefined, 0x20, 0x22),
  row("global", undefined, 0x23, 0x24),
  row("table", "reference-types", 0x25, 0x26),
  row("memarg", undefined, 0x28, 0x3e),
  row("memory", undefined, 0x3f, 0x40),
  row("i32", undefined, 0x41),
  row("i64", undefined, 0x42),
  row("f32", undefined, 0x43),
  row("f64", undefined, 0x44),
  row("none", undefined, 0x45, 0xbf),
  row("none", "sign-extension", 0xc0, 0xc4),
  row("heap", "reference-types", 0xd0),
  row("none", "reference-types", 0xd1),
  row("func", "reference-types", 0xd2),
  row("none", "gc", 0xd3),
  row("none", "function-references", 0xd4),
  row("label", "function-references", 0xd5, 0xd6),
];

const GC: readonly Row[] = [
  row("type", "gc", 0x00, 0x01),
  row("typeNumber", "gc", 0x02, 0x05),
  row("type", "gc", 0x06, 0x07),
  row("typeNumber", "gc", 0x08),
  row("typeData", "gc", 0x09),
  row("typeElem", "gc", 0x0a),
  row("type", "gc", 0x0b, 0x0e),
  row("none", "gc", 0x0f),
  row("type", "gc", 0x10),
  row("typeType", "gc", 0x11),
  row("typeData", "gc", 0x12),
  row("typeElem", "gc", 0x13),
  row("heap", "gc", 0x14, 0x17),
  row("brOnCast", "gc", 0x18, 0x19),
  row("none", "gc", 0x1a, 0x1e),
];

const NUMERIC: readonly Row[] = [
  row("none", "saturating-float-to-int", 0x00, 0x07),
  row("dataMemory", "bulk-memory", 0x08),
  row("data", "bulk-memory", 0x09),
  row("memoryMemory", "bulk-memory", 0x0a),
  row("memory", "bulk-memory", 0x0b),
  row("elemTable", "bulk-memory", 0x0c),
  row("elem", "bulk-memory", 0x0d),
  row("tableTable", "bulk-memory", 0x0e),
  row("table", "reference-types", 0x0f, 0x11),
  row("none", "wide-arithmetic", 0x13, 0x16),
];

const SIMD: readonly Row[] = [
  row("memarg", "simd", 0x00, 0x0b),
  row("bytes16", "simd", 0x0c, 0x0d),
  row("none", "simd", 0x0e, 0x14),
  row("lane", "simd", 0x15, 0x22),
  row("none", "simd", 0x23, 0x53),
  row("memargLane", "simd", 0x54, 0x5b),
  row("memarg", "simd", 0x5c, 0x5d),
  row("none", "simd", 0x5e, 0xff),
  row("none", "relaxed-simd", 0x100, 0x113),
];
/** Numbers within the SIMD range that no instruction has. */
const SIMD_HOLES = [
  0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2,
  0xee,
];

const ATOMIC: readonly Row[] = [
  row("memarg", "threads", 0x00, 0x02),
  row("zero", "threads", 0x03),
  row("memarg", "threads", 0x10, 0x4e),
];

/** Forms by number of the instruction. */
export const FORMS: Uint8Array = new Uint8Array(OPS);
/** Bits of the feature by number of the instruction. */
export const FEATURE_BITS: Int32Array = new Int32Array(OPS);

function fill(prefix: number, rows: readonly Row[]): void {
  const base = prefix === 0 ? 0 : (prefix - PREFIX_BASE) * PREFIX_SIZE;
  for (const { form, feature, from, to } of rows) {
    FORMS.fill(FORM[form], base + from, base + to + 1);
    FEATURE_BITS.fill(feature === undefined ? 0 : featureBit(feature), base + from, base + to + 1);
  }
}
fill(0, PLAIN);
fill(0xfb, GC);
fill(0xfc, NUMERIC);
fill(0xfd, SIMD);
fill(0xfe, ATOMIC);
for (const hole of SIMD_HOLES) FORMS[(0xfd - PREFIX_BASE) * PREFIX_SIZE + hole] = FORM.unknown;

/** The instructions that the rewriter treats in its own way. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  returnCallRef: 0x15,
  delegate: 0x18,
  catchAll: 0x19,
  tryTable: 0x1f,
  localGet: 0x20,
  globalGet: 0x23,
  globalSet: 0x24,
  memoryGrow: 0x40,
  i64Const: 0x42,
  i64LtS: 0x53,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64And: 0x83,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  i32Extend8S: 0xc0,
  i64Extend32S: 0xc4,
  refFunc: 0xd2,
  brOnNull: 0xd5,
  brOnNonNull: 0xd6,
  arrayNew: 0x1006,
  arrayNewDefault: 0x1007,
  arrayNewData: 0x1009,
  arrayNewElem: 0x100a,
  arrayFill: 0x1010,
  arrayCopy: 0x1011,
  arrayInitData: 0x1012,
  arrayInitElem: 0x1013,
  brOnCast: 0x1018,
  brOnCastFail: 0x1019,
  memoryInit: 0x2008,
  memoryCopy: 0x200a,
  memoryFill: 0x200b,
  tableInit: 0x200c,
  tableCopy: 0x200e,
  tableGrow: 0x200f,
  tableFill: 0x2011,
} as const;
