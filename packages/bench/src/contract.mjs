// The generated contract, held against contracts/bench/bench.wit; the guests load only the generated one, as plugins do.
import { readFileSync } from "node:fs";
import { contractFromResolve, resolveWit, selectWorld } from "@tenon/contract";
import { plugin as generated } from "./generated/plugin.js";

export function loadBenchContract() {
  const { digest } = loadContract("bench");
  if (digest === generated.digest) return generated;
  throw new Error(
    "src/generated is stale: npx tenon codegen contracts/bench/bench.wit --js --runtime @tenon/contract/core --out packages/bench/src/generated",
  );
}

/** The world `plugin` of contracts/NAME, or of a version of it that is frozen. */
export function loadContract(name, frozen) {
  const wit = new URL(
    `../../../contracts/${name}/${frozen === undefined ? "" : `frozen/${frozen}/`}${name}.wit`,
    import.meta.url,
  );
  const { resolve, rootPackage } = resolveWit(readFileSync(wit, "utf8"), { path: `${name}.wit` });
  return contractFromResolve(resolve, selectWorld(resolve, rootPackage, "plugin"));
}
