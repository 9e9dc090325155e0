// A signature and an environment -> the call as closures; the portable twin of generate-call.ts.
// component-model CanonicalABI.md, sections "canon lift" and "canon lower", for synchronous functions.
import { TenonError } from "@tenon/contract/core";
import type { ContractFunction } from "@tenon/contract/core";
import { checkResult, checkRow, hostError } from "./check.ts";
import type { Context } from "./context.ts";
import { contextOf } from "./context.ts";
import type { CanonicalEnv, CoreFunction, CoreValue } from "./env.ts";
import { liftRow, lowerRow } from "./row.ts";
import { signatureOf } from "./signature.ts";
import { trapError } from "./traps.ts";

export type HostFunction = (...args: unknown[]) => unknown;

/** Calls a core export with JavaScript values. */
export function liftClosure(fn: ContractFunction, env: CanonicalEnv, core: CoreFunction): HostFunction {
  const { params, result } = signatureOf(fn);
  const encoding = env.stringEncoding ?? "utf8";
  const [lower, lift] = [lowerRow(params, encoding), liftRow(result, encoding)];
  const context = contextOf(env);
  const name = env.name ?? fn.name;
  const { gate, postReturn } = env;
  return (...args) => {
    checkRow(context, params, args);
    gate?.enter();
    try {
      const returned = core(...lower(context, args)) as CoreValue | undefined;
      const flat = returned === undefined ? [] : [returned];
      const value = lift(context, flat)[0];
      if (postReturn !== undefined) callPostReturn(context, postReturn, flat);
      gate?.exit();
      return value;
    } catch (thrown) {
      throw failure(env, name, thrown);
    }
  };
}

function callPostReturn(context: Context, postReturn: CoreFunction, flat: readonly CoreValue[]): void {
  context.flags.mayLeave = false;
  postReturn(...flat);
  context.flags.mayLeave = true;
}

/** A core import that calls a host function. */
export function lowerClosure(fn: ContractFunction, env: CanonicalEnv, host: HostFunction): CoreFunction {
  const { params, result, importArity } = signatureOf(fn);
  const encoding = env.stringEncoding ?? "utf8";
  const [lift, lower] = [liftRow(params, encoding), lowerRow(result, encoding)];
  const context = contextOf(env);
  const name = env.name ?? fn.name;
  const { gate } = env;
  const target = result.isInMemory ? importArity - 1 : undefined;
  return (...flat) => {
    if (!context.flags.mayLeave) throw failure(env, name, mayNotLeave(name));
    gate?.enter();
    try {
      const args = lift(context, flat);
      const value = callHost(host, args, name);
      checkResult(context, fn, name, value);
      const out = lower(context, [value], target === undefined ? undefined : (flat[target] as number) >>> 0);
      gate?.exit();
      return out[0];
    } catch (thrown) {
      throw failure(env, name, thrown);
    }
  };
}

function callHost(host: HostFunction, args: readonly unknown[], name: string): unknown {
  try {
    return host(...args);
  } catch (thrown) {
    throw hostError(thrown, name);
  }
}

/** "trap_if(not inst.may_leave)" */
export function mayNotLeave(name: string): TenonError {
  return new TenonError("plugin-trap", `the plugin called ${name} from realloc or post-return`, { call: name });
}

/** What is thrown on for anything thrown during a call. */
export function failure(env: CanonicalEnv, name: string, thrown: unknown): unknown {
  const error = trapError(thrown, name);
  return env.gate === undefined ? error : env.gate.fail(error, thrown);
}
