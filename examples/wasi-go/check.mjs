// Builds the Go plugin in the folder that `tenon new plugin` makes, loads it behind `wasm`, calls it, and says what came out: `node check.mjs`.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contractFromResolve, createHost, resolveWit, TenonError } from "tenon";
import { wasmDriver } from "tenon/wasm";
import { buildScaffold } from "../../scripts/scaffolds.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const wit = here("../stdio-python/words.wit");
const contract = contractFromResolve(resolveWit(readFileSync(wit, "utf8")).resolve, 0);
const text = "The tongue of wood that fits the mortise: the joint holds without glue, and comes apart again.";

const folder = buildScaffold({
  lang: "go",
  boundary: "wasm",
  wit,
  name: "words",
  files: { "plugin.go": here("plugin.go") },
});
const host = createHost({ drivers: [wasmDriver], validate: true });
try {
  const module = join(folder, "build/words.wasm");
  const { words } = await host.load(contract, { id: "words", boundary: "wasm", artifact: { module } });
  assert.equal(await words.count(text), 17);
  assert.deepEqual(await words.mostCommon(text, 1), [["the", 3]]);
  assert.deepEqual(await words.mostCommon("b a b \u00fc", 9), [
    ["b", 2],
    ["a", 1],
    ["\u00fc", 1],
  ]);
  await assert.rejects(words.count(17), (error) => error instanceof TenonError && error.code === "value-invalid");
  for (let length = 0; length < 100; length++) assert.equal(await words.count("word ".repeat(length)), length);
  console.log("words in Go: 17 words, the most common one is", (await words.mostCommon(text, 1))[0]);
} finally {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
}
