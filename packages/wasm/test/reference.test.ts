// The component model's reference tests, where somebody has them and the assembler: TENON_COMPONENT_TESTS names the folder.
//   TENON_COMPONENT_TESTS=/path/to/component-model/test node --import tsx --test packages/wasm/test/reference.test.ts
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { canSuspend } from "@tenon/wasm";

const folder = process.env["TENON_COMPONENT_TESTS"];
const assembler = new URL("../oracle/node_modules/", import.meta.url);
const why =
  folder === undefined
    ? "TENON_COMPONENT_TESTS names no folder with the reference tests"
    : existsSync(assembler)
      ? false
      : "the assembler is not installed: npm ci in packages/wasm/oracle";
/** What Node 20 cannot compile, whoever links it: several memories, and exceptions in their final form. */
const NEEDS_NEW_ENGINE = ["linking/tags.wast", "linking/unit.wast", "validation/instantiation.wast"];

describe("reference tests of the component model", { skip: why }, () => {
  if (folder === undefined || why !== false) return;
  for (const part of ["binary", "validation", "values", "resources", "linking"]) {
    for (const name of readdirSync(join(folder, part)).filter((one) => one.endsWith(".wast"))) {
      const path = `${part}/${name}`;
      const skip = NEEDS_NEW_ENGINE.includes(path) && !canSuspend() ? "needs a newer engine than this Node has" : false;
      test(path, { skip }, async () => {
        const { runFile } = (await import("../oracle/assemble.mjs")) as {
          runFile: (text: string) => Promise<{ failed: number; passed: number; failures: unknown }>;
        };
        const score = await runFile(readFileSync(join(folder, path), "utf8"));
        assert.deepEqual(score.failures, []);
        assert.ok(score.passed > 0);
      });
    }
  }
});
