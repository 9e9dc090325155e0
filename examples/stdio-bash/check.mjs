// Loads the bash plugin, uses it, and says what came out: `node check.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { contractFromResolve, createHost, resolveWit } from "tenon";
import { stdioDriver } from "tenon/stdio";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const contract = contractFromResolve(resolveWit(readFileSync(here("disk.wit"), "utf8")).resolve, 0);

const logged = [];
const host = createHost({ drivers: [stdioDriver], onLog: (entry) => logged.push(entry.text) });
try {
  const { disk } = await host.load(contract, {
    id: "disk",
    boundary: "stdio",
    artifact: { command: ["bash", here("plugin.sh")] },
  });
  const free = await disk.freeKib("/");
  assert.equal(free.tag, "ok");
  assert.ok(free.val > 0n);
  assert.equal((await disk.freeKib('/no/such "place"')).tag, "err");
  assert.equal((await disk.freeKib("/no/such/place")).tag, "err");
  assert.equal((await disk.freeKib("-h; echo")).tag, "err");
  console.log(`free space by bash: ${free.val} KiB at /; df said on the way: ${logged[0]}`);
} finally {
  await host.close();
}
