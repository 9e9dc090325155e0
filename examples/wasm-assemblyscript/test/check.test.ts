import { test } from "node:test";
import { missingFor } from "../../../scripts/scaffolds.mjs";

test("the AssemblyScript plugin behind wasm", { skip: missingFor("assemblyscript", "wasm") ?? false }, async () => {
  await import("../check.mjs");
});
