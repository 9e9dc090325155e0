// Builds the AssemblyScript plugin in the folder that `tenon new plugin` makes, loads it behind `wasm`, calls it, and says what came out: `node check.mjs`.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "tenon";
import { wasmDriver } from "tenon/wasm";
import { buildScaffold } from "../../scripts/scaffolds.mjs";
import { checkWords, contract, wit } from "../checks/words.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const folder = buildScaffold({
  lang: "assemblyscript",
  boundary: "wasm",
  wit,
  name: "words",
  files: { "assembly/plugin.ts": here("plugin.ts") },
});
const host = createHost({ drivers: [wasmDriver], validate: true });
try {
  const module = join(folder, "build/words.wasm");
  const { words } = await host.load(contract, { id: "words", boundary: "wasm", artifact: { module } });
  console.log("words in AssemblyScript:", await checkWords(words));
} finally {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
}
