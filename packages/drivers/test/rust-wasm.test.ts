// The crate of sdks/rust: the source that is a shared library and a program elsewhere, as WebAssembly.
import process from "node:process";
import { describe, test } from "node:test";
import { componentDriver } from "@tenon/drivers/component";
import { wasmDriver } from "@tenon/drivers/wasm";
import { moduleComponent } from "@tenon/wasm/encode";
import { conformanceContract, runConformance, type Skip } from "@tenon/verify";
import { HOLDS_THREAD, LOADS, NO_CANCELLATION } from "./dylib-skips.ts";
import { buildRustWasm } from "./rust-plugins.ts";

const NO_SYSTEM = "std of wasm32-unknown-unknown has no clock, no output, no exit and no words of a panic";
const wasm: readonly Skip[] = [
  ...HOLDS_THREAD,
  NO_CANCELLATION,
  ...["output/*", "crash/*", "deadline/a call rejects when its time is over", "leaks/*"].map((name) => ({
    case: name,
    reason: NO_SYSTEM,
  })),
  { case: "calls/slow and fast ones do not mix up their answers", reason: NO_SYSTEM },
  { case: "calls/synchronous ones return the value itself", reason: NO_SYSTEM },
  { case: "failures/a throw is plugin-trap with the plugin's own text", reason: NO_SYSTEM },
  LOADS,
];
const built = buildRustWasm();
if ("missing" in built) {
  if (process.env["CI"] === "true") throw new Error(built.missing);
  describe("the same Rust source as WebAssembly", () => test("conformance", { skip: built.missing }, () => {}));
} else {
  const { module } = built;
  runConformance({
    driver: wasmDriver,
    title: "wasm, the same Rust source",
    artifact: () => ({ module }),
    skips: wasm,
  });
  runConformance({
    driver: componentDriver,
    title: "component, the same Rust source",
    artifact: () => ({ module: moduleComponent(conformanceContract, module) }),
    skips: wasm,
  });
}
