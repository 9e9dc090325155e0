import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generated, TARGET } from "../generate.mjs";

test("the generated contract is what the WIT gives today", () => {
  assert.equal(readFileSync(TARGET, "utf8"), generated(), "run: node packages/verify/generate.mjs, then build");
});
