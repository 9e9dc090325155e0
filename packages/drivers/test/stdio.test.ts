import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { stdioDriver } from "@tenon/drivers/stdio";
import { runConformance, type ArtifactKind } from "@tenon/verify";

const file = (url: string): string => fileURLToPath(import.meta.resolve(url));
const PYTHON = fileURLToPath(new URL("../../verify/src/plugins/conformance.py", import.meta.url));

function served(kind: ArtifactKind): string {
  return kind === "throws" || kind === "stuck" ? kind : `serve-${kind}`;
}

runConformance({
  driver: stdioDriver,
  title: "stdio with frames, a TypeScript plugin behind serve()",
  artifact: (kind) => ({ command: [process.execPath, file(`@tenon/verify/plugins/${served(kind)}`)] }),
});

const hasPython = spawnSync("python3", ["-c", "pass"]).status === 0;
if (hasPython || process.env["CI"] === "true") {
  runConformance({
    driver: stdioDriver,
    title: "stdio with JSON-RPC, a Python plugin without an SDK",
    artifact: (kind) => ({ command: ["python3", PYTHON, kind] }),
    skips: [],
  });
} else {
  describe("stdio with JSON-RPC", () => test("conformance", { skip: "python3 is not installed" }, () => {}));
}
