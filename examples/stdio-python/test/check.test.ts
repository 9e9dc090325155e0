import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";

const isMissing = process.env["CI"] !== "true" && spawnSync("python3", ["-c", "pass"]).status !== 0;

test("the Python plugin without an SDK", { skip: isMissing && "python3 is not installed" }, async () => {
  await import("../check.mjs");
});
