import { test } from "node:test";
import { missingFor } from "../../../scripts/scaffolds.mjs";

test(
  "the Rust plugin as a component and as a core module",
  { skip: missingFor("rust", "component") ?? false },
  async () => {
    await import("../check.mjs");
  },
);
