// The imports, exports and contract section of a core module -> the proof that it fits the contract, before it is compiled.
import { coreSignature } from "@tenon/abi/canonical";
import type { CoreSignature } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";
import { contractMismatch, findContract } from "@tenon/host/driver";
import type { FunctionRef } from "@tenon/host/driver";
import { decodeCoreModule } from "@tenon/wasm";
import type { CoreExtern, CoreModule } from "@tenon/wasm";

/** The custom section that says which contract a module was built for. */
export const CONTRACT_SECTION = "tenon:contract";
/** Version of the naming below; core modules of component tools use the same names. */
const ABI = 1;
const MAX_SECTION_BYTES = 64 * 1024;
export const WASI_MODULE = "wasi_snapshot_preview1";

/** Where functions of the world itself are imported from. */
const ROOT = "$root";

/** `tenon:bench/work@0.1.0#add`; of the world itself just `add`. */
export function exportName(func: FunctionRef): string {
  return func.interface.id === "" ? func.function.name : `${func.interface.id}#${func.function.name}`;
}

/** The module and the name under which a guest imports a host function. */
export function importName(func: FunctionRef): { readonly module: string; readonly name: string } {
  return { module: func.interface.id === "" ? ROOT : func.interface.id, name: func.function.name };
}

export interface CheckTarget {
  readonly contract: Contract;
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
}

/**
 * Reads what the module says of itself. Throws artifact-invalid (no module, no contract section, wrong signatures),
 * contract-mismatch, function-missing (exports that the contract has), or capability-denied (imports that it has not).
 */
export function checkModule(bytes: Uint8Array, target: CheckTarget): { readonly usesWasi: boolean } {
  const module = decodeCoreModule(bytes);
  choose(bytes, module, [target.contract]);
  checkExports(module, target);
  return { usesWasi: checkImports(module, target) };
}

/** The one of `offers` that the module's section names. Throws artifact-invalid or contract-mismatch. */
export function chosenContract(bytes: Uint8Array, offers: readonly Contract[]): Contract {
  return choose(bytes, decodeCoreModule(bytes), offers);
}

function choose(bytes: Uint8Array, module: CoreModule, offers: readonly Contract[]): Contract {
  const section = module.customs.find(({ name }) => name === CONTRACT_SECTION);
  if (section === undefined) {
    throw invalid(
      `the module has no custom section \`${CONTRACT_SECTION}\``,
      'put {"package", "world", "version", "abi"} of its contract there',
    );
  }
  const said = readSection(bytes.subarray(section.start, Math.min(section.end, section.start + MAX_SECTION_BYTES)));
  const text = (key: string): string => (typeof said[key] === "string" ? said[key] : "?");
  if (said["abi"] !== ABI)
    throw invalid(`the module was built for abi ${String(said["abi"])} of core modules`, `this host knows abi ${ABI}`);
  const version = said["version"] === undefined ? "" : `@${text("version")}`;
  const id = `${text("package")}/${text("world")}${version}`;
  const stamp = { id, digest: said["digest"] === undefined ? undefined : text("digest") };
  const found = findContract(offers, [stamp]);
  // The names of its functions have the version in them.
  if (found?.id === id) return found;
  throw contractMismatch(offers, [stamp], "the module");
}

function readSection(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (thrown) {
    throw TenonError.from(thrown, "artifact-invalid", {
      hint: `mend the JSON in the section ${CONTRACT_SECTION}`,
      sideEffects: "none",
    });
  }
  if (typeof value !== "object" || value === null)
    throw invalid(`the section ${CONTRACT_SECTION} holds no object`, "put a JSON object there");
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function checkExports(module: CoreModule, { exports, contract }: CheckTarget): void {
  const missing = exports.filter((func) => !module.exports.has(exportName(func)));
  if (missing.length > 0) {
    throw new TenonError(
      "function-missing",
      `the plugin does not implement ${missing.map(({ path }) => path).join(", ")} of ${contract.id}`,
      {
        hint: `export them as ${missing
          .map((func) => `\`${exportName(func)}\``)
          .slice(0, 3)
          .join(", ")}`,
        sideEffects: "none",
      },
    );
  }
  for (const func of exports) {
    const wanted = coreSignature(func.function, "lift");
    const why = misfit(module.exports.get(exportName(func)), wanted);
    if (why !== undefined) throw invalid(`export \`${exportName(func)}\` ${why}`, "follow the canonical ABI");
  }
}

/** Every import must be one that the host offers; the engine would say so as well, but not what to do. */
function checkImports(module: CoreModule, { imports }: CheckTarget): boolean {
  let usesWasi = false;
  for (const { module: from, name, type } of module.imports) {
    if (from === WASI_MODULE) {
      usesWasi = true;
      continue;
    }
    const func = imports.find((one) => importName(one).module === from && importName(one).name === name);
    if (func === undefined) {
      throw new TenonError(
        "capability-denied",
        `the module imports \`${from}::${name}\`, which the contract does not offer`,
        {
          hint: "build it without this import, or add the function to the contract",
          sideEffects: "none",
        },
      );
    }
    const why = misfit(type, coreSignature(func.function, "lower"));
    if (why !== undefined) throw invalid(`import \`${from}::${name}\` ${why}`, "follow the canonical ABI");
  }
  return usesWasi;
}

function misfit(found: CoreExtern | undefined, wanted: CoreSignature): string | undefined {
  if (found?.kind !== "func") return "is no function";
  const show = (params: readonly string[], results: readonly string[]): string =>
    `(${params.join(" ")}) -> (${results.join(" ")})`;
  const is = show(found.type.params, found.type.results);
  const should = show(wanted.params, wanted.results);
  return is === should ? undefined : `is ${is}, and has to be ${should}`;
}

function invalid(what: string, hint: string): TenonError {
  return new TenonError("artifact-invalid", what, { hint, sideEffects: "none" });
}
