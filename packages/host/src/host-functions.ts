// The functions that a host gives to a plugin -> what its driver calls: in canonical order, observed and checked where that applies.
import { camelCase, functionLabel, TenonError } from "@tenon/contract/core";
import { intercepted, isThenable, isTraced, traced, type CallInfo, type Interceptor } from "./calls.ts";
import type { AnyDriver, FunctionRef, HostFunction } from "./driver.ts";
import type { PluginOptions } from "./options.ts";
import type { ContractPlan } from "./plan.ts";

/** The host functions in canonical order, each inside the interceptors and checks that apply. */
export function bindImports<I>(
  plan: ContractPlan,
  driver: AnyDriver,
  options: PluginOptions<I>,
  interceptors: readonly Interceptor[],
  validate: boolean,
): readonly HostFunction[] {
  const { id, boundary } = options;
  if (plan.imports.length > 0 && !driver.traits.hostCallbacks) return [];
  const given = typeof options.imports === "function" ? options.imports({ plugin: id, boundary }) : options.imports;
  const found = plan.imports.map((func) => ({ func, ...findImport(given, func) }));
  const missing = found.filter(({ own }) => own === undefined).map(({ func }) => func.path);
  if (missing.length > 0) {
    throw new TenonError(
      "function-missing",
      `plugin ${id} needs host functions that were not given: ${missing.join(", ")}`,
      {
        hint: "pass them in imports: { <interface>: { <function> } }",
        plugin: id,
        boundary,
        sideEffects: "none",
      },
    );
  }
  const isNative = driver.traits.encoding === "native";
  return found.map(({ func, own, owner }) => {
    const checks = isNative && validate;
    // Bound, so that a host may pass an object of its own whose functions use `this`.
    const bound: HostFunction = own!.bind(owner);
    const direct = checks ? checkedImport(plan, func, bound, id) : bound;
    // The plugin's own functions stay themselves where nothing has to happen around them.
    if (isNative && interceptors.length === 0) return direct;
    const observed = (args: readonly unknown[]): unknown => {
      const info: CallInfo = { plugin: id, boundary, path: func.path, direction: "callback", args };
      const run = (): unknown => intercepted(interceptors, info, (changed) => direct(...changed));
      return isTraced() ? traced(info, run) : run();
    };
    if (interceptors.length > 0) return (...args) => observed(args);
    // Surplus arguments come as far as the checks, which refuse them.
    return checks
      ? (...args) => (isTraced() ? observed(args) : direct(...args))
      : unlessTraced(func, own!, owner, observed);
  });
}

/**
 * Without gathering the arguments for the arities that most functions have, and without a bound function between: either
 * takes longer than many functions do.
 */
function unlessTraced(
  { function: { params } }: FunctionRef,
  own: HostFunction,
  owner: unknown,
  observed: (args: readonly unknown[]) => unknown,
): HostFunction {
  switch (params.length) {
    case 0:
      return () => (isTraced() ? observed([]) : own.call(owner));
    case 1:
      return (a) => (isTraced() ? observed([a]) : own.call(owner, a));
    case 2:
      return (a, b) => (isTraced() ? observed([a, b]) : own.call(owner, a, b));
    case 3:
      return (a, b, c) => (isTraced() ? observed([a, b, c]) : own.call(owner, a, b, c));
    default:
      return (...args) => (isTraced() ? observed(args) : own.call(owner, ...args));
  }
}

function findImport(
  given: unknown,
  func: FunctionRef,
): { readonly own: HostFunction | undefined; readonly owner: unknown } {
  const read = (owner: unknown, key: string): unknown => (owner as Record<string, unknown> | null | undefined)?.[key];
  const owner = func.interface.key === "" ? given : read(given, func.interface.key);
  const own = read(owner, camelCase(functionLabel(func.function.name)));
  return { own: typeof own === "function" ? (own as HostFunction) : undefined, owner };
}

function checkedImport(plan: ContractPlan, func: FunctionRef, own: HostFunction, plugin: string): HostFunction {
  const check = (value: unknown): unknown => {
    plan.checkResult(func, value, plugin);
    return value;
  };
  return (...args) => {
    plan.checkArguments(func, args);
    const out = own(...args);
    return isThenable(out) ? out.then(check) : check(out);
  };
}
