// An export's name and words of the command line -> its call with numbers, and its results as lines.
import { TenonError } from "@tenon/contract/core";
import { hostOutput } from "@tenon/wasi/preview1";
import type { CoreValueType } from "@tenon/wasm";
import { decodeCoreModule } from "@tenon/wasm/module";
import { usage } from "../usage.ts";

/** As much of a running instance as a call needs. */
export interface Invocable {
  readonly instance: { readonly exports: Readonly<Record<string, unknown>> };
  readonly wasi: {
    initialize(instance: { readonly exports: Readonly<Record<string, unknown>> }): void;
    run<T>(call: () => T): T;
  };
  readonly usesWasi: boolean;
}

type Word = number | bigint;

/**
 * Reads the arguments by the export's type, before anything runs. The call prepares a reactor (`_initialize`) and prints
 * each result on a line, integers signed. Throws usage for words that do not read, boundary-unsupported for types that
 * are no numbers.
 */
export function prepareInvoke(
  bytes: Uint8Array,
  name: string,
  words: readonly string[],
): (running: Invocable) => number {
  const found = decodeCoreModule(bytes).exports.get(name);
  if (found?.kind !== "func") throw new TenonError("internal", `the export ${name} has no type`);
  const { params, results } = found.type;
  const shape = `${name}: (${params.join(", ")}) -> (${results.join(", ")})`;
  if (words.length !== params.length) {
    throw usage(`${name} takes ${params.length} arguments, got ${words.length}; it is ${shape}`, "run");
  }
  const args = params.map((type, index) => readWord(type, words[index] ?? "", shape));
  return ({ instance, wasi, usesWasi }) => {
    if (usesWasi) wasi.initialize(instance);
    else (instance.exports["_initialize"] as (() => void) | undefined)?.();
    const answer = wasi.run(() => (instance.exports[name] as (...args: Word[]) => unknown)(...args));
    const values = results.length === 0 ? [] : results.length === 1 ? [answer] : (answer as readonly unknown[]);
    const text = values.map((value) => `${formatValue(value)}\n`).join("");
    hostOutput(1).write(new TextEncoder().encode(text));
    return 0;
  };
}

const INTEGERS: Readonly<Record<string, number>> = { i32: 32, i64: 64 };

function readWord(type: CoreValueType, word: string, shape: string): Word {
  const bits = INTEGERS[type];
  if (bits !== undefined) return readInteger(word, bits, shape);
  if (type !== "f32" && type !== "f64") {
    throw new TenonError("boundary-unsupported", `${shape} takes a ${type}, which a command line cannot hold`, {
      hint: "call a function of numbers",
      sideEffects: "none",
    });
  }
  const value =
    word === "nan" ? Number.NaN : /^[+-]?inf$/.test(word) ? Number(word.replace("inf", "Infinity")) : Number(word);
  if (word.trim() === "" || (Number.isNaN(value) && word !== "nan"))
    throw usage(`${word} is no ${type}; it is ${shape}`, "run");
  return value;
}

/** Signed or unsigned, decimal or 0x, as long as the bits hold it. */
function readInteger(word: string, bits: number, shape: string): Word {
  const match = /^(-?)(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.exec(word);
  const value = match === null ? undefined : BigInt(match[2] ?? "0") * (match[1] === "-" ? -1n : 1n);
  if (value === undefined || value < -(1n << BigInt(bits - 1)) || value >= 1n << BigInt(bits)) {
    throw usage(`${word} is no i${bits}; it is ${shape}`, "run");
  }
  return bits === 32 ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value);
}

function formatValue(value: unknown): string {
  if (typeof value === "number" && Object.is(value, -0)) return "-0";
  return typeof value === "number" || typeof value === "bigint" ? String(value) : `(${typeof value})`;
}
