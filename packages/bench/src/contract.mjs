// contracts/bench/bench.wit -> the contract, read by the project's own front end.
import { readFileSync } from "node:fs";
import { contractFromResolve, resolveWit, selectWorld } from "@tenon/contract";

const wit = new URL("../../../contracts/bench/bench.wit", import.meta.url);

export function loadBenchContract() {
  const { resolve, rootPackage } = resolveWit(readFileSync(wit, "utf8"), { path: "bench.wit" });
  return contractFromResolve(resolve, selectWorld(resolve, rootPackage, "plugin"));
}
