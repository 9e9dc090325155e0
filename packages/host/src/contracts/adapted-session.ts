// A session whose plugin speaks an older contract than the host's code -> one that the host's code can call: each call is
// converted on its way in and out, and nothing above or below knows.
import { UNCHANGED, type AdaptedFunction, type ContractAdapter, type EmulatedFunction } from "@tenon/abi/adapt";
import { TenonError } from "@tenon/contract/core";
import type { CallContext, Dialect, FunctionRef, HostFunction, Session } from "../driver.ts";
import { planOf } from "../plan.ts";

/** How a function of the host's contract is called: one of the plugin, or what a migration answers in its place. */
interface Route {
  readonly call: (args: readonly unknown[], context: CallContext) => unknown;
  /** Only where the session has it. */
  readonly bindSync: () => (...args: unknown[]) => unknown;
}

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
  const routes = planOf(adapter.host).exports.map((func) => routeOf(func, adapter, session, targets));
  const route = (func: FunctionRef): Route => routes[func.index] ?? missingExport(func);
  return {
    contract: adapter.plugin,
    closed: session.closed,
    close: () => session.close(),
    call: (func, args, context) => route(func).call(args, context),
    ...(session.terminate && { terminate: (why: string) => session.terminate?.(why) }),
    ...(session.bindSync && { bindSync: (func: FunctionRef) => route(func).bindSync() }),
  };
}

function routeOf(
  func: FunctionRef,
  adapter: ContractAdapter,
  session: Session,
  targets: ReadonlyMap<string, FunctionRef>,
): Route | undefined {
  const found = adaptedFunction(func, adapter, adapter.exports);
  if (found === undefined) return undefined;
  if ("emulate" in found) return emulated(found, session, targets);
  const target = targets.get(found.target);
  if (target === undefined) return undefined;
  // Code for the functions that are called, not for all that could be.
  let run: Route["call"] | undefined;
  const adapted = (): Route["call"] =>
    found.aroundWith((given, context: CallContext) => session.call(target, given, context));
  return {
    call: (args, context) => (run ??= adapted())(args, context),
    bindSync: () => found.around(session.bindSync!(target)),
  };
}

function emulated({ emulate }: EmulatedFunction, session: Session, targets: ReadonlyMap<string, FunctionRef>): Route {
  const named = (key: string): FunctionRef => targets.get(key) ?? missing(`the plugin has no function ${key}`, key);
  return {
    call: (args, context) => emulate(args, (key, given) => session.call(named(key), given, context)),
    bindSync:
      () =>
      (...args) =>
        emulate(args, (key, given) => session.bindSync!(named(key))(...given)),
  };
}

/** Versions of one digest have the same functions, maybe under other numbers. */
function adaptedFunction(
  func: FunctionRef,
  { verdict }: ContractAdapter,
  functions: ReadonlyMap<string, AdaptedFunction>,
): AdaptedFunction | undefined {
  const target = keyOf(func);
  return verdict === "exact" ? { target, ...UNCHANGED } : functions.get(target);
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
  if (found.args === undefined && found.result === undefined) return own;
  let run: HostFunction = (...given) => (run = found.around(own))(...given);
  return (...given) => run(...given);
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
