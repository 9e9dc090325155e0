// Host functions of a contract -> the imports of a component, under the names and versions that the component uses.
import { TenonError } from "@tenon/contract/core";
import type { FunctionRef, OpenContext } from "@tenon/host/driver";
import { isSameInterface } from "@tenon/wasm";
import type { HostImport, LinkPlan } from "@tenon/wasm";

/** When the running call has to be over, on the clock of `performance.now()`. */
export interface CallClock {
  deadline: number;
}

/** The imports that the contract's host functions serve, and those that `extra` does. */
export function importsOf(
  plan: LinkPlan,
  { imports, hostFunctions }: Pick<OpenContext, "imports" | "hostFunctions">,
  extra: Readonly<Record<string, HostImport>>,
  clock: CallClock,
): Map<string, HostImport> {
  const supplied = new Map<string, HostImport>();
  for (const { id } of plan.world.imports) {
    const other = extraFor(id, extra);
    if (other !== undefined) supplied.set(id, other);
    const functions = imports.filter((func) => isSameInterface(func.interface.id, id));
    if (functions.length === 0 || other !== undefined) continue;
    const made = Object.create(null) as Record<string, HostImport>;
    for (const name of functions[0]?.interface.resources ?? []) made[name] = { resource: {} };
    for (const func of functions) made[func.function.name] = timed(func, hostFunctions[func.index]!, clock);
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

/** A host function that ends the call when its time is over, and that must answer at once unless it is async. */
function timed(
  { path, function: { isAsync } }: FunctionRef,
  call: (...args: readonly unknown[]) => unknown,
  clock: CallClock,
): (...args: unknown[]) => unknown {
  return (...args) => {
    if (clock.deadline !== Infinity && performance.now() > clock.deadline) {
      throw new TenonError("deadline-exceeded", "the plugin was still calling the host when its time was over");
    }
    const value = call(...args);
    if (!isAsync && typeof (value as PromiseLike<unknown> | undefined)?.then === "function") throw slow(path, value);
    return value;
  };
}

function slow(path: string, promise: unknown): TenonError {
  // Nobody waits for it any more; a rejection must not end the process.
  (promise as Promise<unknown>).then(undefined, () => undefined);
  return new TenonError("boundary-unsupported", `the host function ${path} answered with a promise`, {
    hint: "a component on the host's thread needs its answers at once; make the function synchronous",
    call: path,
  });
}
