// AssemblyScript can export identifiers only: this gives the exports their canonical names, and the module its contract.
import { readFileSync } from "node:fs";
import { Transform } from "assemblyscript/transform";

const { contract, exports } = JSON.parse(readFileSync(new URL("canonical.json", import.meta.url), "utf8"));

export default class extends Transform {
  afterCompile(module) {
    for (const [name, canonical] of Object.entries(exports)) {
      module.removeExport(name);
      module.addFunctionExport(`assembly/exports/${name}`, canonical);
    }
    module.addCustomSection("tenon:contract", new TextEncoder().encode(JSON.stringify(contract)));
  }
}
