// Which sample projects this machine can build; a missing toolchain is a reasoned skip, and a failure in CI.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { readManifest } from "@tenon/registry";
import { lackOf } from "../dist/host/required-program.js";
import { findProgram } from "../dist/index.js";

const NEEDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  matcher: [["cargo"]],
  squeeze: [["python3"], ["clang", "gcc", "cc"]],
  circuit: [["go"]],
  sudoku: [["g++", "clang++", "c++"]],
};

/** Skips the test where one of the tools is missing. */
export function skipsWithout(t: TestContext, project: string): boolean {
  const missing = (NEEDS[project] ?? []).find((names) => names.every((name) => findProgram(name) === undefined));
  const reason = missing === undefined ? lackOfPlugin(project) : `${missing.join(", ")} is not installed`;
  if (reason === undefined) return false;
  assert.notEqual(process.env["CI"], "true", reason);
  t.skip(reason);
  return true;
}

/** The Go plugin is compiled when it starts, which takes a new enough Go and its modules. */
function lackOfPlugin(project: string): string | undefined {
  if (project !== "circuit") return undefined;
  const folder = fileURLToPath(new URL("../plugins/go", import.meta.url));
  return readManifest(join(folder, "tenon.json")).requires.map((required) => lackOf(required, folder))[0];
}
