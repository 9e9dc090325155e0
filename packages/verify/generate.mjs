// contracts/conformance -> src/generated/conformance.ts: `node packages/verify/generate.mjs`, after a change of the WIT.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { generateTypeScript, resolveWit } from "@tenon/contract";

const WIT = fileURLToPath(new URL("../../contracts/conformance/conformance.wit", import.meta.url));
export const TARGET = fileURLToPath(new URL("src/generated/conformance.ts", import.meta.url));

/** The text that the file should have. */
export function generated() {
  const { resolve } = resolveWit(readFileSync(WIT, "utf8"), { path: "contracts/conformance/conformance.wit" });
  const world = resolve.worlds.findIndex(({ name }) => name === "plugin");
  const { files } = generateTypeScript(resolve, world, { runtimeModule: "@tenon/contract/core" });
  return files[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, generated());
