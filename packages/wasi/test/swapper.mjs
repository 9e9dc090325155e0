// Swaps a directory for a symlink and back as fast as it can, until its input ends: `node swapper.mjs FOLDER`.
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const at = (name) => join(folder, name);
const END_MS = performance.now() + 60_000;

let swaps = 0;
writeFileSync(at("../swaps"), "0");
process.stdout.write("ready\n");
while (!existsSync(at("../stop")) && performance.now() < END_MS) {
  for (let round = 0; round < 50; round++) {
    renameSync(at("d"), at("kept"));
    renameSync(at("link"), at("d"));
    renameSync(at("d"), at("link"));
    renameSync(at("kept"), at("d"));
    swaps += 2;
  }
  writeFileSync(at("../swaps"), String(swaps));
}
