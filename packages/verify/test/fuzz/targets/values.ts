// Decoders of values: the wire codec, JSON and WAVE text, and the canonical ABI over memory that a guest has written.
import assert from "node:assert/strict";
import { Budget, compileValue, formatWave, fromJson, parseWave, Reader, toJson, Writer } from "@tenon/abi";
import { compileLift, compileLower, compileValues, coreSignature, layoutOf } from "@tenon/abi/canonical";
import type { CanonicalEnv, CoreValue } from "@tenon/abi/canonical";
import { arbitraryType, arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import type { ContractFunction, ErrorCode, ValueType } from "@tenon/contract";
import type { FuzzTarget } from "@tenon/verify/fuzz";

/** The first byte of an input chooses one: types are no part of what a plugin sends. */
const TYPES: readonly ValueType[] = Array.from({ length: 48 }, (_, seed) => arbitraryType(seededRandom(seed + 1), 4));
const SAMPLES_EACH = 2;

/** Decoding may cost what the input is worth, and a little for short ones. */
const budgetFor = (input: Uint8Array): Budget => new Budget({ maxBytes: 16 * input.length + 4096 });
const typeOf = (input: Uint8Array): ValueType => TYPES[(input[0] ?? 0) % TYPES.length]!;
const rest = (input: Uint8Array): Uint8Array => input.subarray(1);
const textOf = (input: Uint8Array): string => new TextDecoder().decode(rest(input));

/** Good inputs: some values of each type, written by `write`, behind the byte that chooses the type. */
function samples(write: (type: ValueType, value: unknown) => Uint8Array | string): Uint8Array[] {
  const random = seededRandom(2026);
  return TYPES.flatMap((type, index) =>
    Array.from({ length: SAMPLES_EACH }, () => {
      const written = write(type, arbitraryValue(type, random, { maxLength: 3 }));
      return Uint8Array.from([index, ...(typeof written === "string" ? new TextEncoder().encode(written) : written)]);
    }),
  );
}

/** What `run` gives or the code that it throws, so that two ways can be compared. */
function outcome(run: () => unknown): { readonly value?: unknown; readonly code?: ErrorCode } {
  try {
    return { value: run() };
  } catch (thrown) {
    if (thrown instanceof TenonError) return { code: thrown.code };
    throw thrown;
  }
}

const both = TYPES.map((type) => ({
  generated: compileValue(type),
  closures: compileValue(type, { codegen: false }),
}));
const encoded = (index: number, value: unknown): Uint8Array => {
  const writer = new Writer();
  both[index]!.closures.encode(value, writer);
  return writer.bytes().slice();
};
/** Keys that come twice keep their last value, and NaNs lose their payload: such bytes need not come back. */
const isExact = TYPES.map((type) => !/"kind":"(map|f32|f64)"/.test(JSON.stringify(type)));

export const wireValue: FuzzTarget = {
  name: "wire-value",
  codes: ["protocol-error", "resource-exhausted"],
  inputs: () => samples((type, value) => encoded(TYPES.indexOf(type), value)),
  run: (input) => {
    const index = (input[0] ?? 0) % TYPES.length;
    const bytes = rest(input);
    const reader = (): Reader => new Reader({ budget: budgetFor(input) }).reset(bytes);
    const { generated, closures } = both[index]!;
    assert.deepEqual(
      outcome(() => generated.decode(reader())),
      outcome(() => closures.decode(reader())),
    );
    const value = generated.decode(reader());
    if (isExact[index]) assert.deepEqual(encoded(index, value), new Uint8Array(bytes));
    return value;
  },
};

export const jsonText: FuzzTarget = {
  name: "json-text",
  isJson: true,
  codes: ["value-invalid", "resource-exhausted"],
  inputs: () => samples((type, value) => JSON.stringify(toJson(type, value))),
  words: [
    '"__proto__"',
    '"constructor"',
    "null",
    "1e400",
    "-0",
    "[]",
    "{}",
    '{"tag":',
    '"val":',
    '"\\ud800"',
    "18446744073709551616",
  ],
  run: (input) => {
    const type = typeOf(input);
    let json: unknown;
    try {
      json = JSON.parse(textOf(input));
    } catch {
      // The engine's parser is not the subject.
      return undefined;
    }
    const value = fromJson(type, json, "value", { budget: budgetFor(input) });
    assert.deepEqual(fromJson(type, toJson(type, value)), value);
    return value;
  },
};

export const waveText: FuzzTarget = {
  name: "wave-text",
  codes: ["value-invalid", "resource-exhausted"],
  inputs: () => samples((type, value) => formatWave(type, value)),
  words: ["some(", "none", "ok(", "err(", "{:}", "-inf", "nan", "\\u{", "'", '"""', "//", "%", "true", "0x", "1e999"],
  run: (input) => {
    const type = typeOf(input);
    const value = parseWave(type, textOf(input));
    assert.deepEqual(parseWave(type, formatWave(type, value)), value);
    return value;
  },
};

const fn = (params: readonly ValueType[], result?: ValueType): ContractFunction => ({
  name: "f",
  kind: "freestanding",
  isAsync: false,
  params: params.map((type, index) => ({ name: `p${index}`, type })),
  ...(result !== undefined && { result }),
});
const CALLS = TYPES.map((type) => ({ lift: fn([], type), lower: fn([type]) }));
const PAGE = 65_536;
/** Where results lie that do not fit into one core value. */
const RESULT_AT = 16;

/** Flat values of these core types, out of the bytes of the input. */
function coreValues(types: readonly string[], input: Uint8Array): CoreValue[] {
  const words = new DataView(new ArrayBuffer(8 * (types.length + 1)));
  for (let at = 0; at < words.byteLength; at++)
    words.setUint8(at, input[1 + (at % Math.max(1, input.length - 1))] ?? 0);
  return types.map((type, index) => {
    if (type === "i64") return words.getBigInt64(8 * index);
    if (type === "f32") return words.getFloat32(8 * index);
    if (type === "f64") return words.getFloat64(8 * index);
    // Half of them small, so that pointers hit the memory.
    const word = words.getInt32(8 * index);
    return word & 1 ? word : (word >>> 16) & 0x1fff;
  });
}

export const canonicalLift: FuzzTarget = {
  name: "canonical-lift",
  codes: ["plugin-trap", "resource-exhausted"],
  inputs: () =>
    samples((type, value) => {
      // As a guest would have laid it out.
      const memory = new ArrayBuffer(PAGE);
      let top = RESULT_AT + layoutOf(type).size;
      const realloc = (_old: number, _oldSize: number, align: number, size: number): number => {
        const at = Math.ceil(top / align) * align;
        top = at + size;
        return at;
      };
      compileValues(["value"], [type], { memory: () => ({ buffer: memory }), realloc }, 0).lower([value], RESULT_AT);
      return new Uint8Array(memory, 0, Math.min(4000, top));
    }),
  run: (input) => {
    const { lift, lower } = CALLS[(input[0] ?? 0) % TYPES.length]!;
    const buffer = new ArrayBuffer(PAGE);
    new Uint8Array(buffer).set(rest(input).subarray(0, PAGE));
    const env = (): CanonicalEnv => ({ memory: () => ({ buffer }), budget: budgetFor(input) });
    const { results } = coreSignature(lift, "lift");
    const isSpilled = results.length === 1 && results[0] === "i32";
    const result = isSpilled && (input[1] ?? 0) < 0xf0 ? RESULT_AT : coreValues(results, input)[0];
    const lifted = (codegen: boolean): unknown => compileLift(lift, env(), () => result, { codegen })();
    assert.deepEqual(
      outcome(() => lifted(true)),
      outcome(() => lifted(false)),
    );
    const args = coreValues(coreSignature(lower, "lower").params, input);
    const lowered = (codegen: boolean): unknown => {
      let got: unknown;
      compileLower(lower, env(), (value: unknown) => void (got = value), { codegen })(...args);
      return got;
    };
    assert.deepEqual(
      outcome(() => lowered(true)),
      outcome(() => lowered(false)),
    );
    return [lifted(true), lowered(true)];
  },
};
