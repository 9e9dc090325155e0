// The conformance cases on plugins in Python: over stdio on what `tenon new plugin` makes, over gRPC on sdks/python.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { grpcDriver } from "@tenon/drivers/grpc";
import { stdioDriver } from "@tenon/drivers/stdio";
import { runConformance } from "@tenon/verify";
import { buildScaffold, missingFor } from "../../../scripts/scaffolds.mjs";
import { WIT } from "./guests.ts";
import { must, pythonWithGrpc } from "./python-tools.ts";

const repository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const GUEST = repository("examples/conformance/python");
const SDK = repository("sdks/python/src");

overStdio();
overGrpc();

test("the scaffold's wire.py is the SDK's", () => {
  const [ours, copy] = [join(SDK, "tenon_plugin/wire.py"), repository("packages/cli/templates/python/wire.py")];
  assert.equal(readFileSync(copy, "utf8"), readFileSync(ours, "utf8"), `copy ${ours} over ${copy}`);
});

function overStdio(): void {
  const missing = missingFor("python", "stdio");
  if (missing !== undefined) return void test("conformance of stdio in Python", { skip: missing });
  const folder = buildScaffold({
    lang: "python",
    boundary: "stdio",
    wit: WIT,
    name: "conformance",
    files: { "behaviour.py": join(GUEST, "behaviour.py"), "stdio_plugin.py": join(GUEST, "stdio_plugin.py") },
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  runConformance({
    driver: stdioDriver,
    title: "stdio, a plugin in Python on wire.py",
    artifact: (kind) => ({ command: ["python3", join(folder, "stdio_plugin.py"), kind] }),
  });
}

function overGrpc(): void {
  const found = pythonWithGrpc();
  if ("missing" in found) return void test("conformance of grpc in Python", { skip: found.missing });
  const folder = mkdtempSync(join(tmpdir(), "tenon-python-grpc-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  must(process.execPath, [repository("packages/cli/bin/tenon.js"), "codegen", WIT, "--proto", "--out", folder]);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".proto"));
  must(found.python, ["-m", "grpc_tools.protoc", "-I.", "--python_out=.", "--grpc_python_out=.", ...files], folder);
  cpSync(GUEST, folder, { recursive: true });
  const env = { ...process.env, PYTHONPATH: `${SDK}:${folder}`, PYTHONDONTWRITEBYTECODE: "1" };
  runConformance({
    driver: grpcDriver,
    title: "grpc, a plugin in Python on grpcio",
    artifact: (kind) => ({ command: [found.python, join(folder, "grpc_plugin.py"), kind], env }),
  });
}
