import { test } from "node:test";
import { missingFor } from "../../../scripts/scaffolds.mjs";

test("the Rust plugin with the canonical ABI by hand", { skip: missingFor("rust", "wasm") ?? false }, async () => {
  await import("../check.mjs");
});
