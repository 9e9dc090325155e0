// A contract and a core module that keeps its canonical names -> the module with the section that says which contract it is.
import { TenonError } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";
import { section, text } from "../binary/encode.ts";
import { decodeCoreModule } from "../core/module.ts";
import type { CoreModule } from "../core/module.ts";

/** The custom section from which the `wasm` boundary learns what a module was built for. */
export const CONTRACT_SECTION = "tenon:contract";
/** Of the naming of imports and exports. */
const ABI = 1;

/**
 * The module with a section `tenon:contract`; one that has it already comes back as it is. A module has no type names,
 * so the digest goes along: a host with another contract refuses it before it runs.
 * Throws `artifact-invalid` for what is no core module, and `function-missing` for exports that it lacks.
 */
export function moduleWithContract(contract: Contract, bytes: Uint8Array): Uint8Array {
  const module = decodeCoreModule(bytes);
  checkExports(contract, module);
  if (module.customs.some(({ name }) => name === CONTRACT_SECTION)) return bytes;
  // `<package>/<world>` and, for most packages, `@<version>`: the three parts of the id.
  const [, name = "", world = "", version] = /^(.*)\/([^/@]*)(?:@(.*))?$/.exec(contract.id) ?? [];
  const said = { package: name, world, ...(version !== undefined && { version }), abi: ABI, digest: contract.digest };
  const content = [...text(CONTRACT_SECTION), ...new TextEncoder().encode(JSON.stringify(said))];
  const added = section(0, content);
  const made = new Uint8Array(bytes.length + added.length);
  made.set(bytes);
  made.set(added, bytes.length);
  return made;
}

/** Throws `function-missing` with the exports that the contract has and the module has not. */
export function checkExports({ id, exports }: Contract, module: CoreModule): void {
  const names = exports.flatMap((owner) =>
    owner.functions.map((func) => (owner.id === "" ? func.name : `${owner.id}#${func.name}`)),
  );
  const missing = names.filter((name) => module.exports.get(name)?.kind !== "func");
  if (missing.length === 0) return;
  throw new TenonError("function-missing", `the module does not export ${missing.join(", ")} of ${id}`, {
    hint: "export its functions under these names",
    sideEffects: "none",
  });
}
