// plugin.js -> a component: the program, the contract, and a JavaScript engine to run it, in one file.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { componentize } from "@bytecodealliance/componentize-js";

const [out] = process.argv.slice(2);
const { component } = await componentize({
  sourcePath: "src/plugin.js",
  witPath: "contract.wit",
  // No clocks, random numbers, files or network: the component imports what its contract says and nothing else.
  disableFeatures: ["random", "stdio", "clocks", "http", "fetch-event"],
});
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, component);
