// A plugin module's default export -> its functions in the contract's canonical order, checked before the first call.
import { camelCase, functionLabel, pascalCase, TenonError } from "@tenon/contract/base";
import type { Contract } from "@tenon/contract/core";
import { chooseContract, findContract, type FunctionRef, type Stamp } from "@tenon/host/driver";

/** The side of the contract that a plugin end works with. */
export interface BindTarget {
  readonly contract: Contract;
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  /** How to call one host function; becomes the functions of the `host` object that the plugin gets. */
  readonly importOf: (func: FunctionRef) => (...args: unknown[]) => unknown;
}

/** One function per entry of `exports`, each bound to its interface object, or the author's own where it uses no `this`. */
export type BoundExports = readonly ((...args: unknown[]) => unknown)[];

/** A plugin that was asked for its contract: what `bindPlugin` takes, and the contract that it is to be bound to. */
export interface ChosenPlugin {
  readonly contract: Contract;
  readonly exported: unknown;
}

/**
 * Which of the host's `offers` a plugin is of. It says so by `definePlugin`, or by a member `tenon` of the module or of the
 * object: `export const tenon = { contract: "demo:greeter/plugin@0.1.0" }`, with a `digest` where it is known. A list of
 * definitions is one plugin for several contracts. What says nothing is taken for one of the host's own contract, the first
 * offer. Throws contract-mismatch with both lists, artifact-invalid for a digest that is no text.
 */
export function choosePlugin(loaded: unknown, offers: readonly Contract[]): ChosenPlugin {
  const exported = isModule(loaded) ? (loaded.default ?? loaded) : loaded;
  const forms = (Array.isArray(exported) && exported.length > 0 ? exported : [exported]) as readonly unknown[];
  const stamps = forms.map((form) => stampOf(form) ?? stampOf(loaded));
  const own = { contract: offers[0]!, exported: forms[0] };
  if (stamps.every((stamp) => stamp === undefined)) return own;
  const contract = chooseContract(
    offers,
    stamps.filter((stamp) => stamp !== undefined),
    "the plugin",
  );
  const at = stamps.findIndex((stamp) => stamp !== undefined && findContract([contract], [stamp]) !== undefined);
  return { contract, exported: forms[at] };
}

function isModule(loaded: unknown): loaded is { readonly default?: unknown } {
  return Object.prototype.toString.call(loaded) === "[object Module]";
}

function stampOf(form: unknown): Stamp | undefined {
  if (isDefinition(form)) return { id: form.contract.id, digest: form.contract.digest };
  if ((typeof form !== "object" && typeof form !== "function") || form === null || !("tenon" in form)) return undefined;
  const { contract, digest } = (form.tenon ?? {}) as { readonly contract?: unknown; readonly digest?: unknown };
  // A contract may have an interface of this name.
  if (typeof contract !== "string") return undefined;
  if (digest === undefined || typeof digest === "string") return { id: contract, digest };
  throw new TenonError("artifact-invalid", "the digest in the plugin's `tenon` is no text", {
    hint: 'write tenon = { contract: "demo:greeter/plugin@0.1.0" }, with a digest where you have one',
    sideEffects: "none",
  });
}

/**
 * Binds a default export of any accepted form: a `definePlugin` value, a function of the host object, or a plain object
 * of interfaces. Rejects with function-missing or artifact-invalid; names every missing function. Whether it is of the
 * target's contract was asked before (`choosePlugin`).
 */
export async function bindPlugin(exported: unknown, target: BindTarget): Promise<BoundExports> {
  const host = importsObject(target);
  if (isDefinition(exported)) return bindFunctions(await exported.create(host), target);
  if (typeof exported === "function")
    return bindFunctions(await (exported as (host: unknown) => unknown)(host), target);
  return bindFunctions(exported, target);
}

function isDefinition(value: unknown): value is { contract: Contract; create: (host: unknown) => unknown } {
  if (typeof value !== "object" || value === null) return false;
  const { contract, create } = value as { contract?: Contract; create?: unknown };
  return typeof create === "function" && typeof contract?.digest === "string";
}

function importsObject({ imports, importOf }: BindTarget): Record<string, unknown> {
  const host: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const func of imports) {
    const { key } = func.interface;
    const owner = key === "" ? host : ((host[key] ??= Object.create(null)) as Record<string, unknown>);
    owner[camelCase(functionLabel(func.function.name))] = importOf(func);
  }
  return host;
}

function bindFunctions(exported: unknown, { exports, contract }: BindTarget): BoundExports {
  if (typeof exported !== "object" || exported === null) {
    throw new TenonError(
      "artifact-invalid",
      `the plugin's default export is ${exported === null ? "null" : typeof exported}`,
      {
        hint: "export default definePlugin(contract, (host) => ({ ... }))",
        sideEffects: "none",
      },
    );
  }
  const missing: string[] = [];
  const bound = exports.map((func) => {
    const { key } = func.interface;
    const owner = key === "" ? exported : (exported as Record<string, unknown>)[key];
    const own = findFunction(owner, func);
    if (own === undefined) missing.push(func.path);
    return own ?? (() => undefined);
  });
  if (missing.length === 0) return bound;
  throw new TenonError("function-missing", `the plugin does not implement ${missing.join(", ")} of ${contract.id}`, {
    sideEffects: "none",
  });
}

function findFunction(owner: unknown, func: FunctionRef): ((...args: unknown[]) => unknown) | undefined {
  const { kind, resource, name, result } = func.function;
  const member = camelCase(functionLabel(name));
  if (resource === undefined) return bindTo(owner, member);
  const made = (owner as Record<string, unknown> | undefined)?.[pascalCase(resource)] as
    | (new (...args: unknown[]) => unknown)
    | undefined;
  if (typeof made !== "function") return undefined;
  if (kind === "static") return bindTo(made, member);
  // A constructor that can fail is a static `create`, because `new` cannot return a result.
  if (kind === "constructor")
    return result?.kind === "result" ? bindTo(made, "create") : (...args) => new made(...args);
  const proto = made.prototype as Record<string, unknown>;
  return typeof proto[member] === "function" ? (self, ...args) => callMethod(self, made, member, args) : undefined;
}

function callMethod(self: unknown, made: new (...args: never) => unknown, member: string, args: unknown[]): unknown {
  if (self instanceof made) return (self as Record<string, (...args: unknown[]) => unknown>)[member]!(...args);
  throw new TenonError("handle-invalid", `${member} was called on something that is no ${made.name}`, {
    sideEffects: "none",
  });
}

/** The function itself for plain objects, whose functions are closures; bound where it may use `this`. */
function bindTo(owner: unknown, member: string): ((...args: unknown[]) => unknown) | undefined {
  const own = (owner as Record<string, unknown> | null | undefined)?.[member];
  if (typeof own !== "function") return undefined;
  const proto: unknown = Object.getPrototypeOf(owner);
  const isPlain = proto === Object.prototype || proto === null;
  return (isPlain ? own : own.bind(owner)) as (...args: unknown[]) => unknown;
}
