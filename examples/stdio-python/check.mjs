// Loads the Python plugin, uses it, and says what came out: `node check.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { contractFromResolve, createHost, resolveWit, TenonError } from "tenon";
import { stdioDriver } from "tenon/stdio";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const contract = contractFromResolve(resolveWit(readFileSync(here("words.wit"), "utf8")).resolve, 0);
const text = "The tongue of wood that fits the mortise: the joint holds without glue, and comes apart again.";

const host = createHost({ drivers: [stdioDriver] });
try {
  const { words } = await host.load(contract, {
    id: "words",
    boundary: "stdio",
    artifact: { command: ["python3", here("plugin.py")] },
  });
  assert.equal(await words.count(text), 17);
  assert.deepEqual(await words.mostCommon(text, 1), [["the", 3]]);
  // A wrong value is refused before it leaves the host; the plugin never sees it.
  await assert.rejects(words.count(17), (error) => error instanceof TenonError && error.code === "value-invalid");
  const all = await Promise.all(Array.from({ length: 100 }, (_, index) => words.count("word ".repeat(index))));
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, index) => index),
  );
  console.log("words in Python: 17 words, the most common one is", (await words.mostCommon(text, 1))[0]);
} finally {
  await host.close();
}
