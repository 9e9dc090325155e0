// Loads the Python plugin, uses it, and says what came out: `node check.mjs`.
import { fileURLToPath } from "node:url";
import { createHost } from "tenon";
import { stdioDriver } from "tenon/stdio";
import { checkWords, contract } from "../checks/words.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const host = createHost({ drivers: [stdioDriver] });
try {
  const { words } = await host.load(contract, {
    id: "words",
    boundary: "stdio",
    artifact: { command: ["python3", here("plugin.py")] },
  });
  console.log("words in Python:", await checkWords(words));
} finally {
  await host.close();
}
