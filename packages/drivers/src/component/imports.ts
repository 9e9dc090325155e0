// Host functions of a contract -> the imports of a component, under the names and versions that the component uses.
import { TenonError } from "@tenon/contract/core";
import type { FunctionRef, HostFunction } from "@tenon/host/driver";
import { isSameInterface } from "@tenon/wasm";
import type { HostImport, LinkPlan } from "@tenon/wasm";

type Call = (...args: unknown[]) => unknown;

export interface ImportSources {
  readonly imports: readonly FunctionRef[];
  readonly hostFunctions: readonly HostFunction[];
  /** What the operator supplies, before anything else. */
  readonly extra: Readonly<Record<string, HostImport>>;
  /** WASI, by the ids that the component uses. */
  readonly wasi: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The imports that the contract's host functions serve, those that `extra` does, and WASI. */
export function importsOf(plan: LinkPlan, sources: ImportSources): Map<string, HostImport> {
  const supplied = new Map<string, HostImport>();
  for (const { id } of plan.world.imports) {
    const other = extraFor(id, sources.extra) ?? (sources.wasi[id] as HostImport | undefined);
    if (other !== undefined) {
      supplied.set(id, other);
      continue;
    }
    const functions = sources.imports.filter((func) => isSameInterface(func.interface.id, id));
    if (functions.length === 0) continue;
    const made = Object.create(null) as Record<string, HostImport>;
    for (const name of functions[0]?.interface.resources ?? []) made[name] = { resource: {} };
    for (const func of functions) made[func.function.name] = answering(func, sources.hostFunctions[func.index]!);
    if (id !== "") supplied.set(id, made);
    else for (const [name, one] of Object.entries(made)) supplied.set(name, one);
  }
  return supplied;
}

/** The id under which `extra` supplies an import of the component; undefined where it does not. */
export function extraFor(id: string, extra: Readonly<Record<string, HostImport>>): HostImport | undefined {
  if (Object.hasOwn(extra, id)) return extra[id];
  const key = Object.keys(extra).find((one) => isSameInterface(one, id));
  return key === undefined ? undefined : extra[key];
}

/** A host function that must answer at once unless it is async; a promise is an answer where a future is asked for. */
function answering({ path, function: { isAsync, result } }: FunctionRef, call: HostFunction): Call {
  if (isAsync || result?.kind === "future") return call;
  return (...args) => {
    const value = call(...args);
    if (typeof (value as PromiseLike<unknown> | undefined)?.then === "function") throw slow(path, value);
    return value;
  };
}

function slow(path: string, promise: unknown): TenonError {
  // Nobody waits for it any more; a rejection must not end the process.
  (promise as Promise<unknown>).then(undefined, () => undefined);
  return new TenonError("boundary-unsupported", `the host function ${path} answered with a promise`, {
    hint: "a component on the host's thread needs its answers at once; make the function synchronous, or run it in a worker",
    call: path,
  });
}
