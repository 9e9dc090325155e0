// Builds the Rust plugin, wraps it as a component and as a core module, calls both, and says what came out: `node check.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contractFromResolve, createHost, resolveWit, TenonError } from "tenon";
import { componentDriver } from "tenon/component";
import { wasmDriver } from "tenon/wasm";
import { moduleComponent, moduleWithContract } from "@tenon/wasm/encode";
import { CARGO_TARGET_DIR, RUST_TARGET } from "../../scripts/rust-wasm.mjs";
import { buildCrate } from "../../scripts/scaffolds.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const contract = contractFromResolve(resolveWit(readFileSync(here("../stdio-python/words.wit"), "utf8")).resolve, 0);
const text = "The tongue of wood that fits the mortise: the joint holds without glue, and comes apart again.";

buildCrate(here("."));
const core = readFileSync(join(CARGO_TARGET_DIR, RUST_TARGET, "release", "words.wasm"));
// What `tenon wrap words.wasm --wit words.wit -o ...` does.
const modules = { component: moduleComponent(contract, core), wasm: moduleWithContract(contract, core) };

const host = createHost({ drivers: [componentDriver, wasmDriver], validate: true });
try {
  for (const [boundary, module] of Object.entries(modules)) {
    const { words } = await host.load(contract, { id: `words-${boundary}`, boundary, artifact: { module } });
    assert.equal(await words.count(text), 17);
    assert.deepEqual(await words.mostCommon(text, 1), [["the", 3]]);
    assert.deepEqual(await words.mostCommon("b a b \u00dc", 9), [
      ["b", 2],
      ["a", 1],
      ["\u00fc", 1],
    ]);
    await assert.rejects(words.count(17), (error) => error instanceof TenonError && error.code === "value-invalid");
    for (let length = 0; length < 100; length++) assert.equal(await words.count("word ".repeat(length)), length);
    console.log(`words in Rust behind ${boundary} (${module.length} bytes):`, (await words.mostCommon(text, 1))[0]);
  }
} finally {
  await host.close();
}
