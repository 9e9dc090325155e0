// The generated contract, held against contracts/bench/bench.wit; the guests load only the generated one, as plugins do.
import { readFileSync } from "node:fs";
import { contractFromResolve, resolveWit, selectWorld } from "@tenon/contract";
import { plugin as generated } from "./generated/plugin.js";

const wit = new URL("../../../contracts/bench/bench.wit", import.meta.url);

export function loadBenchContract() {
  const { resolve, rootPackage } = resolveWit(readFileSync(wit, "utf8"), { path: "bench.wit" });
  const { digest } = contractFromResolve(resolve, selectWorld(resolve, rootPackage, "plugin"));
  if (digest === generated.digest) return generated;
  throw new Error(
    "src/generated is stale: npx tenon codegen contracts/bench/bench.wit --js --runtime @tenon/contract/core --out packages/bench/src/generated",
  );
}
