// A contract's imports -> host functions for the command line: those of `--imports`, and stand-ins for the rest.
import process from "node:process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { formatWave } from "@tenon/abi";
import { camelCase, describeThrown, functionLabel, TenonError, type Contract } from "@tenon/contract";
import type { Caller, HostFunctions } from "@tenon/host";
import { indexFunctions, type FunctionRef } from "@tenon/host/driver";
import { safe } from "../safe-text.ts";
import { complain, paintFor } from "../terminal.ts";
import { statOf } from "../foreign-file.ts";

type Functions = Record<string, unknown>;

/**
 * A function that only tells the host something is printed to standard error; one that must answer fails and says how
 * to give it. `module` is the path of a module whose default export has the functions, or makes them for a caller.
 */
export async function hostFunctions(
  contract: Contract,
  caller: Caller,
  module?: string,
): Promise<HostFunctions<unknown>> {
  const given = module === undefined ? {} : await loadGiven(module, caller);
  const functions = Object.create(null) as Functions;
  for (const func of indexFunctions(contract.imports)) {
    const { key } = func.interface;
    const name = camelCase(functionLabel(func.function.name));
    const owner = key === "" ? given : (given[key] as Functions | undefined);
    const own = owner?.[name];
    const target = key === "" ? functions : ((functions[key] ??= Object.create(null)) as Functions);
    target[name] = typeof own === "function" ? (own.bind(owner) as unknown) : standIn(func);
  }
  return functions;
}

function standIn(func: FunctionRef): (...args: unknown[]) => void {
  const { params, result } = func.function;
  return (...args) => {
    if (result !== undefined) {
      throw new TenonError(
        "host-function-failed",
        `the plugin called ${func.path}, and the command line has no such host function`,
        {
          hint: "give it with --imports MODULE",
          sideEffects: "none",
        },
      );
    }
    const texts = params.map(({ type }, index) => formatWave(type, args[index]));
    complain(safe(`${paintFor(process.stderr).dim("host")} ${func.path}(${texts.join(", ")})`));
  };
}

async function loadGiven(module: string, caller: Caller): Promise<Functions> {
  const path = resolve(module);
  const stat = statOf(path);
  if (stat !== undefined && !stat.isFile())
    throw new TenonError("config-invalid", `--imports ${module} is no file`, {
      hint: "name the module",
      sideEffects: "none",
    });
  let main: unknown;
  try {
    main = ((await import(stat === undefined ? module : pathToFileURL(path).href)) as { readonly default?: unknown })
      .default;
    if (typeof main === "function") main = await (main as (caller: Caller) => unknown)(caller);
  } catch (cause) {
    throw new TenonError("config-invalid", `--imports ${module} does not load: ${describeThrown(cause)}`, {
      cause,
      sideEffects: "none",
    });
  }
  if (typeof main === "object" && main !== null) return main as Functions;
  throw new TenonError("config-invalid", `--imports ${module} has no default export with host functions`, {
    hint: "export default { <interface>: { <function>() { ... } } }",
    sideEffects: "none",
  });
}
