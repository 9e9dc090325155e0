// Builds the Rust plugin, wraps it as a component and as a core module, calls both, and says what came out: `node check.mjs`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "tenon";
import { componentDriver } from "tenon/component";
import { wasmDriver } from "tenon/wasm";
import { moduleComponent, moduleWithContract } from "@tenon/wasm/encode";
import { CARGO_TARGET_DIR, RUST_TARGET } from "../../scripts/rust-wasm.mjs";
import { buildCrate } from "../../scripts/scaffolds.mjs";
import { checkWords, contract } from "../checks/words.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

buildCrate(here("."));
const core = readFileSync(join(CARGO_TARGET_DIR, RUST_TARGET, "release", "words.wasm"));
// What `tenon wrap words.wasm --wit words.wit -o ...` does.
const modules = { component: moduleComponent(contract, core), wasm: moduleWithContract(contract, core) };

const host = createHost({ drivers: [componentDriver, wasmDriver], validate: true });
try {
  for (const [boundary, module] of Object.entries(modules)) {
    const { words } = await host.load(contract, { id: `words-${boundary}`, boundary, artifact: { module } });
    console.log(`words in Rust behind ${boundary} (${module.length} bytes):`, await checkWords(words));
  }
} finally {
  await host.close();
}
