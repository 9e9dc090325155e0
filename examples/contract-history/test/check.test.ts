import { test } from "node:test";

test("plugins of three major versions in a host of the newest", async () => {
  await import("../check.mjs");
});
