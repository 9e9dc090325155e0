// One mechanism of sandboxes -> a column of the matrix of capabilities for every boundary that starts processes.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { groupReport, hasSandbox, mechanismReports, type MechanismReport } from "@tenon/drivers/sandbox";
import type { SandboxNeeds } from "@tenon/policy";
import { wasmDriver } from "tenon/wasm";
import { native, processes, tryColumn, using, type Column } from "./matrix-columns.ts";
import { probeModule } from "./probe-guest.ts";

/** Where the probes in JavaScript find what they import. */
const FOLDER = fileURLToPath(new URL("../../..", import.meta.url));

const confined: Readonly<Record<string, Column>> = {
  ...processes,
  // It keeps its guest by itself; the sandbox is around what keeps it.
  "wasm process": {
    driver: wasmDriver,
    artifact: { module: probeModule(), isolation: "process", fuel: 0 },
    nameOf: (name) => name,
  },
};

/** Where the machine does not let it work, one test says so, and is skipped. */
export function tryMechanism(id: MechanismReport["id"]): void {
  test("the columns of native code are tried", { skip: native }, () => {});
  const { works, detail, isInstalled } = mechanismReports().find((one) => one.id === id)!;
  // A machine may refuse what is installed; that something was not installed is CI's mistake.
  const isExcused = !works && !(process.env["CI"] === "true" && !isInstalled);
  const skip = isExcused && `${id} does not work here: ${detail}`;
  test(`${id} works here, so that its columns are tried`, { skip }, () => assert.ok(works, detail));
  if (!works) return;
  for (const [name, column] of Object.entries(confined)) {
    const has = (needs: SandboxNeeds): boolean => using(id, () => hasSandbox(needs));
    const sandboxed = { sandbox: "required", hasSandbox: has } as const;
    // Where it counts, a runtime counts too, with what it reads of its own program.
    const memoryMiB = groupReport().works ? 192 : 32;
    tryColumn(`${name} in ${id}`, { ...column, folder: FOLDER, mechanism: id, sandboxed, memoryMiB });
  }
}
