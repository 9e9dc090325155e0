// Which sample projects this machine can build; a missing toolchain is a reasoned skip, and a failure in CI.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
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
  if (missing === undefined) return false;
  const reason = `${missing.join(", ")} is not installed`;
  assert.notEqual(process.env["CI"], "true", reason);
  t.skip(reason);
  return true;
}
