// Ordinary plugins know nothing of the sandbox that they run in: all conformance cases, with what every sandbox shows and
// no more. Programs in Rust and Go have theirs in dylib-rust.test.ts and examples/conformance/test/go-native.test.ts.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { grpcDriver } from "@tenon/drivers/grpc";
import { hasSandbox } from "@tenon/drivers/sandbox";
import { stdioDriver } from "@tenon/drivers/stdio";
import { runConformance, type ArtifactKind } from "@tenon/verify";

const file = (url: string): string => fileURLToPath(import.meta.resolve(url));
const PYTHON = fileURLToPath(new URL("../../verify/src/plugins/conformance.py", import.meta.url));
/** Where the plugins in JavaScript find what they import; the one in Python has a folder of its own. */
const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

function served(kind: ArtifactKind, prefix: string): string {
  return file(`@tenon/verify/plugins/${kind === "throws" || kind === "stuck" ? kind : `${prefix}${kind}`}`);
}

if (!hasSandbox({ processes: false, network: false })) {
  test("conformance in a sandbox", { skip: "none works here; tenon doctor says why" }, () => {});
} else {
  runConformance({
    driver: stdioDriver,
    title: "stdio in a sandbox, a TypeScript plugin",
    artifact: (kind) => ({ command: [process.execPath, served(kind, "serve-")] }),
    sandbox: { folder: REPOSITORY, hasSandbox },
  });
  runConformance({
    driver: grpcDriver,
    title: "grpc in a sandbox, a TypeScript plugin",
    artifact: (kind) => ({ command: [process.execPath, served(kind, "serve-grpc-")] }),
    sandbox: { folder: REPOSITORY, hasSandbox },
  });
  const hasPython = process.env["CI"] === "true" || spawnSync("/usr/bin/python3", ["--version"]).status === 0;
  if (!hasPython) test("conformance in a sandbox, in Python", { skip: "there is no /usr/bin/python3" }, () => {});
  else
    runConformance({
      driver: stdioDriver,
      title: "stdio in a sandbox, a Python plugin",
      artifact: (kind) => ({ command: ["python3", "-B", PYTHON, kind] }),
      sandbox: { folder: fileURLToPath(new URL("../../verify/src/plugins", import.meta.url)), hasSandbox },
    });
}
