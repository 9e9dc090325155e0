// A session whose plugin speaks an older contract than the host's code -> one that the host's code can call: each call is
// converted on its way in and out, and nothing above or below knows.
import type { AdaptedFunction, ContractAdapter, EmulatedFunction, RoutedFunction } from "@tenon/abi/adapt";
import { TenonError } from "@tenon/contract/core";
import { isThenable } from "../calls.ts";
import type { Dialect, FunctionRef, HostFunction, Session } from "../driver.ts";
import { planOf } from "../plan.ts";

/** A function of the plugin, or what a migration answers in its place. */
type Route = (Omit<RoutedFunction, "target"> & { readonly func: FunctionRef }) | EmulatedFunction;

/** What a plugin of `adapter.plugin` is opened with. `own` has the host's functions, or none where the boundary has no callbacks. */
export function adaptedDialect(adapter: ContractAdapter, own: Pick<Dialect, "imports" | "hostFunctions">): Dialect {
  const { exports, imports } = planOf(adapter.plugin);
  const isCalled = own.hostFunctions.length > 0;
  const hostFunctions = isCalled ? imports.map((func) => hostFunction(func, adapter, own)) : [];
  return { contract: adapter.plugin, exports, imports, hostFunctions };
}

/** `session` speaks `adapter.plugin`; the result is called with functions of `adapter.host`. */
export function adaptedSession(session: Session, adapter: ContractAdapter): Session {
  const targets = new Map(planOf(adapter.plugin).exports.map((func) => [keyOf(func), func]));
  const routes = planOf(adapter.host).exports.map((func) => routeOf(func, adapter, targets));
  const route = (func: FunctionRef): Route => routes[func.index] ?? missingExport(func);
  const named = (key: string): FunctionRef => targets.get(key) ?? missing(`the plugin has no function ${key}`, key);
  return {
    contract: adapter.plugin,
    closed: session.closed,
    close: () => session.close(),
    call: (func, args, context) => {
      const to = route(func);
      if ("emulate" in to) return to.emulate(args, (key, given) => session.call(named(key), given, context));
      return then(session.call(to.func, to.args?.(args) ?? args, context), to.result);
    },
    ...(session.terminate && { terminate: (why: string) => session.terminate?.(why) }),
    ...(session.bindSync && {
      bindSync: (func: FunctionRef) => {
        const to = route(func);
        const bind = (ref: FunctionRef): ((...args: unknown[]) => unknown) => session.bindSync!(ref);
        if ("emulate" in to)
          return (...args: unknown[]) => to.emulate(args, (key, given) => bind(named(key))(...given));
        const bound = bind(to.func);
        if (to.args === undefined && to.result === undefined) return bound;
        return (...args: unknown[]) => then(bound(...(to.args?.(args) ?? args)), to.result);
      },
    }),
  };
}

function routeOf(
  func: FunctionRef,
  adapter: ContractAdapter,
  targets: ReadonlyMap<string, FunctionRef>,
): Route | undefined {
  const found = adaptedFunction(func, adapter, adapter.exports);
  if (found === undefined || "emulate" in found) return found;
  const target = targets.get(found.target);
  return target && { func: target, args: found.args, result: found.result };
}

/** Versions of one digest have the same functions, maybe under other numbers. */
function adaptedFunction(
  func: FunctionRef,
  { verdict }: ContractAdapter,
  functions: ReadonlyMap<string, AdaptedFunction>,
): AdaptedFunction | undefined {
  const target = keyOf(func);
  return verdict === "exact" ? { target, args: undefined, result: undefined } : functions.get(target);
}

/** As `functionKey` has it: the id without its version. */
export function keyOf({ interface: { id }, function: { name } }: FunctionRef): string {
  return `${id.replace(/@[^/]*$/, "")}.${name}`;
}

function hostFunction(
  func: FunctionRef,
  adapter: ContractAdapter,
  { imports, hostFunctions }: Pick<Dialect, "imports" | "hostFunctions">,
): HostFunction {
  const named = (key: string): HostFunction =>
    hostFunctions[imports.findIndex((own) => keyOf(own) === key)] ??
    (() => missing(`the host has no function ${key}`, key));
  const found = adaptedFunction(func, adapter, adapter.imports);
  if (found === undefined) return () => missing(`the host has no function ${func.path}`, func.path);
  if ("emulate" in found) return (...given) => found.emulate(given, (key, args) => named(key)(...args));
  const own = named(found.target);
  const { args, result } = found;
  if (args === undefined && result === undefined) return own;
  return (...given) => then(own(...(args?.(given) ?? given)), result);
}

function missingExport(func: FunctionRef): never {
  throw new TenonError("function-missing", `the plugin was built before ${func.path} was part of the contract`, {
    hint: "the contract calls it optional: do without it",
    call: func.path,
    sideEffects: "none",
  });
}

function missing(what: string, call: string): never {
  throw new TenonError("function-missing", what, { call, sideEffects: "none" });
}

function then(out: unknown, convert: RoutedFunction["result"]): unknown {
  if (convert === undefined) return out;
  return isThenable(out) ? out.then(convert) : convert(out);
}
