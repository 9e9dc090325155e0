import { spawnSync } from "node:child_process";
import { test } from "node:test";

const runs = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;
const isMissing = !runs("clang") || !runs("wasm-ld");

test("the C plugin as a core module", { skip: isMissing && "clang or wasm-ld is not installed" }, async () => {
  await import("../check.mjs");
});
