// Builds the Rust plugin, uses it on the host's thread, on a thread of its own and in a process, and says what came out: `node check.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contractFromResolve, createHost, resolveWit, TenonError } from "tenon";
import { wasmDriver } from "tenon/wasm";
import { CARGO_TARGET_DIR, RUST_TARGET } from "../../scripts/rust-wasm.mjs";
import { buildCrate } from "../../scripts/scaffolds.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const wit = readFileSync(here("../../contracts/bench/bench.wit"), "utf8");
const contract = contractFromResolve(resolveWit(wit).resolve, 0);
buildCrate(here("."));
const module = join(CARGO_TARGET_DIR, RUST_TARGET, "release", "bench_by_hand.wasm");
const host = createHost({ drivers: [wasmDriver] });
try {
  for (const isolation of ["inline", "worker", "process"]) {
    const { work } = await host.load(contract, {
      id: `bench, ${isolation}`,
      boundary: "wasm",
      artifact: { module, isolation },
      imports: { host: { tick: (n) => n + 1 } },
    });
    assert.equal(await work.add(2 ** 31 - 1, 1), -(2 ** 31));
    assert.equal(await work.echo("dovetail \u{1fab5}"), "dovetail \u{1fab5}");
    assert.equal(await work.callbacks(10), 10);
    const data = Uint8Array.from({ length: 1 << 20 }, (_, index) => index % 251);
    assert.deepEqual(await work.bytes(data), data);
    const built = await work.build({ path: "/site", target: "out", args: ["-O"], env: [["LANG", "C"]] });
    assert.equal(built.artifact.length, 4096);
    assert.equal(built.artifact[1], 5 + 3 + 1 + 2 + 1);
    assert.ok(built.log.startsWith("/site...") && built.log.length === 256);
    await assert.rejects(work.add(1.5, 1), (error) => error instanceof TenonError && error.code === "value-invalid");
    console.log(`Rust, ${isolation}: everything answered`);
  }
} finally {
  await host.close();
}
