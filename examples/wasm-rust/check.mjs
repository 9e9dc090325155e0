// Builds the Rust plugin, uses it on the host's thread, on a thread of its own and in a process, and says what came out: `node check.mjs`.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "tenon";
import { wasmDriver } from "tenon/wasm";
import { CARGO_TARGET_DIR, RUST_TARGET } from "../../scripts/rust-wasm.mjs";
import { buildCrate } from "../../scripts/scaffolds.mjs";
import { checkWork, contract, imports } from "../checks/work.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
buildCrate(here("."));
const module = join(CARGO_TARGET_DIR, RUST_TARGET, "release", "bench_by_hand.wasm");
const host = createHost({ drivers: [wasmDriver] });
try {
  for (const isolation of ["inline", "worker", "process"]) {
    const { work } = await host.load(contract, {
      id: `bench, ${isolation}`,
      boundary: "wasm",
      artifact: { module, isolation },
      imports,
    });
    await checkWork(work);
    console.log(`Rust, ${isolation}: everything answered`);
  }
} finally {
  await host.close();
}
