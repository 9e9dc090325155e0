// A driver and an adapter -> a driver whose plugins speak an older contract than the host's code: each call is converted on
// its way in and out, and nothing above or below knows.
import type { ContractAdapter } from "@tenon/abi/adapt";
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

interface Route {
  readonly func: FunctionRef;
  readonly args: ((args: readonly unknown[]) => unknown[]) | undefined;
  readonly result: ((value: unknown) => unknown) | undefined;
}

/** `driver` for plugins of `adapter.plugin` in a host of `adapter.host`. */
export function adaptedDriver(driver: AnyDriver, adapter: ContractAdapter): AnyDriver {
  const exports = indexFunctions(adapter.plugin.exports);
  const imports = indexFunctions(adapter.plugin.imports);
  const targets = new Map(exports.map((func) => [keyOf(func), func]));
  const routes = indexFunctions(adapter.host.exports).map((func): Route | undefined => {
    const found = adapter.exports.get(keyOf(func));
    const target = found && targets.get(found.target);
    return target && { func: target, args: found.args, result: found.result };
  });
  return {
    ...driver,
    open: async (artifact: never, context: OpenContext) => {
      // Boundaries without callbacks are given none.
      const isCalled = context.hostFunctions.length > 0;
      const hostFunctions = isCalled ? imports.map((func) => hostFunction(func, adapter, context)) : [];
      const own = { ...context, contract: adapter.plugin, exports, imports, hostFunctions };
      return adaptedSession(await (driver as Driver<unknown>).open(artifact, own), routes);
    },
  };
}

/** As `functionKey` has it: the id without its version. */
function keyOf({ interface: { id }, function: { name } }: FunctionRef): string {
  return `${id.replace(/@[^/]*$/, "")}.${name}`;
}

function adaptedSession(session: Session, routes: readonly (Route | undefined)[]): Session {
  const route = (func: FunctionRef): Route => {
    const found = routes[func.index];
    if (found !== undefined) return found;
    throw new TenonError("function-missing", `the plugin was built before ${func.path} was part of the contract`, {
      hint: "the contract calls it optional: do without it",
      call: func.path,
      sideEffects: "none",
    });
  };
  return {
    closed: session.closed,
    close: () => session.close(),
    call: (func, args, context) => {
      const to = route(func);
      return then(session.call(to.func, to.args?.(args) ?? args, context), to.result);
    },
    ...(session.terminate && { terminate: (why: string) => session.terminate?.(why) }),
    ...(session.bindSync && {
      bindSync: (func: FunctionRef) => {
        const to = route(func);
        const bound = session.bindSync!(to.func);
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
  const found = adapter.imports.get(keyOf(func));
  const at = imports.findIndex((own) => keyOf(own) === found?.target);
  const own = hostFunctions[at];
  if (found === undefined || own === undefined) {
    return () => {
      throw new TenonError("function-missing", `the host has no function ${func.path}`, {
        call: func.path,
        sideEffects: "none",
      });
    };
  }
  const { args, result } = found;
  if (args === undefined && result === undefined) return own;
  return (...given) => then(own(...(args?.(given) ?? given)), result);
}

function then(out: unknown, convert: Route["result"]): unknown {
  if (convert === undefined) return out;
  return isThenable(out) ? out.then(convert) : convert(out);
}
