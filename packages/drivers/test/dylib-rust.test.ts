import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { stdioDriver } from "@tenon/drivers/stdio";
import { runConformance, type ArtifactKind, type Skip } from "@tenon/verify";
import { dylibDriver } from "tenon/dylib";
import { HOLDS_THREAD, NO_CANCELLATION } from "./dylib-skips.ts";
import { trustOf } from "./native-plugins.ts";
import { buildRust, rustCompilers } from "./rust-plugins.ts";

const COMPILES: Skip = {
  case: "load/a plugin that lacks functions is refused with their names",
  reason: "Rust does not compile a trait that is implemented in part",
};
const compilers = process.platform === "linux" ? rustCompilers() : [];

if (process.env["CI"] === "true") {
  test("there are two Rust compilers", () => assert.ok(compilers.length >= 2, "CI installs another beside the first"));
}
if (compilers.length === 0) {
  describe("dylib in Rust", () => test("conformance", { skip: "there is no rustc, or this is not Linux" }, () => {}));
}

for (const compiler of compilers.slice(0, 2)) {
  runConformance({
    driver: dylibDriver,
    title: `dylib inline, built by ${compiler.version}`,
    isolation: "inline",
    artifact: (kind: ArtifactKind) => {
      const library = join(buildRust(compiler, kind), "libconformance.so");
      return { library, trusted: trustOf(library) };
    },
    skips: [...HOLDS_THREAD, NO_CANCELLATION, COMPILES],
  });
}

const [first] = compilers;
if (first !== undefined) {
  const ONE_THREAD = "the program serves one call at a time";
  runConformance({
    driver: stdioDriver,
    title: "stdio, the same Rust source as a program",
    artifact: (kind: ArtifactKind) => ({ command: [join(buildRust(first, kind), "conformance")] }),
    skips: [
      NO_CANCELLATION,
      COMPILES,
      { case: "load/a plugin that never becomes ready is given up in time", reason: "the C plugin shows it" },
      { case: "crash/every call in flight rejects once, and the next one finds a new plugin", reason: ONE_THREAD },
    ],
  });
}
