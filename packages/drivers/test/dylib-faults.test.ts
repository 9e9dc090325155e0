import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FAULT_WIT, runFaults } from "@tenon/verify/faults";
import { dylibDriver } from "tenon/dylib";
import { skipsOf } from "./faults-runs.ts";
import { build, COMPILERS, headerOf, lacks, type Compiler } from "./native-plugins.ts";

const [gcc] = COMPILERS as readonly [Compiler];
const SOURCE = fileURLToPath(new URL("../../verify/src/plugins/faults.c", import.meta.url));
const reason = lacks(gcc);

function library(kind: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tenon-faults-wit-"));
  try {
    const wit = join(folder, "faults.wit");
    writeFileSync(wit, FAULT_WIT);
    const { folder: include } = headerOf(wit, "faults");
    return build(gcc, SOURCE, include, kind === "start-spins" ? ["KIND_START_SPINS"] : []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (reason === false) {
  runFaults({
    driver: dylibDriver,
    title: "dylib in a process of its own",
    artifact: (kind) => ({ library: library(kind) }),
    skips: skipsOf(dylibDriver),
  });
} else {
  describe("faults of dylib", () => test("faults", { skip: reason }, () => {}));
}
