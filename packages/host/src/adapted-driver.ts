// A driver and an adapter -> a driver whose plugins speak an older contract than the host's code: each call is converted on
// its way in and out, and nothing above or below knows.
import type { AdaptedFunction, ContractAdapter, EmulatedFunction, RoutedFunction } from "@tenon/abi/adapt";
import { TenonError } from "@tenon/contract/core";
import { isThenable } from "./calls.ts";
import {
  indexFunctions,
  type AnyDriver,
  type Driver,
  type FunctionRef,
  type HostFunction,
  type OpenContext,
  type Session,
} from "./driver.ts";

/** A function of the plugin, or what a migration answers in its place. */
type Route = (Omit<RoutedFunction, "target"> & { readonly func: FunctionRef }) | EmulatedFunction;

/** `driver` for plugins of `adapter.plugin` in a host of `adapter.host`. */
export function adaptedDriver(driver: AnyDriver, adapter: ContractAdapter): AnyDriver {
  const exports = indexFunctions(adapter.plugin.exports);
  const imports = indexFunctions(adapter.plugin.imports);
  const targets = new Map(exports.map((func) => [keyOf(func), func]));
  const routes = indexFunctions(adapter.host.exports).map((func): Route | undefined => {
    const found = adapter.exports.get(keyOf(func));
    if (found === undefined || "emulate" in found) return found;
    const target = targets.get(found.target);
    return target && { func: target, args: found.args, result: found.result };
  });
  return {
    ...driver,
    open: async (artifact: never, context: OpenContext) => {
      // Boundaries without callbacks are given none.
      const isCalled = context.hostFunctions.length > 0;
      const hostFunctions = isCalled ? imports.map((func) => hostFunction(func, adapter, context)) : [];
      const own = { ...context, contract: adapter.plugin, exports, imports, hostFunctions };
      return adaptedSession(await (driver as Driver<unknown>).open(artifact, own), routes, targets);
    },
  };
}

/** As `functionKey` has it: the id without its version. */
function keyOf({ interface: { id }, function: { name } }: FunctionRef): string {
  return `${id.replace(/@[^/]*$/, "")}.${name}`;
}

function adaptedSession(
  session: Session,
  routes: readonly (Route | undefined)[],
  targets: ReadonlyMap<string, FunctionRef>,
): Session {
  const route = (func: FunctionRef): Route => routes[func.index] ?? missingExport(func);
  const named = (key: string): FunctionRef => targets.get(key) ?? missing(`the plugin has no function ${key}`, key);
  return {
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

function hostFunction(
  func: FunctionRef,
  adapter: ContractAdapter,
  { imports, hostFunctions }: OpenContext,
): HostFunction {
  const named = (key: string): HostFunction =>
    hostFunctions[imports.findIndex((own) => keyOf(own) === key)] ??
    (() => missing(`the host has no function ${key}`, key));
  const found: AdaptedFunction | undefined = adapter.imports.get(keyOf(func));
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
