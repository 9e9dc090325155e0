// A function of the contract -> the codec of its request and response messages.
import { camelCase, TenonError } from "@tenon/contract/core";
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import { Budget } from "../budget.ts";
import type { BudgetLimits } from "../budget.ts";

import { guarded } from "../misfit.ts";
import { checkType, slotCost } from "../type-facts.ts";
import { checkOf, explain } from "../validate.ts";
import { bodyReader } from "./decode.ts";
import { bodyWriter } from "./encode.ts";
import { ProtoReader } from "./proto-reader.ts";
import { ProtoWriter } from "./proto-writer.ts";
import { messageOf, paramsMessage } from "./shape.ts";
import type { ProtoMessage } from "./shape.ts";

/**
 * The messages of one function. `params`: a `tuple` with one member a parameter; with `isWhole` the one parameter is the
 * message itself, as in services that others defined. `result`: what the response holds. Left out, they are those of the
 * mapping that `tenon codegen --proto` prints.
 */
export interface FunctionShape {
  readonly params: ProtoMessage;
  readonly result: ProtoMessage;
  readonly isWhole?: boolean;
}

export interface ProtoCodecOptions {
  /** Of a service that somebody else defined; default the contract's own mapping. */
  readonly shape?: FunctionShape | undefined;
  /** Largest message written, and most memory that one decoded message may take. Default 128 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Encoding checks the values first: `value-invalid` names the path of the first bad part. Decoding throws `protocol-error`
 * or `resource-exhausted` with the path.
 */
export interface ProtoCodec {
  encodeParams(args: readonly unknown[]): Uint8Array;
  decodeParams(bytes: Uint8Array): unknown[];
  encodeResult(value: unknown): Uint8Array;
  decodeResult(bytes: Uint8Array): unknown;
}

/** Throws `boundary-unsupported` for types without a protobuf form, `resource-exhausted` for types that nest too deep. */
export function compileProto(fn: ContractFunction, options: ProtoCodecOptions = {}): ProtoCodec {
  const maxBytes = options.maxBytes ?? 128 * 1024 * 1024;
  const isWhole = options.shape?.isWhole === true && fn.params.length === 1;
  const types = fn.params.map((param) => partOfStream(param.type, !isWhole));
  const names = fn.params.map((param) => camelCase(param.name));
  const shape = options.shape ?? shapeOf(fn);
  const limits = { maxBytes };
  const whole = isWhole ? (types[0] as ValueType) : ({ kind: "tuple", items: types } as const);
  const params = row(names, types, whole, shape.params, limits);
  if (fn.result === undefined) {
    return {
      ...ofParams(params, isWhole),
      encodeResult: (value) => {
        if (value !== undefined) explain({ names: [], types: [] }, [value]);
        return new Uint8Array(0);
      },
      decodeResult: () => undefined,
    };
  }
  const type = partOfStream(fn.result, false);
  const result = row(["result"], [type], type, shape.result, limits);
  return {
    ...ofParams(params, isWhole),
    encodeResult: (value) => result.encode([value], value),
    decodeResult: result.decode,
  };
}

/** The messages of the mapping of our own. */
export function shapeOf(fn: ContractFunction): FunctionShape {
  return {
    params: paramsMessage(fn.params.map((param) => partOfStream(param.type, true))),
    result: fn.result === undefined ? paramsMessage([]) : responseMessage(partOfStream(fn.result, false)),
  };
}

/** Which sides of a call are streams: at most one parameter, and the whole result. */
export function streamsOf(fn: ContractFunction): { readonly param: number; readonly result: boolean } {
  const streams = fn.params.flatMap(({ type }, index) => (type.kind === "stream" ? [index] : []));
  if (streams.length > 1) {
    throw new TenonError(
      "boundary-unsupported",
      `${fn.name} takes ${streams.length} streams, gRPC carries one each way`,
      {
        sideEffects: "none",
      },
    );
  }
  return { param: streams[0] ?? -1, result: fn.result?.kind === "stream" };
}

const optionsOf = new WeakMap<ValueType, ValueType>();

/** What one message of a stream holds: an element, which a request may leave out because the first one brings the other parameters. */
function partOfStream(type: ValueType, isParam: boolean): ValueType {
  if (type.kind !== "stream") return type;
  const { element } = type;
  if (element === undefined) {
    throw new TenonError("boundary-unsupported", "a stream without elements has no protobuf form", {
      sideEffects: "none",
    });
  }
  if (!isParam) return element;
  let made = optionsOf.get(element);
  if (made === undefined) optionsOf.set(element, (made = { kind: "option", item: element }));
  return made;
}

/** A `result` is the response's own oneof; every other type is its field `value`. */
function responseMessage(type: ValueType): ProtoMessage {
  return type.kind === "result" ? messageOf(type) : { as: "only", members: paramsMessage([type]).members };
}

interface Row {
  encode(values: readonly unknown[], whole: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

function ofParams(params: Row, isWhole: boolean): Pick<ProtoCodec, "encodeParams" | "decodeParams"> {
  return {
    encodeParams: (args) => params.encode(args, isWhole ? args[0] : args),
    decodeParams: (bytes) => (isWhole ? [params.decode(bytes)] : (params.decode(bytes) as unknown[])),
  };
}

function row(
  names: readonly string[],
  types: readonly ValueType[],
  whole: ValueType,
  message: ProtoMessage,
  limits: Partial<BudgetLimits>,
): Row {
  for (const type of types) checkType(type);
  const checks = types.map(checkOf);
  const write = bodyWriter(whole, message);
  const read = bodyReader(whole, message);
  const cost = types.reduce((sum, type) => sum + slotCost(type), 0);
  const maxBytes = limits.maxBytes as number;
  const budget = new Budget(limits);
  return {
    encode: (values, value) => {
      const fits =
        values.length <= types.length && checks.every((check, at) => guarded(check, values[at]) === undefined);
      if (!fits) explain({ names, types }, values);
      const writer = new ProtoWriter(maxBytes);
      write(value, writer);
      return writer.finish();
    },
    decode: (bytes) => {
      // Nothing that runs while a message is read could read another one.
      budget.reset();
      const reader = new ProtoReader(bytes, budget);
      try {
        budget.charge(cost);
        return read(reader);
      } catch (thrown) {
        throw locate(thrown, reader, names);
      }
    },
  };
}

function locate(thrown: unknown, reader: ProtoReader, names: readonly string[]): unknown {
  if (!(thrown instanceof TenonError)) return thrown;
  const segments = reader.trail.toReversed();
  // The outermost segment of the parameters is the place of one of them.
  const at = /^\[(\d+)\]$/.exec(segments[0] ?? "")?.[1];
  const named = at === undefined || names[0] === "result" ? undefined : names[Number(at)];
  const path = named === undefined ? [names.join(", "), ...segments].join("") : [named, ...segments.slice(1)].join("");
  return new TenonError(thrown.code, path === "" ? thrown.what : `${path}: ${thrown.what}`, {
    hint: thrown.hint,
    details: { path, offset: reader.at },
  });
}

/** The codec of one message of a fixed type; `shape` gives its field numbers where they are not 1, 2, 3. */
export interface MessageCodec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** For protocols whose messages are fixed: `type` must be the WIT form of `T`, which the compiler cannot check. */
export function compileMessage<T>(
  type: ValueType,
  options: { readonly shape?: ProtoMessage; readonly maxBytes?: number } = {},
): MessageCodec<T> {
  const limits = { maxBytes: options.maxBytes ?? 16 * 1024 * 1024 };
  const { encode, decode } = row(["message"], [type], type, options.shape ?? messageOf(type), limits);
  return { encode: (value) => encode([value], value), decode: (bytes) => decode(bytes) as T };
}
