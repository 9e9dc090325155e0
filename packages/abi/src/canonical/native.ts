// A function of the contract -> the JavaScript function or callback that stands for it where the other side is native code.
//
// The canonical ABI at the machine's pointer width, for C: values stand in memory as the C structs of their types do.
// A function of numbers alone takes and gives them as C does; any other has one block of memory, in which the host puts
// all parameters as the fields of a struct, and the plugin writes its result over them. Host functions always have a block.
import { camelCase, TenonError } from "@tenon/contract/core";
import type { ContractFunction, PrimitiveKind, ValueType } from "@tenon/contract/core";
import { canGenerate } from "../generate.ts";
import { isLittleEndian } from "../platform.ts";
import type { HostFunction } from "./call-closures.ts";
import { contextOf } from "./context.ts";
import type { CanonicalEnv, CoreFunction } from "./env.ts";
import { isScalar } from "./forms.ts";
import { generateLift, generateLower } from "./generate-call.ts";
import { casesLayout, casesOf } from "./layout.ts";
import { discriminantKind } from "./load.ts";
import { makeRow } from "./row.ts";
import type { Row } from "./row.ts";
import type { Signature } from "./signature.ts";

/** More numbers than this go through memory. */
export const MAX_NATIVE_PARAMS = 8;
/** As C's `malloc`, and as every type of the contract needs at most. */
const BLOCK_ALIGN = 8;
/** No row is flat that is held against this. */
const NONE_FLAT = -1;

/** How C passes a value: as one of its numbers. */
export type NativeScalar = Exclude<PrimitiveKind, "string" | "error-context" | "bool" | "char">;

/** How native code is called: with numbers, or with the offset of one block. */
export interface NativeSignature {
  /** The numbers' types; undefined where the values go through a block. */
  readonly scalars?: { readonly params: readonly NativeScalar[]; readonly result: NativeScalar | undefined };
}

/** @throws `boundary-unsupported` for types without a layout, `resource-exhausted` for ones that are too deep or large. */
export function nativeSignature(fn: ContractFunction): NativeSignature {
  const params = fn.params.map(({ type }) => scalarOf(type));
  const result = fn.result === undefined ? undefined : scalarOf(fn.result);
  const isNumbers = params.every((one) => one !== undefined) && (fn.result === undefined) === (result === undefined);
  if (!isNumbers || params.length > MAX_NATIVE_PARAMS) return {};
  return { scalars: { params, result } };
}

function scalarOf(type: ValueType): NativeScalar | undefined {
  switch (type.kind) {
    case "bool":
      return "u8";
    case "char":
      return "u32";
    case "enum":
      return discriminantKind(casesLayout(casesOf(type)).discriminant);
    default:
      return isScalar(type.kind) ? type.kind : undefined;
  }
}

/**
 * A JavaScript function that calls native code. `native` takes and gives the numbers of `nativeSignature`; or takes the
 * offset of the block, and gives the one at which the result is to be read. `env.memory` and `env.realloc` give room for the block and
 * what it points to. Arguments are checked as by `compileLift`.
 * @throws when compiled: as `nativeSignature`, and `boundary-unsupported` where code must not be generated from strings.
 * @throws when called: as `compileLift`.
 */
export function compileNativeLift(fn: ContractFunction, env: CanonicalEnv, native: CoreFunction): HostFunction {
  const isFlat = nativeSignature(fn).scalars !== undefined;
  return generated(() => generateLift(fn, env, native, isFlat ? flatSignature(fn) : blockSignature(fn)));
}

/**
 * Lifts the parameters from the block at one offset, calls `host`, and lowers its result into the one at another offset,
 * which may be the same. `bytes` is what either takes.
 */
export interface NativeLower {
  readonly bytes: number;
  readonly call: (params: number, result: number) => void;
}

/** What native code calls a host function by. Throws as `compileNativeLift` does, and when called as `compileLower`'s. */
export function compileNativeLower(fn: ContractFunction, env: CanonicalEnv, host: HostFunction): NativeLower {
  const call = generated(() => generateLower(fn, env, host, blockSignature(fn))) as NativeLower["call"];
  return { bytes: blockSignature(fn).params.size, call };
}

/** Has what was compiled for `env` ask for its memory again. */
export function changeMemory(env: CanonicalEnv): void {
  contextOf(env).changeMemory();
}

function generated<T>(make: () => T | undefined): T {
  const made = canGenerate && isLittleEndian ? make() : undefined;
  if (made !== undefined) return made;
  throw new TenonError("boundary-unsupported", "calls of native code need code that is generated for their types", {
    hint: "run Node on a little-endian machine, without --disallow-code-generation-from-strings",
    sideEffects: "none",
  });
}

const flat = new WeakMap<ContractFunction, Signature>();
const blocks = new WeakMap<ContractFunction, Signature>();

function flatSignature(fn: ContractFunction): Signature {
  return remember(flat, fn, MAX_NATIVE_PARAMS);
}

function blockSignature(fn: ContractFunction): Signature {
  return remember(blocks, fn, NONE_FLAT);
}

function remember(known: WeakMap<ContractFunction, Signature>, fn: ContractFunction, maxFlat: number): Signature {
  const found = known.get(fn);
  if (found !== undefined) return found;
  const names = fn.params.map((param) => camelCase(param.name));
  const types = fn.params.map((param) => param.type);
  const params = makeRow(names, types, maxFlat, 8);
  const result = makeRow(["result"], fn.result === undefined ? [] : [fn.result], maxFlat, 8);
  const block: Row = { ...params, size: Math.max(params.size, result.size), align: BLOCK_ALIGN };
  // A host function without a result has nothing in memory to hold against it.
  const made: Signature = { params: params.isInMemory ? block : params, result, importArity: 2, pointer: 8 };
  known.set(fn, made);
  return made;
}
