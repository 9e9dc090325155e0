import { test } from "node:test";

test("an editor's hooks in Lua", async () => {
  await import("../check.mjs");
});
