import { test } from "node:test";
import { missingFor } from "../../../scripts/scaffolds.mjs";

test("the Go plugin behind wasm", { skip: missingFor("go", "wasm") ?? false }, async () => {
  await import("../check.mjs");
});
