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
  const { path, sent, codegen = true } = options;
  let slow: ReturnType<PlanRunner["conversion"]> | undefined;
  const explained = (value: unknown): unknown => {
    slow ??= new PlanRunner().conversion(plan);
    try {
      return slow(value, path);
    } catch (thrown) {
      // What is no value of the sender's contract either is told as that.
      checkSent(sent, value, path);
      throw TenonError.from(thrown, "value-invalid");
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

function checkSent(sent: ConversionOptions["sent"], value: unknown, path: string): void {
  if (sent === undefined) return;
  if ("kind" in sent) createValidator(sent)(value, path);
  else for (const [index, { name, type }] of sent.entries()) createValidator(type)((value as unknown[])[index], name);
}

/** Converts what is there or comes later. */
export function then(out: unknown, convert: Convert | undefined): unknown {
  if (convert === undefined) return out;
  const isThenable = typeof out === "object" && out !== null && typeof (out as { then?: unknown }).then === "function";
  return isThenable ? (out as PromiseLike<unknown>).then(convert) : convert(out);
}
