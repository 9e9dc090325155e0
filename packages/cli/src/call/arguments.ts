// Words of the command line -> the arguments of a function: WAVE by the parameter's type, else JSON.
import { formatType, fromJson, parseWave, parseWaveArgs } from "@tenon/abi";
import { camelCase, TenonError, type ContractFunction, type Field } from "@tenon/contract";
import { signature } from "../describe-contract.ts";
import { withDefaults } from "../foreign/defaults.ts";
import { usage } from "../usage.ts";
import type { FunctionRef } from "@tenon/host/driver";

/** How the arguments were given: each as a word, all as JSON, or between the parentheses of a WAVE call. */
export type GivenArguments =
  | { readonly words: readonly string[] }
  | { readonly json: string }
  | { readonly wave: string };

/** `hasDefaults`: JSON may leave out fields, as that of protobuf does. Throws usage for a wrong number of them, value-invalid for one that does not fit its type. */
export function readArguments(func: FunctionRef, given: GivenArguments, hasDefaults = false): unknown[] {
  const { params } = func.function;
  const handle = params.find(({ type }) => type.kind === "own" || type.kind === "borrow");
  if (handle !== undefined) {
    throw new TenonError(
      "boundary-unsupported",
      `${func.path} needs a resource (${handle.name}), which a command line cannot hold`,
      {
        hint: "call it from a program",
        sideEffects: "none",
      },
    );
  }
  if ("wave" in given) return parseWaveArgs(params, given.wave);
  if ("json" in given) return fromJsonText(func, given.json);
  const { words } = given;
  if (hasDefaults && words.length <= params.length)
    return params.map((param, at) => readMessage(param, words[at] ?? "{}"));
  if (words.length > params.length) throw wrongCount(func, words.length);
  return params.map((param, index) => {
    const word = words[index];
    if (word !== undefined) return readWord(param, word);
    if (param.type.kind !== "option") throw wrongCount(func, words.length);
    return parseWave(param.type, "none");
  });
}

function wrongCount(func: FunctionRef, got: number): TenonError {
  const { params } = func.function;
  return usage(
    `${func.path} takes ${params.length === 1 ? "1 argument" : `${params.length} arguments`}, got ${got}: ${signature(func)}`,
    "call",
  );
}

/** A text without quotes is taken as it is where a text is wanted: nobody likes to quote quotes for a shell. */
function readWord({ name, type }: Field, word: string): unknown {
  const problems: string[] = [];
  for (const [form, read] of [
    ["WAVE", () => parseWave(type, word)],
    ["JSON", () => fromJson(type, JSON.parse(word), name)],
  ] as const) {
    try {
      return read();
    } catch (thrown) {
      problems.push(`as ${form}: ${thrown instanceof SyntaxError ? thrown.message : TenonError.from(thrown).what}`);
    }
  }
  if (type.kind === "string" && !word.startsWith('"')) return word;
  throw new TenonError(
    "value-invalid",
    `argument ${name} (${formatType(type)}) does not read: ${problems.join("; ")}`,
    {
      hint: "write it as WAVE or JSON, in quotes for your shell",
      sideEffects: "none",
    },
  );
}

function readMessage(param: Field, word: string): unknown {
  if (!word.trimStart().startsWith("{")) return readWord(param, word);
  let json: unknown;
  try {
    json = JSON.parse(word);
  } catch {
    // A record in WAVE starts with a brace too.
    return readWord(param, word);
  }
  return fromJson(param.type, withDefaults(param.type, json), param.name);
}

/** A list by position, or an object by name (WIT labels or camelCase). */
function fromJsonText(func: FunctionRef, text: string): unknown[] {
  const { params } = func.function;
  const json = parseJson(text);
  if (Array.isArray(json)) {
    if (json.length > params.length) throw wrongCount(func, json.length);
    return params.map(({ name, type }, index) => fromJson(type, json[index], name));
  }
  if (typeof json !== "object" || json === null)
    throw usage("--args-json wants a list, or an object of parameters", "call");
  const known = new Set(params.flatMap(({ name }) => [name, camelCase(name)]));
  const unknown = Object.keys(json).find((key) => !known.has(key));
  if (unknown !== undefined)
    throw usage(`${func.path} has no parameter ${JSON.stringify(unknown)}: ${signature(func)}`, "call");
  return named(func.function, json);
}

function named({ params }: ContractFunction, json: object): unknown[] {
  const values = fromJson({ kind: "record", fields: params }, json, "arguments") as Readonly<Record<string, unknown>>;
  return params.map(({ name }) => values[camelCase(name)]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`--args-json is not JSON: ${(error as Error).message}`, "call");
  }
}
