// Values that plugins and hosts send each other and should not, or that are easily lost: what each form says of them.
import type { CoreValue } from "@tenon/abi/canonical";
import type { ValueType } from "@tenon/contract";

/** `refused`: the decoder's own typed error. Else what it gives. */
export type Verdict = { readonly refused: true } | { readonly value: unknown };
const REFUSED: Verdict = { refused: true };
const gives = (value: unknown): Verdict => ({ value });

export interface Vector {
  readonly what: string;
  readonly type: ValueType;
  /** Bytes of the wire form. */
  readonly wire?: readonly [bytes: readonly number[], verdict: Verdict];
  readonly json?: readonly [text: string, verdict: Verdict];
  readonly wave?: readonly [text: string, verdict: Verdict];
  /** A result as core WebAssembly gives it; a string stands for its bytes in memory, at 16 behind their pointer and length. */
  readonly core?: readonly [value: CoreValue | readonly number[], verdict: Verdict];
  /** A value of the host's on its way to a plugin, and what arrives there. */
  readonly host?: readonly [value: unknown, verdict: Verdict];
}

const p = (kind: string): ValueType => ({ kind }) as ValueType;
const COLOURS: ValueType = { kind: "enum", cases: ["red", "green"] };
const RIGHTS: ValueType = { kind: "flags", flags: ["read", "write"] };
const SHAPE: ValueType = { kind: "variant", cases: [{ name: "none" }, { name: "size", type: p("u8") }] };
const POINT: ValueType = { kind: "record", fields: [{ name: "x", type: p("u8") }] };
const NAMES: ValueType = { kind: "map", key: p("string"), value: p("u8") };
const MAX_U64 = 2n ** 64n - 1n;
const f64Bytes = (value: bigint): number[] =>
  Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));

/** T-C3 of the threat model. */
export const VALUE_VECTORS: readonly Vector[] = [
  {
    what: "a key named __proto__ in a record",
    type: POINT,
    // Members that the type has not are not read, wherever they come from.
    json: ['{"x":1,"__proto__":{"polluted":true}}', gives({ x: 1 })],
    wave: ["{x: 1, __proto__: 2}", REFUSED],
  },
  {
    what: "a key named __proto__ in a map",
    type: NAMES,
    wire: [[1, 9, ...Buffer.from("__proto__"), 7], gives(new Map([["__proto__", 7]]))],
    host: [new Map([["__proto__", 7]]), gives(new Map([["__proto__", 7]]))],
  },
  { what: "inherited fields of a host's object", type: POINT, host: [Object.create({ x: 1 }), gives({ x: 1 })] },
  {
    what: "bytes that are not UTF-8",
    type: p("string"),
    wire: [[2, 0xc3, 0x28], REFUSED],
    core: [[0xc3, 0x28], REFUSED],
  },
  {
    what: "the bytes of a lone surrogate",
    type: p("string"),
    wire: [[3, 0xed, 0xa0, 0x80], REFUSED],
    core: [[0xed, 0xa0, 0x80], REFUSED],
    json: ['"\\ud800"', REFUSED],
    wave: ['"\\u{d800}"', REFUSED],
    host: ["a\ud800", REFUSED],
  },
  {
    what: "a NUL and a byte order mark in a text",
    type: p("string"),
    wire: [[4, 0, 0xef, 0xbb, 0xbf], gives("\0\ufeff")],
    core: [[0, 0xef, 0xbb, 0xbf], gives("\0\ufeff")],
    json: ['"\\u0000\ufeff"', gives("\0\ufeff")],
    host: ["\0\ufeff", gives("\0\ufeff")],
  },
  {
    what: "a NaN with a payload",
    type: p("f64"),
    wire: [f64Bytes(0x7ff4_dead_beef_0001n), gives(NaN)],
    wave: ["nan", gives(NaN)],
    core: [NaN, gives(NaN)],
    host: [NaN, gives(NaN)],
  },
  {
    what: "minus zero",
    type: p("f64"),
    wire: [f64Bytes(0x8000_0000_0000_0000n), gives(-0)],
    json: ["-0", gives(-0)],
    wave: ["-0", gives(-0)],
    core: [-0, gives(-0)],
    host: [-0, gives(-0)],
  },
  {
    what: "an integer above 2^53",
    type: p("u64"),
    wire: [[...Array.from({ length: 9 }, () => 0xff), 1], gives(MAX_U64)],
    wave: ["18446744073709551615", gives(MAX_U64)],
    json: ["9007199254740993", REFUSED],
    core: [-1n, gives(MAX_U64)],
    host: [2 ** 53, REFUSED],
  },
  {
    what: "an integer beyond 64 bits",
    type: p("u64"),
    wire: [[...Array.from({ length: 9 }, () => 0xff), 2], REFUSED],
    wave: ["18446744073709551616", REFUSED],
    json: ['"18446744073709551616"', REFUSED],
    host: [2n ** 64n, REFUSED],
  },
  {
    what: "an enum out of range",
    type: COLOURS,
    wire: [[2], REFUSED],
    json: ['"constructor"', REFUSED],
    wave: ["blue", REFUSED],
    core: [2, REFUSED],
    host: ["toString", REFUSED],
  },
  {
    what: "flags beyond the last one",
    type: RIGHTS,
    wire: [[0xff], REFUSED],
    json: ['["read","run"]', REFUSED],
    wave: ["{read, run}", REFUSED],
    // CanonicalABI.md "Flattening": bits without a flag are ignored.
    core: [0xff, gives({ read: true, write: true })],
    host: [{ read: true, run: true }, gives({ read: true, write: false })],
  },
  {
    what: "a variant with the payload of none",
    type: SHAPE,
    wire: [[1], REFUSED],
    json: ['{"none":1}', REFUSED],
    wave: ["none(1)", REFUSED],
    host: [{ tag: "size" }, REFUSED],
  },
  {
    what: "a variant with a payload of another type",
    type: SHAPE,
    wire: [[1, 0x80, 0x80, 1], REFUSED],
    json: ['{"size":"big"}', REFUSED],
    wave: ["size(256)", REFUSED],
    host: [{ tag: "size", val: 256 }, REFUSED],
  },
  {
    what: "a variant's case out of range",
    type: SHAPE,
    wire: [[2], REFUSED],
    json: ['{"tag":"__proto__"}', REFUSED],
    wave: ["constructor", REFUSED],
    host: [{ tag: "constructor" }, REFUSED],
  },
  {
    what: "a character in the range of surrogates",
    type: p("char"),
    wire: [[0xed, 0xa0, 0x80], REFUSED],
    json: ['"\\ud800"', REFUSED],
    wave: ["'\\u{d800}'", REFUSED],
    core: [0xd800, REFUSED],
    host: ["\udfff", REFUSED],
  },
  {
    what: "a character beyond the last one",
    type: p("char"),
    wave: ["'\\u{110000}'", REFUSED],
    core: [0x110000, REFUSED],
  },
  {
    what: "a truth value of two",
    type: p("bool"),
    wire: [[2], REFUSED],
    json: ["2", REFUSED],
    // CanonicalABI.md "Loading": everything but 0 is true.
    core: [2, gives(true)],
    host: [1, REFUSED],
  },
];
