// A function of the contract -> the codec of its parameters and result, specialised on first use.
import { TenonError, camelCase } from "@tenon/contract/base";
import type { ContractFunction, Json, ValueType } from "@tenon/contract/core";
import { canGenerate } from "./generate.ts";
import { generateDecoder } from "./generate-decode.ts";
import { generateEncoder } from "./generate-encode.ts";
import { NO_HANDLES } from "./handles.ts";
import type { HandleCodec } from "./handles.ts";
import type { Reader } from "./reader.ts";
import { checkType, slotCost, typeFacts } from "./type-facts.ts";
import { explain } from "./validate.ts";
import { rowDecoder } from "./wire-decode.ts";
import type { DecodeRow } from "./wire-decode.ts";
import { rowEncoder } from "./wire-encode.ts";
import type { EncodeRow } from "./wire-encode.ts";
import type { Writer } from "./writer.ts";

export interface CodecOptions {
  /** False forces closures; default is generated code wherever the engine allows it. Both behave the same. */
  readonly codegen?: boolean;
  /** Needed for contracts with resources; without it such calls throw `boundary-unsupported`. */
  readonly handles?: HandleCodec;
  /** Levels of nesting a type may have. Default 64. */
  readonly maxDepth?: number;
}

/**
 * Encoding checks the values in the same pass: `value-invalid` names the path of the first bad part, as a validator does,
 * and the writer is back where it was. Decoding throws `protocol-error` or `resource-exhausted` with byte offset and
 * path, also when bytes are left over; handles that were lifted by then are the session's to close.
 */
export interface FunctionCodec {
  /** Whether generated code serves this function. */
  readonly isGenerated: boolean;
  encodeParams(args: readonly unknown[], writer: Writer): void;
  decodeParams(reader: Reader): unknown[];
  /** A function without a result encodes nothing and takes only undefined. */
  encodeResult(value: unknown, writer: Writer): void;
  decodeResult(reader: Reader): unknown;
}

/** The same for a single value; `path` names it in errors (default `value`). */
export interface ValueCodec {
  readonly isGenerated: boolean;
  encode(value: unknown, writer: Writer, path?: string): void;
  decode(reader: Reader, path?: string): unknown;
}

/** Values that stand one after another, each with the name that errors call it by. */
interface Row {
  readonly names: readonly string[];
  readonly types: readonly ValueType[];
  readonly cost: number;
  readonly hasHandles: boolean;
  readonly encoder: () => EncodeRow;
  readonly decoder: () => DecodeRow;
}

interface Signature {
  readonly params: Row;
  readonly result: Row;
}

const generatedSignatures = new WeakMap<ContractFunction, Signature>();
const closureSignatures = new WeakMap<ContractFunction, Signature>();

/**
 * The codec of one function. Cheap: the specialised code is made on the first call in each direction and shared by all
 * codecs of the same `fn` object, so sessions may each have their own with their own handles.
 * @throws `resource-exhausted` when a type nests deeper than `maxDepth`; `contract-invalid` for damaged types.
 */
export function compileFunction(fn: ContractFunction, options: CodecOptions = {}): FunctionCodec {
  const isGenerated = (options.codegen ?? true) && canGenerate;
  const handles = options.handles ?? NO_HANDLES;
  const { params, result } = signatureOf(fn, isGenerated);
  for (const type of [...params.types, ...result.types]) checkType(type, options.maxDepth);
  const hasResult = fn.result !== undefined;
  return {
    isGenerated,
    encodeParams: (args, writer) => encodeRow(params, args, writer, handles),
    decodeParams: (reader) => decodeRow(params, reader, handles),
    encodeResult: (value, writer) =>
      encodeRow(result, hasResult || value !== undefined ? [value] : [], writer, handles),
    decodeResult: (reader) => decodeRow(result, reader, handles)[0],
  };
}

/** The codec of one value. Not shared: keep it. */
export function compileValue(type: ValueType, options: CodecOptions = {}): ValueCodec {
  const isGenerated = (options.codegen ?? true) && canGenerate;
  const handles = options.handles ?? NO_HANDLES;
  checkType(type, options.maxDepth);
  const row = makeRow(["value"], [type], isGenerated);
  const named = (path: string | undefined): Row => (path === undefined ? row : { ...row, names: [path] });
  return {
    isGenerated,
    encode: (value, writer, path) => encodeRow(named(path), [value], writer, handles),
    decode: (reader, path) => decodeRow(named(path), reader, handles)[0],
  };
}

function signatureOf(fn: ContractFunction, isGenerated: boolean): Signature {
  const cache = isGenerated ? generatedSignatures : closureSignatures;
  const found = cache.get(fn);
  if (found !== undefined) return found;
  const names = fn.params.map((param) => camelCase(param.name));
  const made: Signature = {
    params: makeRow(
      names,
      fn.params.map((param) => param.type),
      isGenerated,
    ),
    result: makeRow(["result"], fn.result === undefined ? [] : [fn.result], isGenerated),
  };
  cache.set(fn, made);
  return made;
}

function makeRow(names: readonly string[], types: readonly ValueType[], isGenerated: boolean): Row {
  const facts = types.map(typeFacts);
  return {
    names,
    types,
    cost: types.reduce((sum, type) => sum + slotCost(type), 0),
    hasHandles: facts.some((fact) => fact.hasHandles),
    encoder: once(() => (isGenerated ? generateEncoder(types) : rowEncoder(types))),
    decoder: once(() => (isGenerated ? generateDecoder(types) : rowDecoder(types, names))),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function encodeRow(row: Row, values: readonly unknown[], writer: Writer, handles: HandleCodec): void {
  const start = writer.position;
  try {
    // Lowering takes ownership of a handle, so nothing is lowered before everything is known to fit.
    if (row.hasHandles) explain(row, values);
    if (values.length > row.types.length) writer.mismatch();
    row.encoder()(values, writer, handles);
  } catch (thrown) {
    writer.position = start;
    if (thrown instanceof TenonError && thrown.code !== "value-invalid") throw thrown;
    explain(row, values);
    throw TenonError.from(thrown, "value-invalid", { sideEffects: "none" });
  }
}

function decodeRow(row: Row, reader: Reader, handles: HandleCodec): unknown[] {
  const start = reader.position;
  const left = reader.budget.left;
  try {
    reader.budget.charge(row.cost);
    const values = row.decoder()(reader, handles);
    reader.finish();
    return values;
  } catch (thrown) {
    throw locate(row, reader, thrown, start, left);
  }
}

/** Handles were lifted in the first pass; the second only looks for the path. */
const SILENT_HANDLES: HandleCodec = { lower: () => 0, lift: () => undefined };

/** Reads the same bytes once more with the closures, which note the path, and adds it to the error. */
function locate(row: Row, reader: Reader, thrown: unknown, start: number, left: number): unknown {
  if (!(thrown instanceof TenonError) || (thrown.code !== "protocol-error" && thrown.code !== "resource-exhausted"))
    return thrown;
  reader.trail.length = 0;
  reader.position = start;
  reader.budget.left = left;
  try {
    reader.budget.charge(row.cost);
    rowDecoder(row.types, row.names)(reader, SILENT_HANDLES);
    return thrown;
  } catch {
    // The first error is the one to report; this one only left its trail.
    const path = [...reader.trail].reverse().join("") || row.names.join(", ");
    const { limit } = (thrown.details ?? {}) as { readonly limit?: Json };
    const details: Json = { path, offset: reader.position, ...(limit !== undefined && { limit }) };
    return new TenonError(thrown.code, `${path}: ${thrown.what}`, { hint: thrown.hint, details });
  }
}
