// A function of a component and words of the command line -> its call with WAVE arguments, and its result as WAVE.
import { formatWave } from "@tenon/abi";
import { TenonError } from "@tenon/contract";
import { hostOutput } from "@tenon/wasi";
import { componentContract, type LinkPlan } from "@tenon/wasm";
import { readArguments } from "../call/arguments.ts";
import { findFunction, splitCall } from "../call/function.ts";
import type { ComponentMain } from "./component-guest.ts";

/**
 * Takes the function's name and its arguments as words, or the whole call as one word (`add(1, 2)`), before anything
 * runs. Throws function-missing with the functions that there are, usage or value-invalid for the arguments. A `result`
 * that is an error is printed like any other and gives 1 as the exit code.
 */
export function prepareCall(plan: LinkPlan, invoke: string, words: readonly string[]): ComponentMain {
  const call = splitCall(invoke);
  const found = findFunction(componentContract(plan), call?.name ?? invoke);
  const args = readArguments(found, call === undefined ? { words } : { wave: call.args });
  const { name, result } = found.function;
  return (component) => {
    const func = component.func(found.interface.id, name);
    if (func === undefined)
      throw new TenonError("internal", `${found.path} is in the contract but not in the component`);
    const value = func(...args);
    if (result !== undefined) hostOutput(1).write(new TextEncoder().encode(`${formatWave(result, value)}\n`));
    return value;
  };
}
