import assert from "node:assert/strict";
import { test } from "node:test";
import { generated, written } from "../generate.mjs";

test("src/generated is what the builder contract gives", () => {
  const [want, have] = [generated(), written()];
  assert.ok(want.size > 0);
  for (const [path, text] of want)
    assert.equal(have.get(path), text, `${path} is stale; run: npm run generate -w apps/builder`);
});
