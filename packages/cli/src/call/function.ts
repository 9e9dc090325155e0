// A name from the command line -> the function of the contract that is meant.
import { camelCase, functionLabel, TenonError, type Contract } from "@tenon/contract";
import { indexFunctions, type FunctionRef } from "@tenon/host/driver";

/**
 * Takes `greeter.greet`, the bare `greet` where only one interface has it, camelCase of both, and WIT's own
 * `tenon:hello/greeter@0.1.0#greet`. Throws function-missing with the functions that there are.
 */
export function findFunction(contract: Contract, name: string): FunctionRef {
  const all = indexFunctions(contract.exports);
  const exact = all.find((func) => func.path === name);
  if (exact !== undefined) return exact;
  const found = all.filter((func) => spellings(func).includes(name));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const what =
    only === undefined ? `${contract.id} exports no function ${name}` : `${name} is the name of several functions`;
  const list = (only === undefined ? all : found).map((func) => func.path);
  const hint =
    list.length > 0 ? `it is one of: ${list.slice(0, 30).join(", ")}` : "the contract exports no functions at all";
  throw new TenonError("function-missing", what, { hint, sideEffects: "none" });
}

function spellings({ interface: owner, function: func }: FunctionRef): string[] {
  const label = functionLabel(func.name);
  const camel = camelCase(label);
  return [func.name, label, camel, `${owner.key}.${camel}`, `${owner.id}#${func.name}`];
}

/** `greeter.greet("Ada")` as one word -> its name and what stands between the parentheses. */
export function splitCall(word: string): { readonly name: string; readonly args: string } | undefined {
  const match = /^\s*([^\s(]+)\s*\((.*)\)\s*$/s.exec(word);
  return match === null ? undefined : { name: match[1] ?? "", args: match[2] ?? "" };
}
