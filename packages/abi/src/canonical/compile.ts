// A function of the contract and an environment -> the JavaScript function or core import that stands for it.
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import { canGenerate } from "../generate.ts";
import { isLittleEndian } from "../platform.ts";
import { liftClosure, lowerClosure } from "./call-closures.ts";
import type { HostFunction } from "./call-closures.ts";
import { checkRow } from "./check.ts";
import { contextOf } from "./context.ts";
import type { CanonicalEnv, CoreFunction, CoreValue } from "./env.ts";
import { generateLift, generateLower } from "./generate-call.ts";
import { lazyImport } from "./late-call.ts";
import { liftRow, lowerRow, makeRow } from "./row.ts";
import { signatureOf } from "./signature.ts";

export interface CanonicalOptions {
  /** False forces closures; default is generated code wherever the engine allows it. Both behave the same. */
  readonly codegen?: boolean;
}

/**
 * `canon lift`: a JavaScript function that calls the core export `core`. Arguments are checked as the validator does
 * (`value-invalid` with the path, before the guest is touched), lowered, the result lifted, post-return called.
 * Synchronous: the result must be there when `core` returns. Compile it when the function is first wanted; the code is
 * made once per `fn` object, so further instances cost a closure each.
 * @throws when compiled: `boundary-unsupported`, `resource-exhausted` for types that cannot cross at all.
 * @throws when called: `value-invalid`, `handle-invalid`, `resource-exhausted` (more than the budget was lifted),
 * `plugin-trap` for traps, exceptions and everything that breaks the ABI; after any throw but the checks', the instance
 * must not be used again (`CallGate.fail` is told).
 */
export function compileLift(
  fn: ContractFunction,
  env: CanonicalEnv,
  core: CoreFunction,
  options: CanonicalOptions = {},
): HostFunction {
  signatureOf(fn);
  const generated = mayGenerate(options) ? generateLift(fn, env, core) : undefined;
  return generated ?? liftClosure(fn, env, core);
}

/**
 * `canon lower`: a core import that calls `host` with lifted arguments, checks its result and lowers it. Specialised at
 * its first call: most imports of an instance are never called, and `env` may not be complete when it is instantiated.
 * What it throws passes through the guest to the export that was called: `plugin-trap` where the guest broke the ABI,
 * `host-function-failed` where `host` threw or returned what the contract does not allow, TenonErrors of `host` as they are.
 * @throws when compiled: `boundary-unsupported`, `resource-exhausted` for types that cannot cross at all.
 */
export function compileLower(
  fn: ContractFunction,
  env: CanonicalEnv,
  host: HostFunction,
  options: CanonicalOptions = {},
): CoreFunction {
  const { importArity } = signatureOf(fn);
  const isGenerated = mayGenerate(options);
  const make = (): CoreFunction =>
    (isGenerated ? generateLower(fn, env, host) : undefined) ?? lowerClosure(fn, env, host);
  return lazyImport(fn, importArity, make, isGenerated);
}

/** Generated code sees the memory as typed arrays, which have the machine's byte order. */
function mayGenerate(options: CanonicalOptions): boolean {
  return (options.codegen ?? true) && canGenerate && isLittleEndian;
}

/** The two halves of a call for who calls in his own way: asynchronous functions, `task.return`. Closures, not generated. */
export interface CanonicalValues {
  /** Whether the values go through memory, as one pointer. */
  readonly isInMemory: boolean;
  /** Throws as `compileLift` does for arguments. Runs nothing of the guest. */
  check(values: readonly unknown[]): void;
  /** Checked values as core values. `target` is where they go in memory; without it the guest's allocator is asked. */
  lower(values: readonly unknown[], target?: number): CoreValue[];
  lift(flat: readonly CoreValue[]): unknown[];
}

/**
 * Values that cross together, named in errors by `names`. More than `maxFlat` core values go through memory: 16 for
 * parameters, 1 for results, other limits for asynchronous functions ("Flattening").
 */
export function compileValues(
  names: readonly string[],
  types: readonly ValueType[],
  env: CanonicalEnv,
  maxFlat: number,
): CanonicalValues {
  const row = makeRow(names, types, maxFlat);
  const encoding = env.stringEncoding ?? "utf8";
  const [lower, lift] = [lowerRow(row, encoding), liftRow(row, encoding)];
  const context = contextOf(env);
  return {
    isInMemory: row.isInMemory,
    check: (values) => checkRow(context, row, values),
    lower: (values, target) => lower(context, values, target),
    lift: (flat) => lift(context, flat),
  };
}
