// A plan -> the function that runs: generated code where that is allowed, and closures that say where a value does not fit.
import { TenonError } from "@tenon/contract/base";
import type { Field, ValueType } from "@tenon/contract/core";
import { canGenerate } from "../generate.ts";
import { createValidator } from "../validate.ts";
import { generatePlan } from "./generate-plan.ts";
import type { Plan } from "./plan.ts";
import { PlanRunner } from "./run-plan.ts";

export type Convert = (value: unknown) => unknown;

export interface ConversionOptions {
  /** Names the value in messages; empty for arguments, which have names. */
  readonly path: string;
  /** What the contract says of the value: a type, or the parameters of a function. */
  readonly sent: ValueType | readonly Field[] | undefined;
  /** False forces closures; default is generated code wherever the engine allows it. Both behave the same. */
  readonly codegen?: boolean | undefined;
}

/** undefined where the value stays what it is. The code is made when the first value comes. */
export function compileConversion(plan: Plan, options: ConversionOptions): Convert | undefined {
  if (plan === undefined) return undefined;
  const { path, codegen = true } = options;
  let slow: ReturnType<PlanRunner["conversion"]> | undefined;
  const explained = (value: unknown): unknown => {
    slow ??= new PlanRunner().conversion(plan);
    try {
      return slow(value, path);
    } catch (thrown) {
      throw blamed(thrown, value, options);
    }
  };
  if (!codegen || !canGenerate) return explained;
  let fast: Convert | undefined;
  return (value) => {
    try {
      fast ??= generatePlan(plan);
      return fast(value);
    } catch {
      // Generated code does not know where it was; the closures do, and throw.
      return explained(value);
    }
  };
}

/** What is no value of the sender's contract either is told as that. Where arguments do not convert, nothing was called. */
function blamed(thrown: unknown, value: unknown, { path, sent }: ConversionOptions): TenonError {
  const isArguments = sent !== undefined && !("kind" in sent);
  const misfit = caught(() => {
    if (isArguments)
      for (const [index, { name, type }] of sent.entries()) createValidator(type)((value as unknown[])[index], name);
    else if (sent !== undefined) createValidator(sent)(value, path);
  });
  const { code, what, hint, details, cause } = misfit ?? TenonError.from(thrown, "value-invalid");
  return new TenonError(code, what, { hint, details, cause, sideEffects: isArguments ? "none" : "unknown" });
}

function caught(run: () => void): TenonError | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return TenonError.from(thrown, "value-invalid");
  }
}

/** Converts what is there or comes later. */
export function then(out: unknown, convert: Convert | undefined): unknown {
  if (convert === undefined) return out;
  const isThenable = typeof out === "object" && out !== null && typeof (out as { then?: unknown }).then === "function";
  return isThenable ? (out as PromiseLike<unknown>).then(convert) : convert(out);
}
