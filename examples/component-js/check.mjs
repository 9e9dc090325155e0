// Builds the JavaScript plugin in the folder that `tenon new plugin` makes, loads it behind `component`, calls it, and says what came out: `node check.mjs`.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "tenon";
import { componentDriver } from "tenon/component";
import { buildScaffold } from "../../scripts/scaffolds.mjs";
import { checkWords, contract, wit } from "../checks/words.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const folder = buildScaffold({
  lang: "js",
  boundary: "component",
  wit,
  name: "words",
  files: { "src/plugin.js": here("plugin.js") },
});
const host = createHost({ drivers: [componentDriver], validate: true });
try {
  const module = join(folder, "build/words.wasm");
  const { words } = await host.load(contract, { id: "words", boundary: "component", artifact: { module } });
  console.log("words in JavaScript:", await checkWords(words));
} finally {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
}
