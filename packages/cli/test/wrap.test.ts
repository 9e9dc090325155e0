// `tenon wrap` refuses what is no plugin. What it makes is tested with the scaffolds that use it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tenon } from "./run.ts";
import { folder, WIT } from "./scaffolds.ts";

test("tenon wrap names what a module lacks, and what is no module", async () => {
  const bare = join(folder, "bare.wasm");
  writeFileSync(bare, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const out = join(folder, "out.wasm");
  for (const to of ["component", "wasm"]) {
    const lacking = await tenon(["wrap", bare, "--wit", WIT, "--to", to, "-o", out, "--json"]);
    const { code, what } = JSON.parse(lacking.out) as { readonly code: string; readonly what: string };
    assert.deepEqual([code, lacking.code], ["function-missing", 1]);
    assert.match(what, /tenon:conformance\/values@0\.1\.0#nothing/);
    const text = await tenon(["wrap", WIT, "--wit", WIT, "--to", to, "-o", out]);
    assert.match(text.err, /\[artifact-invalid\]/);
  }
  assert.throws(() => readFileSync(out), { code: "ENOENT" });
  const gone = await tenon(["wrap", join(folder, "gone.wasm"), "--wit", WIT, "-o", out]);
  assert.match(gone.err, /\[file-missing\]/);
});
