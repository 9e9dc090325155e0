// Builds the C plugin, uses it on the host's thread, on a thread of its own and in a process, and says what came out: `node check.mjs`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "tenon";
import { wasmDriver } from "tenon/wasm";
import { checkWork, contract, imports } from "../checks/work.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const FLAGS = [
  "--target=wasm32",
  "-O2",
  "-nostdlib",
  "-ffreestanding",
  "-mbulk-memory",
  "-Wl,--no-entry,--strip-debug",
];

const folder = mkdtempSync(join(tmpdir(), "tenon-wasm-c-"));
const module = join(folder, "plugin.wasm");
const host = createHost({ drivers: [wasmDriver] });
try {
  execFileSync("clang", [...FLAGS, "-o", module, here("plugin.c")], { stdio: "inherit" });
  for (const isolation of ["inline", "worker", "process"]) {
    const { work } = await host.load(contract, {
      id: `bench, ${isolation}`,
      boundary: "wasm",
      artifact: { module, isolation },
      imports,
    });
    await checkWork(work);
    console.log(`C, ${isolation}: everything answered`);
  }
} finally {
  await host.close();
  rmSync(folder, { recursive: true });
}
