// The conformance cases on native programs in Go, on sdks/go: over stdio, and over gRPC.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { grpcDriver } from "@tenon/drivers/grpc";
import { hasSandbox } from "@tenon/drivers/sandbox";
import { stdioDriver } from "@tenon/drivers/stdio";
import { runConformance } from "@tenon/verify";
import { WIT } from "./guests.ts";
import { must, pythonWithGrpc } from "./python-tools.ts";

const SOURCE = fileURLToPath(new URL("../go-native", import.meta.url));
const TENON = fileURLToPath(new URL("../../../packages/cli/bin/tenon.js", import.meta.url));
const missing = goMissing();

if (missing !== undefined) test("conformance in native Go", { skip: missing }, () => {});
else runNative();

function runNative(): void {
  const folder = mkdtempSync(join(tmpdir(), "tenon-go-native-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  must("go", ["build", "-o", folder, "./stdio", "./grpc"], SOURCE);
  runConformance({
    driver: stdioDriver,
    title: "stdio, a plugin in Go",
    artifact: (kind) => ({ command: [join(folder, "stdio"), kind] }),
  });
  if (hasSandbox({ processes: false, network: false }))
    runConformance({
      driver: stdioDriver,
      title: "stdio in a sandbox, a plugin in Go",
      artifact: (kind) => ({ command: [join(folder, "stdio"), kind] }),
      sandbox: { folder, hasSandbox },
    });
  else test("stdio in a sandbox, in Go", { skip: "no sandbox works here; tenon doctor says why" }, () => {});
  const found = pythonWithGrpc();
  if ("missing" in found)
    return void test("conformance of grpc in Go", { skip: `protoc comes with it: ${found.missing}` });
  must(process.execPath, [TENON, "codegen", WIT, "--proto", "--out", folder]);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".proto"));
  const descriptors = join(folder, "descriptors.bin");
  const args = ["-m", "grpc_tools.protoc", "-I.", "--include_imports", `--descriptor_set_out=${descriptors}`, ...files];
  must(found.python, args, folder);
  runConformance({
    driver: grpcDriver,
    title: "grpc, a plugin in Go on go-plugin",
    artifact: (kind) => ({ command: [join(folder, "grpc"), kind], env: { CONFORMANCE_PROTO: descriptors } }),
    skips: [
      {
        case: "load/a plugin that lacks functions is refused with their names",
        reason: "a Go service embeds its Unimplemented server, and nobody can tell then which methods are its own",
      },
    ],
  });
}

/** In CI what is missing is a failure. */
function goMissing(): string | undefined {
  const { status, stderr, error } = spawnSync("go", ["list", "-deps", "./..."], { cwd: SOURCE, encoding: "utf8" });
  if (status === 0) return undefined;
  const reason = `Go 1.25 with the modules of sdks/go is needed: ${error?.message ?? stderr.trim().split("\n").at(-1)}`;
  if (process.env["CI"] === "true") throw new Error(reason);
  return reason;
}
