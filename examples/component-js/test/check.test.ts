import { test } from "node:test";
import { missingFor } from "../../../scripts/scaffolds.mjs";

test("the JavaScript plugin behind component", { skip: missingFor("js", "component") ?? false }, async () => {
  await import("../check.mjs");
});
