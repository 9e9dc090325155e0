import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";

const isMissing = process.env["CI"] !== "true" && spawnSync("bash", ["-c", "true"]).status !== 0;

test("the plugin in bash", { skip: isMissing && "bash is not installed" }, async () => {
  await import("../check.mjs");
});
